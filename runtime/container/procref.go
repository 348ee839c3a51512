package container

import (
	"errors"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// processRef names a process for good: a pid alone is used again.
type processRef struct {
	Pid       int    `json:"pid"`
	StartTime uint64 `json:"startTime"` // clock ticks after boot, proc_pid_stat(5)
}

// refer looks a process up by its pid; the zero processRef if it is gone.
// self is the calling process.
func self() processRef { return refer(os.Getpid()) }

func refer(pid int) processRef {
	st, err := readProcStat(pid)
	if err != nil {
		return processRef{}
	}
	return processRef{Pid: pid, StartTime: st.startTime}
}

// alive says whether the process exists and is no zombie.
func (p processRef) alive() bool {
	if p.Pid <= 0 {
		return false
	}
	st, err := readProcStat(p.Pid)
	return err == nil && st.startTime == p.StartTime && st.state != 'Z' && st.state != 'X'
}

// handle is a process that can be signalled and waited for without the risk
// of meeting another one with its pid: a pidfd where the kernel has them
// (5.3), else the pid and its start time.
type handle struct {
	ref processRef
	fd  int // -1 without pidfds
}

// open returns ErrNotRunning when the process is gone. The start time is
// compared after the pidfd is held, so the descriptor is the right one.
func (p processRef) open() (*handle, error) {
	if p.Pid <= 0 {
		return nil, ErrNotRunning
	}
	fd, err := unix.PidfdOpen(p.Pid, 0)
	switch {
	case errors.Is(err, unix.ENOSYS), errors.Is(err, unix.EPERM):
		fd = -1
	case errors.Is(err, unix.ESRCH):
		return nil, ErrNotRunning
	case err != nil:
		return nil, os.NewSyscallError("pidfd_open", err)
	}
	h := &handle{ref: p, fd: fd}
	if !p.alive() {
		h.close()
		return nil, ErrNotRunning
	}
	return h, nil
}

func (h *handle) close() {
	if h.fd >= 0 {
		unix.Close(h.fd)
		h.fd = -1
	}
}

// signal returns ErrNotRunning when the process is gone.
func (h *handle) signal(sig unix.Signal) error {
	var err error
	if h.fd >= 0 {
		err = unix.PidfdSendSignal(h.fd, sig, nil, 0)
	} else if h.ref.alive() {
		err = unix.Kill(h.ref.Pid, sig)
	} else {
		err = unix.ESRCH
	}
	if errors.Is(err, unix.ESRCH) {
		return ErrNotRunning
	}
	return os.NewSyscallError("kill", err)
}

// pollStep is the pace of the timed poll on kernels without pidfds.
const pollStep = 10 * time.Millisecond

// wait blocks until the process has ended or limit is over, and says whether
// it ended.
func (h *handle) wait(limit time.Duration) bool {
	end := time.Now().Add(limit)
	if h.fd < 0 {
		for h.ref.alive() {
			if time.Now().After(end) {
				return false
			}
			time.Sleep(pollStep) // no pidfd: nothing to block on
		}
		return true
	}
	fds := []unix.PollFd{{Fd: int32(h.fd), Events: unix.POLLIN}}
	for {
		left := time.Until(end)
		if left < 0 {
			left = 0
		}
		n, err := unix.Poll(fds, int(left.Milliseconds()))
		if errors.Is(err, unix.EINTR) {
			continue
		}
		return n > 0
	}
}
