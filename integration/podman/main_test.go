// Package podman runs containers under Podman, as root and as an ordinary user,
// and under conmon the way CRI-O does, with the runtime under test.
package podman

import (
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/bulkhead-oci/bulkhead/integration/engine"
)

func TestMain(m *testing.M) { os.Exit(engine.Main(m)) }

var programs = engine.Program("podman", "conmon", "busybox")

// A shared Podman is set up by the first test that needs it.
type shared struct {
	once   sync.Once
	podman *engine.Podman
}

func (s *shared) get(t *testing.T, setUp func() *engine.Podman) *engine.Podman {
	t.Helper()
	s.once.Do(func() { s.podman = setUp() })
	if s.podman == nil {
		t.Fatal("podman was not set up")
	}
	return s.podman
}

var forRoot, forUser shared

// podman is root's.
func podman(t *testing.T) *engine.Podman {
	t.Helper()
	engine.Need(t, programs)
	return forRoot.get(t, func() *engine.Podman { return engine.SetUpPodman(t) })
}

// A box is a container of a test.
type box struct {
	*engine.Podman
	name string
}

// label makes a name out of the test's.
func label(t *testing.T, suffix string) string {
	return strings.NewReplacer("/", "-", "#", "-").Replace(t.Name()) + suffix
}

// flags are those of every run: a name, the cgroup of the test, no network
// unless asked for.
func flags(t *testing.T, p *engine.Podman, suffix string, args []string) []string {
	t.Helper()
	name := label(t, suffix)
	t.Cleanup(func() { p.Try(t, "rm", "-f", "-v", "-t", "0", name) })
	base := []string{"--name", name}
	if p.As == nil {
		base = append(base, "--cgroup-parent", engine.CgroupParent("podman"))
	}
	if all := strings.Join(args, " "); !strings.Contains(all, "--net") && !strings.Contains(all, "--pod") {
		base = append(base, "--net", "none")
	}
	return append(base, args...)
}

// run runs a new container to its end.
func run(t *testing.T, p *engine.Podman, args ...string) engine.Result {
	t.Helper()
	return p.Try(t, append([]string{"run"}, flags(t, p, "", args)...)...)
}

// output runs a new container, which has to succeed, and returns its output.
func output(t *testing.T, p *engine.Podman, args ...string) string {
	t.Helper()
	return p.OK(t, append([]string{"run"}, flags(t, p, "", args)...)...)
}

// start starts a container in the background.
func start(t *testing.T, p *engine.Podman, suffix string, args ...string) *box {
	t.Helper()
	p.OK(t, append([]string{"run", "-d"}, flags(t, p, suffix, args)...)...)
	return &box{p, label(t, suffix)}
}

// sleeper starts a container that does nothing until it is told to end.
func sleeper(t *testing.T, p *engine.Podman, suffix string, args ...string) *box {
	t.Helper()
	return start(t, p, suffix, append(args, engine.Image, "probe", "pause")...)
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

// said waits until the container has printed text.
func (b *box) said(t *testing.T, text string) {
	t.Helper()
	engine.Eventually(t, text+" in the log of "+b.name, func() bool {
		r := b.Try(t, "logs", b.name)
		return strings.Contains(r.Stdout+r.Stderr, text)
	})
}
