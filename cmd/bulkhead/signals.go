package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"time"

	"golang.org/x/sys/unix"
)

// politeness is how long a signalled command may take to clean up. It is
// killed then: libcontainer may be stuck in a call that knows no context (a
// D-Bus that does not answer), and the record is there for delete --force.
const politeness = 5 * time.Second

// untilSignalled returns a context that ends with the first signal that asks
// to end, so that whoever ends us politely gets a clean host. A second signal
// kills. Signals that the caller has us ignore (nohup, a shell's background
// job) stay ignored.
func untilSignalled(parent context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(parent)
	signals := make(chan os.Signal, 1)
	for _, s := range []os.Signal{unix.SIGINT, unix.SIGTERM, unix.SIGHUP} {
		if !signal.Ignored(s) {
			signal.Notify(signals, s)
		}
	}
	done := make(chan struct{})
	go func() {
		select {
		case <-done:
		case s := <-signals:
			signal.Stop(signals)
			cancel(errors.New(s.String() + " signal received"))
			insist(done, s)
		}
	}()
	return ctx, func() {
		signal.Stop(signals)
		close(done)
		cancel(nil)
	}
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
