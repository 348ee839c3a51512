// Package docker runs containers under dockerd with the runtime under test.
package docker

import (
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/bulkhead-oci/bulkhead/integration/engine"
)

func TestMain(m *testing.M) { os.Exit(engine.Main(m)) }

var programs = engine.Program("dockerd", "docker", "iptables", "busybox")

// A shared daemon is started by the first test that needs it.
type shared struct {
	once   sync.Once
	daemon *engine.Docker
}

func (s *shared) get(t *testing.T, start func() *engine.Docker) *engine.Docker {
	t.Helper()
	engine.Need(t, programs)
	s.once.Do(func() { s.daemon = start() })
	if s.daemon == nil {
		t.Fatal("dockerd did not start")
	}
	return s.daemon
}

var mainDaemon, defaultDaemon, remapDaemon shared

// docker is the daemon that most tests share. Its default runtime is Debian's
// own, so that every run names the tested one.
func docker(t *testing.T) *engine.Docker {
	t.Helper()
	return mainDaemon.get(t, func() *engine.Docker { return engine.StartDocker(t, "docker") })
}

// A box is a container of a test.
type box struct {
	*engine.Docker
	name string
}

// name makes a container's name out of the test's and has it removed.
func name(t *testing.T, d *engine.Docker, suffix string) string {
	t.Helper()
	name := strings.NewReplacer("/", "-", "#", "-").Replace(t.Name()) + suffix
	t.Cleanup(func() { d.Try(t, "rm", "-f", "-v", name) })
	return name
}

// flags are those of every run: tested runtime, name, no network unless asked
// for.
func flags(t *testing.T, d *engine.Docker, suffix string, args []string) []string {
	t.Helper()
	base := []string{"--runtime", engine.DockerRuntime, "--name", name(t, d, suffix)}
	if !strings.Contains(strings.Join(args, " "), "--net") {
		base = append(base, "--net", "none")
	}
	return append(base, args...)
}

// run runs a new container to its end.
func run(t *testing.T, d *engine.Docker, args ...string) engine.Result {
	t.Helper()
	return d.Try(t, append([]string{"run"}, flags(t, d, "", args)...)...)
}

// output runs a new container, which has to succeed, and returns its output.
func output(t *testing.T, d *engine.Docker, args ...string) string {
	t.Helper()
	return d.OK(t, append([]string{"run"}, flags(t, d, "", args)...)...)
}

// start starts a container in the background. The suffix tells several
// containers of one test apart.
func start(t *testing.T, d *engine.Docker, suffix string, args ...string) *box {
	t.Helper()
	d.OK(t, append([]string{"run", "-d"}, flags(t, d, suffix, args)...)...)
	return &box{d, strings.NewReplacer("/", "-", "#", "-").Replace(t.Name()) + suffix}
}

// sleeper starts a container that does nothing until it is told to end.
func sleeper(t *testing.T, d *engine.Docker, suffix string, args ...string) *box {
	t.Helper()
	return start(t, d, suffix, append(args, engine.Image, "probe", "pause")...)
}

// exec runs a shell command in the container and returns its output.
func (b *box) exec(t *testing.T, script string) string {
	t.Helper()
	return b.OK(t, "exec", b.name, "sh", "-c", script)
}

// inspect returns one value of the container.
func (b *box) inspect(t *testing.T, format string) string {
	t.Helper()
	return b.OK(t, "inspect", "--format", "{{"+format+"}}", b.name)
}

func (b *box) pid(t *testing.T) int {
	t.Helper()
	pid, err := strconv.Atoi(b.inspect(t, ".State.Pid"))
	if err != nil || pid <= 0 {
		t.Fatalf("pid of %s: %d, %v", b.name, pid, err)
	}
	return pid
}

// wait waits for the container's end and returns its exit code.
func (b *box) wait(t *testing.T) string {
	t.Helper()
	return b.OK(t, "wait", b.name)
}

// said waits until the container has printed text.
func (b *box) said(t *testing.T, text string) {
	t.Helper()
	engine.Eventually(t, text+" in the log of "+b.name, func() bool {
		r := b.Try(t, "logs", b.name)
		return strings.Contains(r.Stdout+r.Stderr, text)
	})
}
