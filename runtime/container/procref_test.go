package container

import (
	"errors"
	"os"
	"os/exec"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// sleeper is a child that lives until it is killed. It ignores nothing.
func sleeper(t *testing.T) *exec.Cmd {
	t.Helper()
	cmd := exec.Command("sleep", "3600")
	ok(t, cmd.Start())
	t.Cleanup(func() {
		if cmd.ProcessState == nil {
			cmd.Process.Kill()
			cmd.Wait()
		}
	})
	return cmd
}

// finish kills a child and reaps it.
func finish(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	ok(t, cmd.Process.Kill())
	cmd.Wait()
}

// deadPid is the pid of a process that has been reaped.
func deadPid(t *testing.T) int {
	t.Helper()
	cmd := sleeper(t)
	finish(t, cmd)
	return cmd.Process.Pid
}

// zombie is a child that has ended and is not reaped.
func zombie(t *testing.T) *exec.Cmd {
	t.Helper()
	cmd := sleeper(t)
	ok(t, cmd.Process.Kill())
	var info unix.Siginfo
	ok(t, unix.Waitid(unix.P_PID, cmd.Process.Pid, &info, unix.WEXITED|unix.WNOWAIT, nil))
	return cmd
}

func TestRefer(t *testing.T) {
	me := self()
	if me.Pid != os.Getpid() || me.StartTime == 0 {
		t.Errorf("self: %+v", me)
	}
	if got := refer(me.Pid); got != me {
		t.Errorf("got %+v, want %+v", got, me)
	}
	if got := refer(deadPid(t)); got != (processRef{}) {
		t.Errorf("dead: %+v", got)
	}
}

func TestAlive(t *testing.T) {
	running, dead := sleeper(t), zombie(t)
	ref := refer(running.Process.Pid)
	for name, c := range map[string]struct {
		ref  processRef
		want bool
	}{
		"running":  {ref, true},
		"recycled": {processRef{ref.Pid, ref.StartTime - 1}, false},
		"zombie":   {refer(dead.Process.Pid), false},
		"reaped":   {processRef{deadPid(t), 1}, false},
		"nobody":   {processRef{}, false},
		"negative": {processRef{-1, 0}, false},
	} {
		if got := c.ref.alive(); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
		h, err := c.ref.open()
		if c.want {
			ok(t, err)
			h.close()
		} else if !errors.Is(err, ErrNotRunning) {
			t.Errorf("open %s: %v", name, err)
		}
	}
}

func TestOpenLeaksNothing(t *testing.T) {
	noLeak(t)
	ref := refer(sleeper(t).Process.Pid)
	ref.StartTime++
	for range 10 {
		ref.open()
	}
	ref.StartTime--
	h, err := ref.open()
	ok(t, err)
	h.close()
	h.close()
}

// Each handle there is: by pidfd, and by pid alone as on older kernels.
func handles(t *testing.T, cmd *exec.Cmd) map[string]*handle {
	t.Helper()
	h, err := refer(cmd.Process.Pid).open()
	ok(t, err)
	t.Cleanup(h.close)
	if h.fd < 0 {
		t.Log("no pidfd here")
	}
	return map[string]*handle{"pidfd": h, "pid": {ref: h.ref, fd: -1}}
}

func TestSignal(t *testing.T) {
	for _, kind := range []string{"pidfd", "pid"} {
		cmd := sleeper(t)
		h := handles(t, cmd)[kind]
		ok(t, h.signal(0))
		if err := h.signal(unix.Signal(99)); !errors.Is(err, unix.EINVAL) {
			t.Errorf("%s: wrong signal: %v", kind, err)
		}
		ok(t, h.signal(unix.SIGTERM))
		cmd.Wait()
		if got := exitStatus(cmd.ProcessState); got != 128+15 {
			t.Errorf("%s: exit status %d", kind, got)
		}
		if err := h.signal(unix.SIGTERM); !errors.Is(err, ErrNotRunning) {
			t.Errorf("%s: gone: %v", kind, err)
		}
	}
}

// A pid that belongs to another process by now gets no signal.
func TestSignalSparesTheRecycled(t *testing.T) {
	cmd := sleeper(t)
	ref := refer(cmd.Process.Pid)
	h := &handle{ref: processRef{ref.Pid, ref.StartTime - 1}, fd: -1}
	if err := h.signal(unix.SIGKILL); !errors.Is(err, ErrNotRunning) {
		t.Errorf("got %v", err)
	}
	if !h.wait(patience) {
		t.Error("waits for the wrong process")
	}
	if !ref.alive() {
		t.Error("killed the wrong process")
	}
}

func TestWait(t *testing.T) {
	for _, kind := range []string{"pidfd", "pid"} {
		cmd := sleeper(t)
		h := handles(t, cmd)[kind]
		for _, limit := range []time.Duration{-time.Second, 0, time.Millisecond, 30 * time.Millisecond} {
			if h.wait(limit) {
				t.Errorf("%s, %v: has not ended", kind, limit)
			}
		}
		ended := make(chan bool, 1)
		go func() { ended <- h.wait(patience) }()
		ok(t, cmd.Process.Kill())
		within(t, kind, func() {
			if !<-ended {
				t.Errorf("%s: did not see the end", kind)
			}
		})
		// Not reaped yet: a zombie has ended.
		if !h.wait(0) {
			t.Errorf("%s: does not see a zombie's end", kind)
		}
		cmd.Wait()
	}
}
