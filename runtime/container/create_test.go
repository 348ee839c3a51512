package container

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// creating starts a create in the background that waits in a createRuntime
// hook, and returns its result to come.
func (w *world) creating(ctx context.Context, id string) (*gate, <-chan error) {
	w.t.Helper()
	g, hook := newGate(w.t)
	w.hooks(specs.Hooks{CreateRuntime: []specs.Hook{hook}})
	done := make(chan error, 1)
	go func() {
		_, err := w.Create(ctx, id, w.createOptions())
		done <- err
	}()
	g.wait()
	return g, done
}

func TestParallelCreates(t *testing.T) {
	w := newWorld(t, forever)
	noLeak(t)
	id := newID()
	var wg sync.WaitGroup
	results := make(chan error, 8)
	for range cap(results) {
		wg.Go(func() {
			_, err := w.Create(t.Context(), id, w.createOptions())
			results <- err
		})
	}
	within(t, "the creates", wg.Wait)
	close(results)
	won := 0
	for err := range results {
		if err == nil {
			won++
		} else if !errors.Is(err, ErrExist) {
			t.Errorf("a loser: %v", err)
		}
	}
	if won != 1 {
		t.Errorf("%d won", won)
	}
	if got := w.status(id); got != Created {
		t.Errorf("it is %s", got)
	}
	w.discard(id)
}

// discard removes a container and reaps its process.
func (w *world) discard(id string) {
	w.t.Helper()
	s, err := w.State(w.t.Context(), id)
	ok(w.t, err)
	ok(w.t, w.Delete(w.t.Context(), id, DeleteOptions{Force: true}))
	if s.Pid > 0 {
		unix.Wait4(s.Pid, nil, 0, nil)
	}
	w.gone(id)
}

// A hook may ask the runtime for the container it is a hook of.
func TestStateWhileCreating(t *testing.T) {
	w := newWorld(t, forever)
	id := newID()
	g, done := w.creating(t.Context(), id)
	s, err := w.State(t.Context(), id)
	ok(t, err)
	if s.Status != Creating || s.Pid <= 0 || s.ID != id || s.Bundle != w.bundle || s.Version != specs.Version {
		t.Errorf("%+v", s)
	}
	list, err := w.List(t.Context())
	if err != nil || len(list) != 1 || list[0].Status != Creating {
		t.Errorf("list: %+v, %v", list, err)
	}
	ok(t, w.Kill(t.Context(), id, KillOptions{Signal: 0}))
	if _, err := w.Create(t.Context(), id, w.createOptions()); !errors.Is(err, ErrExist) {
		t.Errorf("a second create: %v", err)
	}
	if err := w.Delete(t.Context(), id, DeleteOptions{}); !isRefusal(err, "delete", Creating) {
		t.Errorf("delete: %v", err)
	}
	g.pass()
	within(t, "create", func() {
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	if got := w.status(id); got != Created {
		t.Errorf("it is %s", got)
	}
}

func isRefusal(err error, verb string, s Status) bool {
	var se *StateError
	return errors.As(err, &se) && se.Verb == verb && se.Status == s
}

// delete --force wins over a create whose hooks still run, and the ID is free
// at once.
func TestForceWhileCreating(t *testing.T) {
	w := newWorld(t, forever)
	noLeak(t)
	id := newID()
	g, done := w.creating(t.Context(), id)
	ok(t, w.Delete(t.Context(), id, DeleteOptions{Force: true}))
	w.gone(id)
	g.pass()
	within(t, "create", func() {
		if err := <-done; err == nil {
			t.Error("created what was deleted")
		}
	})
	w.gone(id)
	w.spec.Hooks = nil
	w.save()
	if _, err := w.Create(t.Context(), id, w.createOptions()); err != nil {
		t.Fatalf("the ID is taken: %v", err)
	}
	w.discard(id)
}

// SIGKILL to init in the middle makes create fail and clean up.
func TestKillWhileCreating(t *testing.T) {
	w := newWorld(t, forever)
	noLeak(t)
	id := newID()
	g, done := w.creating(t.Context(), id)
	ok(t, w.Kill(t.Context(), id, KillOptions{Signal: unix.SIGKILL}))
	g.pass()
	within(t, "create", func() {
		if err := <-done; err == nil {
			t.Error("created from a dead init")
		}
	})
	w.gone(id)
}

func TestCreateIsCancelledInHook(t *testing.T) {
	w := newWorld(t, forever)
	noLeak(t)
	id := newID()
	ctx, cancel := context.WithCancel(t.Context())
	_, done := w.creating(ctx, id)
	s, err := w.State(t.Context(), id)
	ok(t, err)
	cancel()
	within(t, "create", func() {
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	})
	if refer(s.Pid).alive() {
		t.Error("init is alive")
	}
	w.gone(id)
}

// These hooks are children of init, out of our reach: init is killed.
func TestCreateIsCancelledInInit(t *testing.T) {
	w := newWorld(t, forever)
	noLeak(t)
	g, hook := newGate(t)
	w.hooks(specs.Hooks{CreateContainer: []specs.Hook{hook}})
	id := newID()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		_, err := w.Create(ctx, id, w.createOptions())
		done <- err
	}()
	g.wait()
	cancel()
	within(t, "create", func() {
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	})
	g.pass()
	w.gone(id)
}

// Wherever it is cancelled, create either fails and leaves nothing, or has
// made a container.
func TestCreateIsCancelledAnywhere(t *testing.T) {
	w := newWorld(t, forever)
	noLeak(t)
	for i := range 16 {
		id := newID()
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i)*2*time.Millisecond)
		within(t, "create", func() {
			_, err := w.Create(ctx, id, w.createOptions())
			if err != nil && !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("after %d ms: %v", 2*i, err)
			}
			if err != nil {
				w.gone(id)
			} else {
				w.discard(id)
			}
		})
		cancel()
	}
}

