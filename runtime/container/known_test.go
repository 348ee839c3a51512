package container

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// onlyState makes a container's record what it was before it was complete.
func (w *world) onlyState(id string) {
	w.t.Helper()
	rec, err := w.loadRecord(id)
	ok(w.t, err)
	rec.Made = nil
	ok(w.t, rec.save())
}

// known says whether a container is found without libcontainer's state.
func (w *world) known(id string) bool {
	w.t.Helper()
	c, err := w.find(id)
	ok(w.t, err)
	return c.lc == nil
}

// The record tells what the state tells, in every state.
func TestRecordTellsWhatStateTells(t *testing.T) {
	w := newWorld(t, forever)
	ctx := t.Context()
	w.spec.Annotations = map[string]string{"k": "v"}
	w.save()
	id, _ := w.created()
	same := func(status Status) {
		t.Helper()
		if !w.known(id) {
			t.Fatal("the record is not complete")
		}
		byRecord, err := w.State(ctx, id)
		ok(t, err)
		c, err := w.load(id)
		ok(t, err)
		byState := c.public()
		byState.Created = byRecord.Created // made a moment later
		if !reflect.DeepEqual(byRecord, byState) || byRecord.Status != status {
			t.Errorf("%s:\nrecord %+v\nstate  %+v", status, byRecord, byState)
		}
	}
	same(Created)
	ok(t, w.Start(ctx, id, StartOptions{}))
	same(Running)
	ok(t, w.Pause(ctx, id))
	same(Paused)
	mentions(t, w.Delete(ctx, id, DeleteOptions{}), "that is not stopped: paused")
	ok(t, w.Kill(ctx, id, KillOptions{Signal: unix.SIGKILL}))
	until(t, "it has stopped", func() bool { return w.status(id) == Stopped })
	same(Stopped)
	ok(t, w.Delete(ctx, id, DeleteOptions{}))
	w.gone(id)
}

// A record that is complete needs no readable state.
func TestBrokenStateOfAKnownContainer(t *testing.T) {
	w := newWorld(t, forever)
	id, pid := w.started()
	ok(t, os.WriteFile(filepath.Join(w.stateDir(id), stateFile), []byte("{"), 0o600))
	s, err := w.State(t.Context(), id)
	if err != nil || s.Status != Running || s.Pid != pid {
		t.Errorf("%+v, %v", s, err)
	}
	ok(t, w.Delete(t.Context(), id, DeleteOptions{Force: true}))
	w.gone(id)
}

// What is more than a record says is read from the state.
func TestUnknownContainers(t *testing.T) {
	w := newWorld(t, forever)
	ctx := t.Context()
	w.spec.Hostname = ""
	w.spec.Linux.Namespaces = []specs.LinuxNamespace{{Type: specs.MountNamespace}, {Type: specs.IPCNamespace}}
	w.save()
	shared, _ := w.started()
	if w.known(shared) {
		t.Error("a container that shares its pid namespace")
	}
	ok(t, w.Delete(ctx, shared, DeleteOptions{Force: true}))

	w = newWorld(t, forever)
	old, _ := w.created()
	w.onlyState(old)
	if w.known(old) {
		t.Error("an older record")
	}
	ok(t, w.Start(ctx, old, StartOptions{}))
	if w.status(old) != Running {
		t.Error("it does not run")
	}
	rec, err := w.loadRecord(old)
	ok(t, err)
	rec.Made, rec.BootID = &recordMade{}, "another"
	ok(t, rec.save())
	if w.known(old) {
		t.Error("a record of another boot")
	}
	rec.BootID, err = bootID()
	ok(t, err)
	ok(t, rec.save())
	ok(t, os.RemoveAll(w.stateDir(old)))
	if s, err := w.State(ctx, old); err == nil && s.Status == Running {
		t.Errorf("without a state directory: %+v", s)
	}
	ok(t, w.Delete(ctx, old, DeleteOptions{Force: true}))
	w.gone(old)
}

// A start whose init dies says so, and does not wait for ever.
func TestStartOfAKnownContainerThatDies(t *testing.T) {
	w := newWorld(t, forever)
	id, pid := w.created()
	c, err := w.find(id)
	ok(t, err)
	if c.lc != nil {
		t.Fatal("the record is not complete")
	}
	ok(t, unix.Kill(pid, unix.SIGKILL))
	until(t, "it has stopped", func() bool { return w.status(id) == Stopped })
	if err := c.letGo(); !errors.Is(err, errEmptyFifo) {
		t.Errorf("of a dead init: %v", err)
	}
}

// No cgroup manager is made without paths: it would take our own cgroup.
func TestManagerNeedsPaths(t *testing.T) {
	if cm, err := (recordCgroup{Name: "x"}).manager(); err == nil {
		t.Errorf("paths %v", cm.GetPaths())
	}
}

// A program that has written its byte, ended and been reaped has been started.
func TestFifoOfWhatHasEnded(t *testing.T) {
	path := filepath.Join(t.TempDir(), execFifo)
	ok(t, unix.Mkfifo(path, 0o600))
	cmd := sleeper(t)
	h, err := refer(cmd.Process.Pid).open()
	ok(t, err)
	defer h.close()
	keep, err := unix.Open(path, unix.O_RDWR|unix.O_CLOEXEC, 0)
	ok(t, err)
	defer unix.Close(keep)
	_, err = unix.Write(keep, []byte("0"))
	ok(t, err)
	finish(t, cmd)
	ok(t, readFifo(path, h))
	if err := readFifo(path, h); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a second reader: %v", err)
	}
}
