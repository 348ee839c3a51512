package terminal

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// A Target can be sent signals.
type Target interface {
	Signal(os.Signal) error
}

// ForwardOptions say what becomes of signals that are not passed on. Each may
// be nil.
type ForwardOptions struct {
	// Resize is called for SIGWINCH. Its error is dropped: the terminal may
	// be gone, and a SIGHUP on its way to say so.
	Resize func() error
	// Reap is called for SIGCHLD.
	Reap func()
	// Warn is told which signal could not be delivered, and why. A target
	// that has ended already is no reason.
	Warn func(error)
}

// Forward passes signals on to t until done is closed or signals is. Four are
// the caller's own: SIGWINCH and SIGCHLD, see ForwardOptions; SIGURG, which
// the Go runtime sends itself to switch goroutines; and SIGPIPE, which comes
// of our own writes. When a process closes its standard input and goes on, the
// next byte we have for it raises SIGPIPE here, and must not kill it.
func Forward(done <-chan struct{}, signals <-chan os.Signal, t Target, o ForwardOptions) {
	for {
		select {
		case <-done:
			return
		case s, ok := <-signals:
			if !ok {
				return
			}
			o.handle(s, t)
		}
	}
}

func (o ForwardOptions) handle(s os.Signal, t Target) {
	switch s {
	case unix.SIGWINCH:
		if o.Resize != nil {
			_ = o.Resize()
		}
	case unix.SIGCHLD:
		if o.Reap != nil {
			o.Reap()
		}
	case unix.SIGURG, unix.SIGPIPE:
	default:
		if err := send(t, s); err != nil && o.Warn != nil {
			o.Warn(err)
		}
	}
}

func send(t Target, s os.Signal) error {
	err := t.Signal(s)
	if err == nil || errors.Is(err, os.ErrProcessDone) || errors.Is(err, unix.ESRCH) {
		return nil
	}
	return fmt.Errorf("%s: %w", signalName(s), err)
}

// signalName returns SIGTERM for SIGTERM; realtime signals have no name.
func signalName(s os.Signal) string {
	if n, ok := s.(unix.Signal); ok {
		if name := unix.SignalName(n); name != "" {
			return name
		}
	}
	return s.String()
}