// What was made before the failure is removed, and poststop hooks run.
func TestHooksFail(t *testing.T) {
	marker := filepath.Join(t.TempDir(), "poststop")
	w := newWorld(t, forever)
	fail := []specs.Hook{shellHook(t, "true"), shellHook(t, "echo no luck >&2; exit 3")}
	poststop := []specs.Hook{shellHook(t, "echo x >> "+marker)}
	noLeak(t)
	for phase, h := range map[string]specs.Hooks{
		"prestart":        {Prestart: fail, Poststop: poststop},
		"createRuntime":   {CreateRuntime: fail, Poststop: poststop},
		"createContainer": {CreateContainer: fail, Poststop: poststop},
	} {
		w.hooks(h)
		id := newID()
		_, err := w.Create(t.Context(), id, w.createOptions())
		mentions(t, err, "error running "+phase+" hook #1: /")
		mentions(t, err, "exit status 3 after ")
		mentions(t, err, "no luck")
		if n := strings.Count(err.Error(), "no luck") + strings.Count(err.Error(), phase); n != 2 {
			t.Errorf("says it twice: %v", err)
		}
		w.gone(id)
		if got := content(t, marker); got != "x\n" {
			t.Errorf("%s: poststop hooks wrote %q", phase, got)
		}
		os.Remove(marker)
	}
}

// A hook may use the ID's other verbs; no lock is held meanwhile.
func TestExecWhileHookRuns(t *testing.T) {
	w := newWorld(t, forever)
	g, hook := newGate(t)
	w.hooks(specs.Hooks{Poststart: []specs.Hook{hook}})
	id, _ := w.created()
	done := make(chan error, 1)
	go func() { done <- w.Start(t.Context(), id, StartOptions{}) }()
	g.wait()
	if got := w.status(id); got != Running {
		t.Errorf("it is %s", got)
	}
	out := outFile(t)
	w.must(w.Exec(t.Context(), id, w.execOptions(out, "sh", "-c", "echo hello")))
	if got := content(t, out.Name()); got != "hello\n" {
		t.Errorf("exec said %q", got)
	}
	g.pass()
	within(t, "start", func() {
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// Of many starts at once one wins; the others are told why.
func TestParallelStarts(t *testing.T) {
	w := newWorld(t, forever)
	id, _ := w.created()
	results := make(chan error, 4)
	var wg sync.WaitGroup
	for range cap(results) {
		wg.Go(func() { results <- w.Start(t.Context(), id, StartOptions{}) })
	}
	within(t, "the starts", wg.Wait)
	close(results)
	won := 0
	for err := range results {
		if err == nil {
			won++
		} else if !isRefusal(err, "start", Running) {
			t.Errorf("a loser: %v", err)
		}
	}
	if won != 1 {
		t.Errorf("%d won", won)
	}
}
