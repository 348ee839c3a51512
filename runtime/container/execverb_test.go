package container

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"

	"github.com/bulkhead-oci/bulkhead/spec"
)

// execOptions run another program, with the rest as in config.json.
func (w *world) execOptions(out *os.File, args ...string) ExecOptions {
	return ExecOptions{IO: w.io(out), Edit: func(p *specs.Process) error {
		p.Args = args
		return nil
	}}
}

func TestExecStatus(t *testing.T) {
	w := newWorld(t, forever)
	id, _ := w.started()
	noLeak(t)
	for script, want := range map[string]int{"exit 0": 0, "exit 7": 7, "kill -9 $$": 137, "kill -15 $$": 143} {
		status, err := w.Exec(t.Context(), id, w.execOptions(w.null, "sh", "-c", script))
		if status != want || err != nil {
			t.Errorf("%s: %d, %v", script, status, err)
		}
	}
}

// The process is the bundle's, as edited.
func TestExecEdits(t *testing.T) {
	w := newWorld(t, forever)
	w.spec.Process.Env = append(w.spec.Process.Env, "FROM=config")
	w.save()
	id, _ := w.started()
	out := outFile(t)
	o := w.execOptions(out)
	o.Edit = func(p *specs.Process) error {
		p.Args = []string{"sh", "-c", "echo $FROM $MORE; pwd; id -u; id -G"}
		p.Env = append(p.Env, "MORE=edited")
		p.Cwd = "/tmp"
		p.User = specs.User{UID: 7, GID: 8, AdditionalGids: []uint32{9}}
		return nil
	}
	w.must(w.Exec(t.Context(), id, o))
	if got := content(t, out.Name()); got != "config edited\n/tmp\n7\n8 9\n" {
		t.Errorf("got %q", got)
	}
	o.Edit = func(*specs.Process) error { return errors.New("not so") }
	_, err := w.Exec(t.Context(), id, o)
	says(t, err, "not so")
	o.Edit = func(p *specs.Process) error { p.Cwd = "relative"; return nil }
	_, err = w.Exec(t.Context(), id, o)
	mentions(t, err, "cwd: ")
}

// A process given whole is taken as it is, checked; the bundle is not read.
func TestExecProcess(t *testing.T) {
	w := newWorld(t, forever)
	id, _ := w.started()
	ok(t, os.WriteFile(filepath.Join(w.bundle, spec.ConfigFile), []byte("{"), 0o600))
	out := outFile(t)
	o := w.execOptions(out)
	o.Edit = func(*specs.Process) error { return errors.New("edited") }
	o.Process = &specs.Process{Args: []string{"/bin/env"}, Env: []string{"A=B"}, Cwd: "/"}
	w.must(w.Exec(t.Context(), id, o))
	if got := content(t, out.Name()); !strings.Contains(got, "A=B\n") || strings.Contains(got, "PATH=/usr/local") {
		t.Errorf("got %q", got)
	}
	o.Process = &specs.Process{Cwd: "/"}
	_, err := w.Exec(t.Context(), id, o)
	mentions(t, err, "args: ")
	o.Process = nil
	o.Edit = nil
	if _, err := w.Exec(t.Context(), id, o); err == nil {
		t.Error("a broken config.json is no error")
	}
}

func TestExecDetached(t *testing.T) {
	w := newWorld(t, forever)
	id, _ := w.started()
	noLeak(t)
	o := w.execOptions(w.null, "sleep", "3600")
	o.Detach, o.Reap = true, true
	o.PidFile = filepath.Join(t.TempDir(), "pid")
	w.must(w.Exec(t.Context(), id, o))
	pids, err := w.Processes(t.Context(), id)
	pid := content(t, o.PidFile)
	if err != nil || !strings.Contains(fmt.Sprint(pids), pid) {
		t.Errorf("%s is not among %v, %v", pid, pids, err)
	}
	// The kernel does not end a pid namespace before its last zombie is
	// reaped, and this one is our child.
	ok(t, w.Delete(t.Context(), id, DeleteOptions{Force: true}))
	w.gone(id)
}

// A shim is the parent of what a command leaves detached, and wants its exit
// status: nobody may take it before.
func TestDetachedStatusIsTheParents(t *testing.T) {
	w := newWorld(t, forever)
	id, _ := w.started()
	for range 10 {
		o := w.execOptions(w.null, "sh", "-c", "exit 7")
		o.Detach = true
		o.PidFile = filepath.Join(t.TempDir(), "pid")
		w.must(w.Exec(t.Context(), id, o))
		pid, err := strconv.Atoi(content(t, o.PidFile))
		ok(t, err)
		var status unix.WaitStatus
		if _, err := unix.Wait4(pid, &status, 0, nil); err != nil || status.ExitStatus() != 7 {
			t.Fatalf("status %d, %v", status.ExitStatus(), err)
		}
	}
}

