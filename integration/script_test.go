package integration

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bulkhead-oci/bulkhead/integration/engine"
	"github.com/rogpeppe/go-internal/testscript"
)

// Blocks wait for the kernel more than they compute, so a few run at a time
// even on one core; more would only make a failure harder to read.
const maxBlocks = 4

// A block that is still running by then hangs, and its processes are killed.
const blockDeadline = 60 * time.Second

// inNamespaces runs the tests in the namespaces that engine makes, so that
// whatever a runtime leaves behind ends with them, but for cgroups.
type inNamespaces struct{ *testing.M }

func (m inNamespaces) Run() int { return engine.Main(m.M) }

func TestMain(m *testing.M) {
	// Main wants it before engine's first stage has made it.
	if err := os.MkdirAll(os.TempDir(), 0o755); err != nil {
		die(err)
	}
	testscript.Main(inNamespaces{m}, map[string]func(){
		"runtime":  runtimeMain,
		"status":   statusMain,
		"console":  consoleMain,
		"tty":      ttyMain,
		"fds":      fdsMain,
		"agent":    agentMain,
		"notified": notifiedMain,
	})
}

func TestScript(t *testing.T) {
	engine.Need(t, engine.Program("busybox", "ip", "unshare"))
	rt := findRuntime(t)
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	work := workRoot(t)
	blocks, err := splitAll(files, filepath.Join(work, "blocks"))
	if err != nil {
		t.Fatal(err)
	}
	slots := make(chan struct{}, maxBlocks)
	testscript.RunT(listedSkips{t}, testscript.Params{
		Files:              blocks,
		Setup:              func(env *testscript.Env) error { return setup(env, rt, slots) },
		Condition:          rt.condition,
		Cmds:               commands,
		WorkdirRoot:        work,
		RequireUniqueNames: true,
	})
}

// workRoot makes the directory all blocks work below. A container whose root
// is an unprivileged id must be able to walk down to its rootfs.
func workRoot(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "bh-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Errorf("remove work directory: %v", err)
		}
	})
	if err := os.Chmod(dir, 0o711); err != nil {
		t.Fatal(err)
	}
	return dir
}

// setup gives a block its names and makes sure that nothing outlives it.
func setup(env *testscript.Env, rt *runtimeUnderTest, slots chan struct{}) error {
	slots <- struct{}{}
	env.Defer(func() { <-slots })
	id := newID(filepath.Base(env.WorkDir))
	// Runtimes make sockets below it, whose names must stay short.
	state := "/run/bh" + id[len(id)-9:]
	for key, value := range map[string]string{
		"ID": id, "STATE": state, "RUNTIME": rt.path, "NAME": rt.name, marker: id,
	} {
		env.Setenv(key, value)
	}
	if err := os.Chmod(env.WorkDir, 0o755); err != nil {
		return err
	}
	t := env.T().(listedSkips)
	env.Values[runtimeKey{}], env.Values[testKey{}] = rt, t
	own := &leftovers{id: id, dir: env.WorkDir, state: state, runtime: rt.path}
	watchdog := time.AfterFunc(blockDeadline, own.killAll)
	env.Defer(func() {
		// A command that was killed counts as one that failed, which may be
		// just what the script wants.
		if !watchdog.Stop() {
			t.Errorf("hung, and was killed after %v", blockDeadline)
		}
		for _, problem := range own.clean() {
			t.Errorf("left behind: %s", problem)
		}
	})
	return nil
}

// newID makes a container id that says which block it belongs to.
func newID(block string) string {
	block = strings.TrimPrefix(block, "script-")
	return fmt.Sprintf("bh-%s-%08x", block, rand.Uint32())
}
