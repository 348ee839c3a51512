package container

import (
	"debug/elf"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"

	"github.com/bulkhead-oci/bulkhead/runtime/terminal"
	"github.com/bulkhead-oci/bulkhead/spec"
)

// busybox is the only program of the containers here.
const busybox = "/bin/busybox"

func needBusybox(t *testing.T) {
	t.Helper()
	needRoot(t)
	f, err := elf.Open(busybox)
	if err != nil {
		t.Skipf("needs busybox-static: %v", err)
	}
	defer f.Close()
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP {
			t.Skip("needs busybox-static: this busybox is dynamic")
		}
	}
}

// world is a Runtime and a bundle, with real containers.
type world struct {
	*Runtime
	t      *testing.T
	bundle string
	spec   *specs.Spec
	null   *os.File
}

var warm sync.Once

// newWorld makes a bundle that runs a shell script. All containers that are
// left are removed at the end of the test.
func newWorld(t *testing.T, script string) *world {
	t.Helper()
	needBusybox(t)
	w := &world{Runtime: newRuntime(t), t: t, bundle: t.TempDir(), spec: spec.Template()}
	w.rootfs()
	w.spec.Process.Terminal = false
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	ok(t, err)
	w.null = null
	t.Cleanup(func() {
		w.removeAll()
		null.Close()
	})
	// libcontainer keeps a few descriptors for good, from its first use on.
	warm.Do(func() {
		w.script("true")
		w.must(w.Run(t.Context(), newID(), w.runOptions(null)))
	})
	w.script(script)
	return w
}

func (w *world) rootfs() {
	w.t.Helper()
	for _, dir := range []string{"bin", "proc", "dev", "sys", "tmp"} {
		ok(w.t, os.MkdirAll(filepath.Join(w.bundle, "rootfs", dir), 0o755))
	}
	data, err := os.ReadFile(busybox)
	ok(w.t, err)
	bin := filepath.Join(w.bundle, "rootfs", "bin")
	ok(w.t, os.WriteFile(filepath.Join(bin, "busybox"), data, 0o755))
	for _, name := range []string{"sh", "sleep", "cat", "true", "id", "ls", "env", "pwd", "kill"} {
		ok(w.t, os.Symlink("busybox", filepath.Join(bin, name)))
	}
}

// save writes config.json anew.
func (w *world) save() {
	w.t.Helper()
	data, err := json.Marshal(w.spec)
	ok(w.t, err)
	ok(w.t, os.WriteFile(filepath.Join(w.bundle, spec.ConfigFile), data, 0o600))
}

// script writes config.json anew for this program.
func (w *world) script(text string) {
	w.t.Helper()
	w.spec.Process.Args = []string{"sh", "-c", text}
	w.save()
}

// hooks writes config.json anew with these hooks.
func (w *world) hooks(h specs.Hooks) {
	w.t.Helper()
	w.spec.Hooks = &h
	w.save()
}

var lastID atomic.Int32

// newID is also the name of the container's cgroup, below the test's own.
func newID() string { return cgroupPrefix() + strconv.Itoa(int(lastID.Add(1))) }

func (w *world) removeAll() {
	for _, dir := range []string{w.Root, w.Index} {
		entries, _ := os.ReadDir(dir)
		for _, e := range entries {
			id, _, _ := strings.Cut(e.Name(), "@")
			if id == IndexName {
				continue
			}
			if err := w.Delete(w.t.Context(), id, DeleteOptions{Force: true}); err != nil {
				w.t.Errorf("clean up %s: %v", id, err)
			}
		}
	}
}

func (w *world) io(out *os.File) IO {
	return IO{Streams: terminal.Streams{Stdin: w.null, Stdout: out, Stderr: out}}
}

// createOptions are those of a program that lives on.
func (w *world) createOptions() CreateOptions {
	o := CreateOptions{IO: w.io(w.null), Bundle: w.bundle}
	o.Reap = true
	return o
}

func (w *world) runOptions(out *os.File) RunOptions {
	return RunOptions{CreateOptions: CreateOptions{IO: w.io(out), Bundle: w.bundle}}
}

// must takes what Run and Exec return.
func (w *world) must(status int, err error) {
	w.t.Helper()
	if status != 0 || err != nil {
		w.t.Fatalf("status %d, %v", status, err)
	}
}

// created makes a container that waits for its start.
func (w *world) created() (id string, pid int) {
	w.t.Helper()
	id = newID()
	pid, err := w.Create(w.t.Context(), id, w.createOptions())
	ok(w.t, err)
	return id, pid
}

// started makes a container and starts it.
func (w *world) started() (id string, pid int) {
	w.t.Helper()
	id, pid = w.created()
	ok(w.t, w.Start(w.t.Context(), id, StartOptions{}))
	return id, pid
}

func (w *world) status(id string) Status {
	w.t.Helper()
	s, err := w.State(w.t.Context(), id)
	ok(w.t, err)
	return s.Status
}

// gone fails unless nothing at all is left of a container.
func (w *world) gone(id string) {
	w.t.Helper()
	for _, path := range []string{w.stateDir(id), w.recordPath(id), w.lockPath(id)} {
		if _, err := os.Lstat(path); err == nil {
			w.t.Errorf("left: %s", path)
		}
	}
	for _, path := range cgroupsOf(id) {
		w.t.Errorf("left: %s", path)
	}
}

// cgroupsOf finds the cgroups of a container in all hierarchies.
func cgroupsOf(id string) (found []string) {
	filepath.WalkDir("/sys/fs/cgroup", func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && d.Name() == id {
			found = append(found, path)
			return fs.SkipDir
		}
		return nil
	})
	return found
}

// outFile is a file for what a container says.
func outFile(t *testing.T) *os.File {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "out"))
	ok(t, err)
	t.Cleanup(func() { f.Close() })
	return f
}

// gate is what a hook waits at.
type gate struct {
	t    *testing.T
	path string
}

// newGate returns a gate, and the hook that tells of its arrival and waits
// until the gate is opened.
func newGate(t *testing.T) (*gate, specs.Hook) {
	t.Helper()
	g := &gate{t: t, path: filepath.Join(t.TempDir(), "gate")}
	return g, shellHook(t, "touch "+g.path+".here; while [ ! -e "+g.path+" ]; do sleep 0.01; done")
}

func (g *gate) wait() {
	g.t.Helper()
	until(g.t, "the hook runs", func() bool {
		_, err := os.Stat(g.path + ".here")
		return err == nil
	})
}

func (g *gate) pass() { ok(g.t, os.WriteFile(g.path, nil, 0o600)) }

// reap takes the exit status of a detached container's process, as an
// embedding program has to.
func reap(t *testing.T, pid string) {
	t.Helper()
	n, err := strconv.Atoi(pid)
	if err == nil {
		_, err = unix.Wait4(n, nil, 0, nil)
	}
	if err != nil && !errors.Is(err, unix.ECHILD) {
		t.Errorf("wait for %s: %v", pid, err)
	}
}
