package container

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// orphaned makes a container and removes its state directory by hand. The
// record then names an owner that is dead, as after the end of a command.
func (w *world) orphaned() (id string, rec *record) {
	w.t.Helper()
	id, _ = w.created()
	ok(w.t, os.RemoveAll(w.stateDir(id)))
	rec, err := w.loadRecord(id)
	ok(w.t, err)
	rec.Owner = processRef{Pid: 1, StartTime: 1}
	ok(w.t, rec.save())
	return id, rec
}

func TestReclaim(t *testing.T) {
	w := newWorld(t, forever)
	id, rec := w.orphaned()
	if _, err := w.Create(t.Context(), id, w.createOptions()); !errors.Is(err, ErrExist) {
		t.Errorf("its process lives: %v", err)
	}
	ok(t, emptyCgroups(rec.Cgroup.Paths, killPatience))
	_, err := w.Create(t.Context(), id, w.createOptions())
	ok(t, err)
	if got := w.status(id); got != Created {
		t.Errorf("it is %s", got)
	}
}

func TestReclaimAfterReboot(t *testing.T) {
	w := newWorld(t, forever)
	id, rec := w.orphaned()
	ok(t, emptyCgroups(rec.Cgroup.Paths, killPatience))
	rec.BootID, rec.Owner = "another boot", self()
	ok(t, rec.save())
	_, err := w.Create(t.Context(), id, w.createOptions())
	ok(t, err)
}

// Hooks that clean up something must not be forgotten.
func TestReclaimLeavesHooks(t *testing.T) {
	w := newWorld(t, forever)
	w.hooks(specs.Hooks{Poststop: []specs.Hook{{Path: "/bin/true"}}})
	id, rec := w.orphaned()
	ok(t, emptyCgroups(rec.Cgroup.Paths, killPatience))
	_, err := w.Create(t.Context(), id, w.createOptions())
	if !errors.Is(err, ErrExist) || !strings.Contains(err.Error(), "delete --force") {
		t.Errorf("hooks: %v", err)
	}
	ok(t, w.Delete(t.Context(), id, DeleteOptions{Force: true}))
	_, err = w.Create(t.Context(), id, w.createOptions())
	ok(t, err)
}
