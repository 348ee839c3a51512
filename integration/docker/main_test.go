// Package docker runs containers under dockerd with the runtime under test.
package docker

import (
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/bulkhead-oci/bulkhead/integration/engine"
)

func TestMain(m *testing.M) { os.Exit(engine.Main(m)) }

var (
	mainOnce   sync.Once
	mainDocker *engine.Docker
)

// docker is the daemon that most tests share. Its default runtime is Debian's
// own, so that every test names the tested one.
func docker(t *testing.T) *engine.Docker {
	t.Helper()
	engine.Need(t, engine.Program("dockerd", "docker", "iptables"))
	mainOnce.Do(func() { mainDocker = engine.StartDocker(t, "docker") })
	if mainDocker == nil {
		t.Fatal("dockerd did not start")
	}
	return mainDocker
}

// flags are those of every run: the tested runtime, a name to remove it by.
func flags(t *testing.T, d *engine.Docker, name string) []string {
	name = strings.NewReplacer("/", "-", "#", "-").Replace(t.Name()) + name
	t.Cleanup(func() { d.Try(t, "rm", "-f", "-v", name) })
	return []string{"--runtime", engine.DockerRuntime, "--name", name}
}

// run runs a command in a new container to its end.
func run(t *testing.T, d *engine.Docker, args ...string) engine.Result {
	t.Helper()
	all := append([]string{"run", "--net", "none"}, flags(t, d, "")...)
	return d.Try(t, append(all, args...)...)
}
