// Package containerd runs containers under containerd, by ctr and by the CRI,
// with the runtime under test.
package containerd

import (
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/bulkhead-oci/bulkhead/integration/engine"
)

func TestMain(m *testing.M) { os.Exit(engine.Main(m)) }

var (
	once   sync.Once
	shared *engine.Containerd
)

// daemon is the containerd that all tests share.
func daemon(t *testing.T) *engine.Containerd {
	t.Helper()
	engine.Need(t, engine.Program("containerd", "ctr", "containerd-shim-runc-v2", "busybox"))
	once.Do(func() { shared = engine.StartContainerd(t) })
	if shared == nil {
		t.Fatal("containerd did not start")
	}
	return shared
}

// A box is a container of ctr.
type box struct {
	*engine.Containerd
	id string
}

// prepare names a container after the test and has it removed at its end.
func prepare(t *testing.T, suffix string) *box {
	t.Helper()
	b := &box{daemon(t), strings.NewReplacer("/", "-", "#", "-").Replace(t.Name()) + suffix}
	t.Cleanup(func() {
		b.Try(t, "task", "kill", "-s", "KILL", "-a", b.id)
		b.Try(t, "task", "rm", "-f", b.id)
		b.Try(t, "container", "rm", b.id)
	})
	return b
}

// args are those of a run with the tested runtime.
func (b *box) args(t *testing.T, flags []string, command ...string) []string {
	t.Helper()
	args := append([]string{"run", "--runtime", "io.containerd.runc.v2", "--runc-binary", engine.Runtime(t),
		"--runc-root", b.RuntimeRoot(), "--cgroup", engine.CgroupParent("containerd") + "/" + b.id}, flags...)
	return append(append(args, engine.Image, b.id), command...)
}

// run runs a container to its end.
func run(t *testing.T, flags []string, command ...string) engine.Result {
	t.Helper()
	b := prepare(t, "")
	return b.Try(t, b.args(t, append(flags, "--rm"), command...)...)
}

// start starts a container in the background.
func start(t *testing.T, suffix string, flags []string, command ...string) *box {
	t.Helper()
	b := prepare(t, suffix)
	b.OK(t, b.args(t, append(flags, "-d", "--null-io"), command...)...)
	return b
}

// sleeper starts a container that does nothing until it is told to end.
func sleeper(t *testing.T, flags ...string) *box {
	t.Helper()
	return start(t, "", flags, "probe", "pause")
}

// exec runs a shell command in the container. ctr stops copying its output as
// soon as the process has ended (its deferred Delete cancels the copy), so the
// shell lingers.
func (b *box) exec(t *testing.T, script string) engine.Result {
	t.Helper()
	script = "(" + script + "\n); code=$?; sleep 0.5; exit $code"
	return b.Try(t, "task", "exec", "--exec-id", "e"+strconv.Itoa(serial()), b.id, "sh", "-c", script)
}

var (
	serialMu sync.Mutex
	serials  int
)

func serial() int {
	serialMu.Lock()
	defer serialMu.Unlock()
	serials++
	return serials
}

// task is a field of ctr's task list: 1 the pid, 2 the status.
func (b *box) task(t *testing.T, field int) string {
	t.Helper()
	for line := range strings.Lines(b.OK(t, "task", "ls")) {
		if f := strings.Fields(line); len(f) == 3 && f[0] == b.id {
			return f[field]
		}
	}
	return ""
}

func (b *box) pid(t *testing.T) int {
	t.Helper()
	pid, err := strconv.Atoi(b.task(t, 1))
	if err != nil || pid <= 0 {
		t.Fatalf("pid of %s: %d, %v", b.id, pid, err)
	}
	return pid
}

func (b *box) status(t *testing.T) string { return b.task(t, 2) }
