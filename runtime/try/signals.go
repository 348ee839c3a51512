package try

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// ender ends a command on a signal that would end any other process. The
// kernel spares process 1 of a pid namespace every signal that it does not
// handle; "timeout 5 bulkhead try -- sleep 60" would last a minute.
type ender struct {
	pidFile string
	cancel  context.CancelFunc
	signal  atomic.Int32 // what it was ended by
}

// watch passes signals on, but for those that end the command.
func (e *ender) watch(ctx context.Context, in <-chan os.Signal) <-chan os.Signal {
	if in == nil {
		return nil
	}
	out := make(chan os.Signal, cap(in))
	go func() {
		for {
			select {
			case <-ctx.Done():
				return
			case s := <-in:
				if n, ok := s.(unix.Signal); ok && ends(n) && !e.handled(n) {
					e.signal.CompareAndSwap(0, int32(n))
					e.cancel()
					return
				}
				out <- s
			}
		}
	}()
	return out
}

// ends says whether people and programs send the signal to end something.
func ends(s unix.Signal) bool {
	return s == unix.SIGTERM || s == unix.SIGINT || s == unix.SIGHUP || s == unix.SIGQUIT
}

// handled says whether the command catches or ignores the signal. One that
// has not started yet does not.
func (e *ender) handled(s unix.Signal) bool {
	status := content(filepath.Join("/proc", content(e.pidFile), "status"))
	return hasSignal(status, "SigCgt:", s) || hasSignal(status, "SigIgn:", s)
}

// hasSignal looks into a mask of proc_pid_status(5).
func hasSignal(status, mask string, s unix.Signal) bool {
	_, rest, found := strings.Cut(status, mask)
	line, _, _ := strings.Cut(rest, "\n")
	bits, err := strconv.ParseUint(strings.TrimSpace(line), 16, 64)
	return found && err == nil && bits&(1<<(s-1)) != 0
}
