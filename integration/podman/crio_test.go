package podman

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/bulkhead-oci/bulkhead/integration/engine"
)

func TestConmonLife(t *testing.T) {
	t.Parallel()
	w := newWard(t, false, "sh", "-c", "echo out; echo err >&2; exit 3")
	w.boot(t)
	engine.Same(t, "exit code", w.end(t), "3")
	engine.Contains(t, "log", w.read(t, w.log()), " stdout F out")
	engine.Contains(t, "log", w.read(t, w.log()), " stderr F err")
	engine.Same(t, "status", w.status(t), "stopped")
	w.runtime.OK(t, "delete", w.id)
	engine.Same(t, "state after delete", w.runtime.Try(t, "state", w.id).Code, 1)
}

func TestConmonTerminal(t *testing.T) {
	t.Parallel()
	w := newWard(t, true, "sh", "-c", "tty; test -t 0 && echo terminal")
	w.boot(t, "-t")
	engine.Same(t, "exit code", w.end(t), "0")
	engine.Contains(t, "log", w.read(t, w.log()), "/dev/pts/0")
	engine.Contains(t, "log", w.read(t, w.log()), "terminal")
}

func TestConmonKill(t *testing.T) {
	t.Parallel()
	w := newWard(t, false, "sh", "-c", "trap 'exit 7' TERM; echo ready; while true; do sleep 0.1; done")
	w.boot(t)
	engine.Eventually(t, "the trap", func() bool { return strings.Contains(w.read(t, w.log()), "ready") })
	w.runtime.OK(t, "kill", w.id, "15")
	engine.Same(t, "exit code", w.end(t), "7")
}

// TestConmonMissingProgram: conmon hands the runtime's error on.
func TestConmonMissingProgram(t *testing.T) {
	t.Parallel()
	w := newWard(t, false, "no-such-program")
	r := w.create(t)
	if r.Pid > 0 {
		w.runtime.OK(t, "start", w.id)
		t.Fatalf("created: %+v", r)
	}
	engine.Contains(t, "message", r.Message, "no-such-program")
}

func (w *ward) exec(t *testing.T, command ...string) report {
	t.Helper()
	spec := filepath.Join(w.dir, "process.json")
	writeJSON(t, spec, process(false, command))
	return w.conmon(t, "-e", "--exec-process-spec", spec, "-l", filepath.Join(w.dir, "exec.log"),
		"-p", filepath.Join(w.dir, "exec.pid"))
}

func TestConmonExec(t *testing.T) {
	t.Parallel()
	w := newWard(t, false, "probe", "pause")
	w.boot(t)
	r := w.exec(t, "sh", "-c", "echo in; hostname; exit 5")
	engine.Same(t, "exit code", r.ExitCode, 5)
	log := w.read(t, filepath.Join(w.dir, "exec.log"))
	engine.Contains(t, "log", log, " stdout F in")
	engine.Contains(t, "log", log, " stdout F ward")
}

func TestConmonExecMissingProgram(t *testing.T) {
	t.Parallel()
	w := newWard(t, false, "probe", "pause")
	w.boot(t)
	r := w.exec(t, "no-such-program")
	engine.Same(t, "exit code", r.ExitCode, -1)
	engine.Contains(t, "message", r.Message, "no-such-program")
}

// TestConmonUpdate: CRI-O writes the resources to the runtime's stdin.
func TestConmonUpdate(t *testing.T) {
	t.Parallel()
	engine.Need(t, engine.Controller("memory", "cpu", "pids"))
	w := newWard(t, false, "probe", "pause")
	w.boot(t)
	resources := `{"memory": {"limit": 100663296}, "cpu": {"shares": 512, "quota": 25000, "period": 100000}, "pids": {"limit": 60}}`
	r := w.runtime.Input(t, resources, "update", "--resources", "-", w.id)
	engine.Same(t, r.String(), r.Code, 0)
	pid := w.pid(t)
	engine.Same(t, "memory", engine.CgroupValue(t, pid, "memory.limit_in_bytes", "memory.max"), "100663296")
	quota, _, _ := strings.Cut(engine.CgroupValue(t, pid, "cpu.cfs_quota_us", "cpu.max"), " ")
	engine.Same(t, "quota", quota, "25000")
	engine.Same(t, "pids", engine.CgroupValue(t, pid, "pids.max", "pids.max"), "60")
}

func (w *ward) pid(t *testing.T) int {
	t.Helper()
	var state struct{ Pid int }
	if err := json.Unmarshal([]byte(w.runtime.OK(t, "state", w.id)), &state); err != nil {
		t.Fatal(err)
	}
	return state.Pid
}

func TestConmonPause(t *testing.T) {
	t.Parallel()
	engine.Need(t, engine.Controller("freezer"))
	w := newWard(t, false, "probe", "pause")
	w.boot(t)
	w.runtime.OK(t, "pause", w.id)
	engine.Same(t, "status", w.status(t), "paused")
	w.runtime.OK(t, "resume", w.id)
	engine.Same(t, "status", w.status(t), "running")
}

func TestConmonDeleteForce(t *testing.T) {
	t.Parallel()
	w := newWard(t, false, "probe", "pause")
	w.boot(t)
	pid := w.pid(t)
	w.runtime.OK(t, "delete", "--force", w.id)
	engine.Same(t, "process", engine.Alive(pid), false)
	engine.Same(t, "exit code", w.end(t), "137")
	engine.Same(t, "cgroups", strings.Join(engine.CgroupsOf("conmon", w.id), " "), "")
	left, err := os.ReadDir(filepath.Join(w.dir, "root"))
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range left {
		engine.Same(t, "left in the root", entry.Name() == w.id, false)
	}
}

// TestFeatures: what CRI-O and Podman read of it.
func TestFeatures(t *testing.T) {
	t.Parallel()
	engine.Need(t)
	runtime := engine.CLI{Path: engine.Runtime(t)}
	var f struct {
		OCIVersionMin, OCIVersionMax string
		Hooks, MountOptions          []string
		Linux                        struct {
			Namespaces, Capabilities []string
			Cgroup                   struct{ V1, V2 bool }
			Seccomp                  struct{ Enabled bool }
		}
	}
	if err := json.Unmarshal([]byte(runtime.OK(t, "features")), &f); err != nil {
		t.Fatal(err)
	}
	engine.Same(t, "oldest version", f.OCIVersionMin, "1.0.0")
	engine.Same(t, "newest version is 1.x", strings.HasPrefix(f.OCIVersionMax, "1."), true)
	for what, has := range map[string]bool{
		"hook":       slices.Contains(f.Hooks, "createRuntime"),
		"mount":      slices.Contains(f.MountOptions, "rbind"),
		"namespace":  slices.Contains(f.Linux.Namespaces, "user"),
		"capability": slices.Contains(f.Linux.Capabilities, "CAP_SYS_ADMIN"),
		"cgroup":     f.Linux.Cgroup.V1 || f.Linux.Cgroup.V2,
		"seccomp":    f.Linux.Seccomp.Enabled,
	} {
		engine.Same(t, what, has, true)
	}
}
