package container

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

const forever = "while :; do sleep 3600; done"

func TestLifeCycle(t *testing.T) {
	w := newWorld(t, forever)
	ctx := t.Context()
	w.spec.Annotations = map[string]string{"k": "v"}
	w.save()
	id, pid := w.created()
	checkState(t, w, id, pid, Created)
	if _, err := w.Create(ctx, id, w.createOptions()); !errors.Is(err, ErrExist) {
		t.Errorf("a second create: %v", err)
	}
	ok(t, w.Start(ctx, id, StartOptions{}))
	checkState(t, w, id, pid, Running)
	if err := w.Start(ctx, id, StartOptions{}); err == nil {
		t.Error("started twice")
	}
	pids, err := w.Processes(ctx, id)
	if err != nil || !slices.Contains(pids, pid) {
		t.Errorf("processes %v, %v", pids, err)
	}
	ok(t, w.Kill(ctx, id, KillOptions{}))
	mentions(t, w.Delete(ctx, id, DeleteOptions{}), "that is not stopped: running")
	ok(t, w.Kill(ctx, id, KillOptions{Signal: unix.SIGKILL}))
	until(t, "it has stopped", func() bool { return w.status(id) == Stopped })
	checkState(t, w, id, 0, Stopped)
	checkStopped(t, w, id)
	ok(t, w.Delete(ctx, id, DeleteOptions{}))
	w.gone(id)
	checkNothing(t, w, id)
}

func checkState(t *testing.T, w *world, id string, pid int, status Status) {
	t.Helper()
	s, err := w.State(t.Context(), id)
	ok(t, err)
	if s.ID != id || s.Pid != pid || s.Status != status || s.Bundle != w.bundle ||
		s.Rootfs != filepath.Join(w.bundle, "rootfs") || s.Version != specs.Version ||
		s.Annotations["k"] != "v" || len(s.Annotations) != 1 || s.Owner != "" {
		t.Errorf("state: %+v", s)
	}
	if since := time.Since(s.Created); since < 0 || since > time.Hour || s.Created.Location() != time.UTC {
		t.Errorf("created %v", s.Created)
	}
	list, err := w.List(t.Context())
	s.Owner = "root"
	if err != nil || len(list) != 1 || list[0].ID != id || list[0].Owner != "root" || list[0].Status != status {
		t.Errorf("list: %+v, %v", list, err)
	}
}

