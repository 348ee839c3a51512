package terminal

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"testing"

	"golang.org/x/sys/unix"
)

// recorder is a target, and the rest of the world, that notes what happens.
type recorder struct {
	events []string
	err    error
}

func (r *recorder) Signal(s os.Signal) error {
	r.events = append(r.events, signalName(s))
	return r.err
}

func (r *recorder) note(what string) func() {
	return func() { r.events = append(r.events, what) }
}

func (r *recorder) options() ForwardOptions {
	return ForwardOptions{
		Resize: func() error { r.note("resize")(); return errors.New("no window") },
		Reap:   r.note("reap"),
		Warn:   func(err error) { r.note("warn " + err.Error())() },
	}
}

// forward runs Forward over signals, to the end of them.
func forward(t *testing.T, target Target, o ForwardOptions, signals ...os.Signal) {
	t.Helper()
	c := make(chan os.Signal, len(signals))
	for _, s := range signals {
		c <- s
	}
	close(c)
	within(t, "Forward", func() { Forward(nil, c, target, o) })
}

func TestForward(t *testing.T) {
	for _, tt := range []struct {
		signal os.Signal
		err    error
		want   []string
	}{
		{unix.SIGTERM, nil, []string{"SIGTERM"}},
		{unix.SIGINT, nil, []string{"SIGINT"}},
		{unix.SIGHUP, nil, []string{"SIGHUP"}},
		{unix.SIGCONT, nil, []string{"SIGCONT"}},
		{unix.Signal(35), nil, []string{"signal 35"}},
		{unix.SIGWINCH, nil, []string{"resize"}},
		{unix.SIGCHLD, nil, []string{"reap"}},
		{unix.SIGURG, nil, nil},
		{unix.SIGPIPE, nil, nil},
		{unix.SIGTERM, unix.EPERM, []string{"SIGTERM", "warn SIGTERM: operation not permitted"}},
		{unix.Signal(35), unix.EPERM, []string{"signal 35", "warn signal 35: operation not permitted"}},
		{unix.SIGTERM, fmt.Errorf("kill: %w", unix.ESRCH), []string{"SIGTERM"}},
		{unix.SIGTERM, os.ErrProcessDone, []string{"SIGTERM"}},
	} {
		t.Run(fmt.Sprint(signalName(tt.signal), tt.err), func(t *testing.T) {
			r := &recorder{err: tt.err}
			forward(t, r, r.options(), tt.signal)
			if !slices.Equal(r.events, tt.want) {
				t.Errorf("got %q, want %q", r.events, tt.want)
			}
		})
	}
}

func TestForwardWithoutOptions(t *testing.T) {
	r := &recorder{err: unix.EPERM}
	forward(t, r, ForwardOptions{}, unix.SIGWINCH, unix.SIGCHLD, unix.SIGTERM)
	if !slices.Equal(r.events, []string{"SIGTERM"}) {
		t.Errorf("got %q", r.events)
	}
}

func TestForwardEndsWhenDone(t *testing.T) {
	done := make(chan struct{})
	close(done)
	within(t, "Forward", func() { Forward(done, nil, &recorder{}, ForwardOptions{}) })
}
