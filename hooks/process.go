package hooks

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// run starts the hook with data on standard input, waits for it and tells
// how it failed.
func (h Hook) run(ctx context.Context, data []byte) error {
	e := &Error{Phase: h.Phase, Index: h.Index, Path: h.Path, Args: h.argv()}
	if e.Err = context.Cause(ctx); e.Err != nil {
		return e
	}
	var stdout, stderr tail
	lines := lines{log: h.Log}
	pipes, err := newPipes(data, &stdout, &stderr, &lines)
	if err != nil {
		e.Err = err
		return e
	}
	began := time.Now()
	proc, err := h.start(pipes)
	if err != nil {
		pipes.stop()
		e.Err = err
		return e
	}
	e.Started = true
	h.wait(ctx, proc, e)
	e.Elapsed = time.Since(began)
	pipes.stop()
	lines.flush()
	e.Stdout, e.Stderr = stdout.String(), stderr.String()
	if e.Err == nil && !e.TimedOut && e.Status == 0 {
		return nil
	}
	return e
}

func (h Hook) argv() []string {
	if len(h.Args) == 0 {
		return []string{h.Path}
	}
	return h.Args
}

// start makes the hook the leader of a session, hence of a process group. A
// group alone would not do: one in a terminal's background is stopped when it
// touches the terminal, and then sits there until its time-out.
func (h Hook) start(p *pipes) (*os.Process, error) {
	proc, err := os.StartProcess(h.Path, h.argv(), &os.ProcAttr{
		Dir:   h.Dir,
		Env:   h.Env,
		Files: p.childEnds(),
		Sys:   &syscall.SysProcAttr{Setsid: true},
	})
	p.started()
	var errno syscall.Errno
	if errors.As(err, &errno) {
		return nil, newStartError(h.Path, h.Dir, errno)
	}
	return proc, err
}

// wait returns when the hook is dead and reaped, and notes in e how it ended.
func (h Hook) wait(ctx context.Context, proc *os.Process, e *Error) {
	timeout := make(<-chan time.Time)
	if d, ok := h.timeout(); ok {
		timer := time.NewTimer(d)
		defer timer.Stop()
		e.Timeout, timeout = d, timer.C
	}
	exited := make(chan struct{})
	go func() {
		defer close(exited)
		waitExit(proc.Pid)
	}()
	select {
	case <-exited:
	case <-timeout:
		e.TimedOut = true
	case <-ctx.Done():
		e.Err = context.Cause(ctx)
	}
	if e.TimedOut || e.Err != nil {
		// Not reaped yet, the hook still holds its process ID, and with it
		// that of its group: nobody else can be hit.
		_ = unix.Kill(-proc.Pid, unix.SIGKILL)
		<-exited
	}
	reap(proc, e)
}

// timeout is false where nothing is to be waited for, which a number of
// seconds too large for a Duration amounts to.
func (h Hook) timeout() (time.Duration, bool) {
	const most = math.MaxInt64 / int64(time.Second)
	if h.Timeout == nil || int64(*h.Timeout) > most {
		return 0, false
	}
	return time.Duration(*h.Timeout) * time.Second, true
}

// waitExit returns when a child has exited, and leaves it unreaped.
func waitExit(pid int) {
	for {
		err := unix.Waitid(unix.P_PID, pid, nil, unix.WEXITED|unix.WNOWAIT, nil)
		if !errors.Is(err, unix.EINTR) {
			return
		}
	}
}

func reap(proc *os.Process, e *Error) {
	state, err := proc.Wait()
	if err != nil {
		e.Err = fmt.Errorf("wait for it: %w", err)
		return
	}
	e.Status, _ = state.Sys().(syscall.WaitStatus)
}
