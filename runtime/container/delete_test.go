package container

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

func TestDeleteUnknown(t *testing.T) {
	r := newRuntime(t)
	noLeak(t)
	if err := r.Delete(t.Context(), "x", DeleteOptions{}); !errors.Is(err, ErrNotExist) {
		t.Errorf("got %v", err)
	}
	ok(t, r.Delete(t.Context(), "x", DeleteOptions{Force: true}))
	if got := append(names(t, r.Index), names(t, r.Root)...); len(got) > 0 {
		t.Errorf("left: %v", got)
	}
}

func TestDeleteWaitsForTheLock(t *testing.T) {
	r := newRuntime(t)
	l := mustTake(t, r.lockPath("x"))
	done := make(chan error, 1)
	go func() { done <- r.Delete(t.Context(), "x", DeleteOptions{Force: true}) }()
	blocked(t, l.path, 1)
	l.release()
	within(t, "delete", func() {
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// A container that was never started may be deleted.
func TestDeleteCreated(t *testing.T) {
	w := newWorld(t, forever)
	id, pid := w.created()
	ok(t, w.Delete(t.Context(), id, DeleteOptions{}))
	w.gone(id)
	if refer(pid).alive() {
		t.Error("init is alive")
	}
}

// With a pid namespace of somebody else's, all processes die with the
// container's first one.
func TestDeleteWithoutPidNamespace(t *testing.T) {
	w := newWorld(t, "sleep 3600 & sleep 3600 & "+forever)
	w.spec.Hostname = ""
	w.spec.Linux.Namespaces = []specs.LinuxNamespace{{Type: specs.MountNamespace}, {Type: specs.IPCNamespace}}
	w.save()
	id, _ := w.started()
	var pids []int
	until(t, "its children run", func() bool {
		pids, _ = w.Processes(t.Context(), id)
		return len(pids) >= 4
	})
	ok(t, w.Delete(t.Context(), id, DeleteOptions{Force: true}))
	w.gone(id)
	for _, pid := range pids {
		if refer(pid).alive() {
			t.Errorf("%d is alive", pid)
		}
	}
}

// A state file that cannot be read makes no container undeletable.
func TestDeleteBrokenState(t *testing.T) {
	for name, text := range map[string]string{"empty": "", "cut": `{"id": "x`, "wrong": `{"config": 7}`} {
		w := newWorld(t, forever)
		id, pid := w.started()
		w.onlyState(id)
		ref := refer(pid)
		ok(t, os.WriteFile(filepath.Join(w.stateDir(id), "state.json"), []byte(text), 0o600))
		if _, err := w.State(t.Context(), id); err == nil || errors.Is(err, ErrNotExist) {
			t.Errorf("%s: state: %v", name, err)
		}
		if err := w.Delete(t.Context(), id, DeleteOptions{}); err == nil {
			t.Errorf("%s: deleted without force", name)
		}
		ok(t, w.Delete(t.Context(), id, DeleteOptions{Force: true}))
		w.gone(id)
		if ref.alive() {
			t.Errorf("%s: it runs", name)
		}
	}
}

// Nor does a record that cannot be read.
func TestDeleteBrokenRecord(t *testing.T) {
	w := newWorld(t, forever)
	j := watchLog(t)
	id, _ := w.started()
	ok(t, os.WriteFile(w.recordPath(id), []byte("{"), 0o600))
	if err := w.Delete(t.Context(), id, DeleteOptions{}); err == nil {
		t.Error("its hooks were forgotten in silence")
	}
	ok(t, w.Delete(t.Context(), id, DeleteOptions{Force: true}))
	w.gone(id)
	if !j.has("warning", "delete "+id+": its hooks cannot be run") {
		t.Errorf("log: %q", j.all())
	}
}

// The index is gone: the state directory alone is enough.
func TestDeleteWithoutRecord(t *testing.T) {
	w := newWorld(t, forever)
	id, _ := w.started()
	ok(t, os.Remove(w.recordPath(id)))
	ok(t, w.Delete(t.Context(), id, DeleteOptions{Force: true}))
	w.gone(id)
}

// deadOwner is a record whose runtime was killed.
func deadOwner(t *testing.T, r *Runtime, id string) *record {
	t.Helper()
	boot, err := bootID()
	ok(t, err)
	return &record{
		Version: recordVersion, ID: id, Root: r.Root, BootID: boot,
		Owner: processRef{deadPid(t), 1}, path: r.recordPath(id),
		Cgroup: recordCgroup{Paths: map[string]string{"pids": "/sys/fs/cgroup/pids/" + newID()}},
	}
}

// Killed before anything was made but the record, and while poststop hooks
// ran: the hooks run at the next delete, force or not.
func TestDeleteRunsTheHooksThatAreLeft(t *testing.T) {
	r := newRuntime(t)
	marker := filepath.Join(t.TempDir(), "marker")
	poststop := fromSpec([]specs.Hook{shellHook(t, "echo x >> "+marker)})
	for name, c := range map[string]struct{ removing, force bool }{
		"half made":       {false, false},
		"half made, -f":   {false, true},
		"half removed":    {true, false},
		"half removed -f": {true, true},
	} {
		os.Remove(marker)
		rec := deadOwner(t, r, "x")
		rec.Removing = c.removing
		rec.Hooks.Poststop = poststop
		ok(t, rec.save())
		if err := r.Delete(t.Context(), "x", DeleteOptions{Force: c.force}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if got := content(t, marker); got != "x\n" {
			t.Errorf("%s: the hook wrote %q", name, got)
		}
		if got := names(t, r.Index); len(got) > 0 {
			t.Errorf("%s: left %v", name, got)
		}
	}
}

// While another process runs the poststop hooks there is nothing to delete.
func TestDeleteWhileAnotherRemoves(t *testing.T) {
	r := newRuntime(t)
	rec := deadOwner(t, r, "x")
	rec.Removing, rec.Owner = true, refer(sleeper(t).Process.Pid)
	rec.Hooks.Poststop = fromSpec([]specs.Hook{{Path: "/no/such/hook"}})
	ok(t, rec.save())
	j := watchLog(t)
	if err := r.Delete(t.Context(), "x", DeleteOptions{}); !errors.Is(err, ErrNotExist) {
		t.Errorf("got %v", err)
	}
	ok(t, r.Delete(t.Context(), "x", DeleteOptions{Force: true}))
	if len(j.all()) > 0 {
		t.Errorf("ran its hooks: %q", j.all())
	}
	if _, err := r.loadRecord("x"); err != nil {
		t.Errorf("removed its record: %v", err)
	}
	if _, err := r.State(t.Context(), "x"); !errors.Is(err, ErrNotExist) {
		t.Errorf("state: %v", err)
	}
}

// Somebody is making it: delete without force is refused.
func TestDeleteWhileAnotherMakes(t *testing.T) {
	r := newRuntime(t)
	rec := deadOwner(t, r, "x")
	rec.Owner = refer(sleeper(t).Process.Pid)
	rec.Init = refer(sleeper(t).Process.Pid)
	ok(t, rec.save())
	if err := r.Delete(t.Context(), "x", DeleteOptions{}); !isRefusal(err, "delete", Creating) {
		t.Errorf("got %v", err)
	}
	ok(t, r.Delete(t.Context(), "x", DeleteOptions{Force: true}))
	if rec.Init.alive() {
		t.Error("init is alive")
	}
	if got := names(t, r.Index); len(got) > 0 {
		t.Errorf("left: %v", got)
	}
}

// A record of an earlier boot says nothing about today's pids and cgroups.
func TestDeleteAfterReboot(t *testing.T) {
	r := newRuntime(t)
	stranger := sleeper(t)
	rec := deadOwner(t, r, "x")
	rec.BootID = "an earlier boot"
	rec.Init = refer(stranger.Process.Pid)
	path := newCgroup(t, "pids")
	inCgroup(t, oneSleeper, path)
	rec.Cgroup.Paths = map[string]string{"pids": path}
	ok(t, rec.save())
	ok(t, r.Delete(t.Context(), "x", DeleteOptions{Force: true}))
	if !rec.Init.alive() || count(t, path) != 1 {
		t.Error("killed a stranger")
	}
	if got := names(t, r.Index); len(got) > 0 {
		t.Errorf("left: %v", got)
	}
}

func TestRemoveStateDir(t *testing.T) {
	dir := t.TempDir()
	ok(t, removeStateDir(dir+"/none"))
	ok(t, os.MkdirAll(dir+"/x/y", 0o700))
	ok(t, removeStateDir(dir+"/x"))
	ok(t, os.Symlink(dir, dir+"/link"))
	mentions(t, removeStateDir(dir+"/link"), "it is no directory")
	if got := names(t, dir); len(got) != 1 {
		t.Errorf("left: %v", got)
	}
}

func TestKillStopped(t *testing.T) {
	r := newRuntime(t)
	rec := deadOwner(t, r, "x")
	rec.Init = processRef{deadPid(t), 1}
	ok(t, rec.save())
	if err := r.Kill(t.Context(), "x", KillOptions{Signal: unix.SIGKILL}); !errors.Is(err, ErrNotRunning) {
		t.Errorf("got %v", err)
	}
}