func TestExecFails(t *testing.T) {
	w := newWorld(t, forever)
	id, _ := w.started()
	noLeak(t)
	for program, want := range map[string]string{
		"nope":  `exec: "nope": executable file not found in $PATH`,
		"/nope": `exec: "/nope": stat /nope: no such file or directory`,
	} {
		_, err := w.Exec(t.Context(), id, w.execOptions(w.null, program))
		mentions(t, err, want)
	}
	o := w.execOptions(w.null, "true")
	o.PidFile = filepath.Join(t.TempDir(), "no", "pid")
	_, err := w.Exec(t.Context(), id, o)
	mentions(t, err, "write pid file: ")
	o = w.execOptions(w.null, "true")
	o.Cgroups = []string{"a", "b"}
	_, err = w.Exec(t.Context(), id, o)
	mentions(t, err, "invalid --cgroup argument")
	o = w.execOptions(w.null, "true")
	o.ConsoleSocket = "/no/such"
	_, err = w.Exec(t.Context(), id, o)
	mentions(t, err, "cannot use console socket")
}

func TestExecIsCancelled(t *testing.T) {
	w := newWorld(t, forever)
	id, _ := w.started()
	noLeak(t)
	out := outFile(t)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		_, err := w.Exec(ctx, id, w.execOptions(out, "sh", "-c", "echo; exec sleep 3600"))
		done <- err
	}()
	until(t, "it runs", func() bool { return content(t, out.Name()) != "" })
	cancel()
	within(t, "exec", func() {
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	})
	out.Close()
	if got := w.status(id); got != Running {
		t.Errorf("the container is %s", got)
	}
}

func TestPauseAndResume(t *testing.T) {
	w := newWorld(t, forever)
	ctx := t.Context()
	id, _ := w.started()
	if err := w.Resume(ctx, id); !isRefusal(err, "resume", Running) {
		t.Errorf("resume: %v", err)
	}
	ok(t, w.Pause(ctx, id))
	if got := w.status(id); got != Paused {
		t.Errorf("it is %s", got)
	}
	if err := w.Pause(ctx, id); !isRefusal(err, "pause", Paused) {
		t.Errorf("pause: %v", err)
	}
	_, err := w.Exec(ctx, id, w.execOptions(w.null, "true"))
	if !isRefusal(err, "exec", Paused) {
		t.Errorf("exec: %v", err)
	}
	mentions(t, err, "--ignore-paused")
	ok(t, w.Resume(ctx, id))
	if got := w.status(id); got != Running {
		t.Errorf("it is %s", got)
	}
	w.must(w.Exec(ctx, id, w.execOptions(w.null, "true")))
}

// An exec in a paused container waits for its resumption.
func TestExecIgnoresPause(t *testing.T) {
	w := newWorld(t, forever)
	id, _ := w.started()
	ok(t, w.Pause(t.Context(), id))
	before, err := w.Processes(t.Context(), id)
	ok(t, err)
	o := w.execOptions(w.null, "sh", "-c", "exit 5")
	o.IgnorePaused = true
	done := make(chan int, 1)
	go func() {
		status, err := w.Exec(context.WithoutCancel(t.Context()), id, o)
		if err != nil {
			t.Error(err)
		}
		done <- status
	}()
	until(t, "it has joined the cgroup", func() bool {
		pids, _ := w.Processes(t.Context(), id)
		return len(pids) > len(before)
	})
	ok(t, w.Resume(t.Context(), id))
	within(t, "exec", func() {
		if got := <-done; got != 5 {
			t.Errorf("status %d", got)
		}
	})
}

// A paused container dies of KILL and of delete --force.
func TestKillPaused(t *testing.T) {
	w := newWorld(t, forever)
	id, _ := w.started()
	ok(t, w.Pause(t.Context(), id))
	ok(t, w.Kill(t.Context(), id, KillOptions{Signal: unix.SIGKILL}))
	until(t, "it has stopped", func() bool { return w.status(id) == Stopped })
	ok(t, w.Delete(t.Context(), id, DeleteOptions{}))
	w.gone(id)
	id, _ = w.started()
	ok(t, w.Pause(t.Context(), id))
	if err := w.Delete(t.Context(), id, DeleteOptions{}); !isRefusal(err, "delete", Paused) {
		t.Errorf("delete: %v", err)
	}
	ok(t, w.Delete(t.Context(), id, DeleteOptions{Force: true}))
	w.gone(id)
}