// checkStopped: what needs a process is refused.
func checkStopped(t *testing.T, w *world, id string) {
	t.Helper()
	ctx := t.Context()
	for name, err := range map[string]error{
		"kill":   w.Kill(ctx, id, KillOptions{Signal: unix.SIGTERM}),
		"start":  w.Start(ctx, id, StartOptions{}),
		"pause":  w.Pause(ctx, id),
		"resume": w.Resume(ctx, id),
		"update": w.Update(ctx, id, UpdateOptions{}),
		"events": w.Events(ctx, id, EventsOptions{Interval: time.Second}),
	} {
		if !errors.Is(err, ErrNotRunning) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := w.Exec(ctx, id, ExecOptions{}); !errors.Is(err, ErrNotRunning) {
		t.Errorf("exec: %v", err)
	}
	if err := w.Kill(ctx, id, KillOptions{Signal: unix.SIGKILL, All: true}); err != nil {
		t.Errorf("kill all: %v", err)
	}
}

// checkNothing: all verbs say that there is no such container.
func checkNothing(t *testing.T, w *world, id string) {
	t.Helper()
	ctx := t.Context()
	_, state := w.State(ctx, id)
	_, exec := w.Exec(ctx, id, ExecOptions{})
	_, ps := w.Processes(ctx, id)
	_, stats := w.Stats(ctx, id)
	for name, err := range map[string]error{
		"state": state, "exec": exec, "ps": ps, "stats": stats,
		"start":      w.Start(ctx, id, StartOptions{}),
		"kill":       w.Kill(ctx, id, KillOptions{Signal: unix.SIGTERM, All: true}),
		"delete":     w.Delete(ctx, id, DeleteOptions{}),
		"pause":      w.Pause(ctx, id),
		"update":     w.Update(ctx, id, UpdateOptions{}),
		"checkpoint": w.Checkpoint(ctx, id, CRIUOptions{}),
	} {
		if !errors.Is(err, ErrNotExist) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := w.Delete(ctx, id, DeleteOptions{Force: true}); err != nil {
		t.Errorf("delete --force: %v", err)
	}
	if n := len(names(t, w.Index)); n != 0 {
		t.Errorf("%d files in the index", n)
	}
}

func TestPidFile(t *testing.T) {
	w := newWorld(t, forever)
	o := w.createOptions()
	o.PidFile = filepath.Join(t.TempDir(), "pid")
	pid, err := w.Create(t.Context(), newID(), o)
	ok(t, err)
	if got := content(t, o.PidFile); got != strconv.Itoa(pid) {
		t.Errorf("got %q, want %d", got, pid)
	}
}

// A pid file that cannot be written leaves no container.
func TestPidFileFails(t *testing.T) {
	w := newWorld(t, forever)
	noLeak(t)
	o := w.createOptions()
	o.PidFile = filepath.Join(t.TempDir(), "no", "pid")
	id := newID()
	_, err := w.Create(t.Context(), id, o)
	mentions(t, err, "write pid file: ")
	w.gone(id)
}

func TestCreateRefusesBundles(t *testing.T) {
	w := newWorld(t, forever)
	noLeak(t)
	empty := t.TempDir()
	for bundle, want := range map[string]string{
		empty:                "config.json",
		empty + "/none":      "bundle: ",
		w.bundle + "/rootfs": "config.json",
	} {
		id := newID()
		o := w.createOptions()
		o.Bundle = bundle
		_, err := w.Create(t.Context(), id, o)
		mentions(t, err, want)
		w.gone(id)
	}
	w.spec.Root.Path = "nowhere"
	w.save()
	id := newID()
	_, err := w.Create(t.Context(), id, w.createOptions())
	mentions(t, err, "root.path: ")
	w.gone(id)
	if got := append(names(t, w.Root), names(t, w.Index)...); len(got) > 0 {
		t.Errorf("left: %v", got)
	}
}

func TestCreateWithoutTerminalSocket(t *testing.T) {
	w := newWorld(t, forever)
	w.spec.Process.Terminal = true
	w.save()
	id := newID()
	_, err := w.Create(t.Context(), id, w.createOptions())
	mentions(t, err, "cannot allocate tty")
	w.gone(id)
}

// Something else has the name in the root directory.
func TestCreateBesideStrangers(t *testing.T) {
	w := newWorld(t, forever)
	id := newID()
	ok(t, os.WriteFile(w.stateDir(id), nil, 0o600))
	if _, err := w.Create(t.Context(), id, w.createOptions()); !errors.Is(err, ErrExist) {
		t.Errorf("got %v", err)
	}
	ok(t, os.Remove(w.stateDir(id)))
	ok(t, os.Mkdir(w.stateDir(id), 0o700))
	if _, err := w.Create(t.Context(), id, w.createOptions()); !errors.Is(err, ErrExist) {
		t.Errorf("got %v", err)
	}
	j := watchLog(t)
	if list, err := w.List(t.Context()); err != nil || len(list) != 0 || len(j.all()) > 0 {
		t.Errorf("%v, %v; log: %q", list, err, j.all())
	}
}

// The index may be a folder in the root: it is no container.
func TestIndexInTheRoot(t *testing.T) {
	w := newWorld(t, forever)
	w.Index = filepath.Join(w.Root, IndexName)
	ok(t, w.prepareIndex())
	if _, err := w.Create(t.Context(), IndexName, w.createOptions()); !errors.Is(err, ErrExist) {
		t.Errorf("create: %v", err)
	}
	for _, force := range []bool{true, false} {
		err := w.Delete(t.Context(), IndexName, DeleteOptions{Force: force})
		if force && err != nil || !force && !errors.Is(err, ErrNotExist) {
			t.Errorf("delete, force %v: %v", force, err)
		}
		if _, err := os.Stat(w.Index); err != nil {
			t.Fatal("removed the index")
		}
	}
	if list, err := w.List(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("%v, %v", list, err)
	}
}

func TestListWithoutRoot(t *testing.T) {
	r := newRuntime(t)
	ok(t, os.Remove(r.Root))
	if _, err := r.List(t.Context()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}
