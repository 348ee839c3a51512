package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bulkhead-oci/bulkhead/runtime/container"
	"github.com/bulkhead-oci/bulkhead/runtime/terminal/catch"
)

// politeness is how long a signalled command may take to clean up. It is
// killed then: libcontainer may be stuck in a call that knows no context (a
// D-Bus that does not answer), and the record is there for delete --force.
const politeness = 5 * time.Second

// takeSignals has signals forwarded to an attached process; one that is
// detached is given up with the first of them.
func takeSignals(parent context.Context, o *container.IO) (context.Context, func(), error) {
	if o.Detach {
		return untilSignalled(parent)
	}
	return parent, func() {}, attachSignals(o)
}

// untilSignalled returns a context that ends with the first signal that asks
// to end, so that whoever ends us politely gets a clean host. A second signal
// kills. Signals that the caller has us ignore (nohup, a shell's background
// job) stay ignored.
func untilSignalled(parent context.Context) (context.Context, func(), error) {
	var which []unix.Signal
	for _, s := range []unix.Signal{unix.SIGINT, unix.SIGTERM, unix.SIGHUP} {
		if !signal.Ignored(s) {
			which = append(which, s)
		}
	}
	ctx, cancel := context.WithCancelCause(parent)
	if len(which) == 0 {
		return ctx, func() { cancel(nil) }, nil
	}
	signals, err := catch.Signals(which...)
	if err != nil {
		cancel(nil)
		return nil, nil, err
	}
	done := make(chan struct{})
	go func() {
		select {
		case <-done:
		case s := <-signals.C:
			signals.Stop()
			cancel(errors.New(s.String() + " signal received"))
			insist(done, s)
		}
	}()
	return ctx, func() {
		signals.Stop()
		close(done)
		cancel(nil)
	}, nil
}

// insist ends the process by the signal's default action when the command
// does not end by itself.
func insist(done <-chan struct{}, s os.Signal) {
	select {
	case <-done:
	case <-time.After(politeness):
		_ = unix.Kill(os.Getpid(), s.(unix.Signal))
	}
}
