// Package catch hands the signals that a program is sent to a channel, for a
// program that lives for milliseconds. [os/signal.Notify] does the same for
// programs that live on; it asks a thread of its own, signal by signal, and
// waits for the answers: for the sixty signals that an attached process is
// passed, 120 switches between threads and more than a millisecond. Here a C
// handler writes a signal's number into a pipe, and to install it is one
// system call a signal.
//
// The handlers are the process's, and are not for a library to set: only a
// main package uses this one.
package catch

// #include "catch.h"
import "C"

import (
	"errors"
	"os"
	"os/signal"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// Catcher is what [Signals] returns.
type Catcher struct {
	// C receives the signals. It is never closed.
	C <-chan os.Signal

	numbers []C.int
	read    *os.File
}

// used is set once signals have been caught.
var used atomic.Bool

// backlog is how many signals may wait in the channel; many more may in the
// pipe.
const backlog = 64

// Signals catches the signals until Stop. It can be called once in a
// process's life: nobody knows when the last handler has run, so the pipe that
// the handlers write to is never closed. SIGKILL and SIGSTOP cannot be caught
// (EINVAL), SIGURG is the Go runtime's own. A write to a broken standard output
// does not end a program that catches SIGPIPE.
func Signals(which ...unix.Signal) (*Catcher, error) {
	if len(which) == 0 {
		return nil, errors.New("catch signals: none named")
	}
	if !used.CompareAndSwap(false, true) {
		return nil, errors.New("catch signals: they have been caught before")
	}
	fds := make([]int, 2)
	if err := unix.Pipe2(fds, unix.O_CLOEXEC|unix.O_NONBLOCK); err != nil {
		return nil, os.NewSyscallError("pipe2", err)
	}
	c := &Catcher{read: os.NewFile(uintptr(fds[0]), "signals")}
	for _, s := range which {
		if s == unix.SIGPIPE {
			// Tells the runtime not to die of EPIPE on standard output. The
			// handler replaces the ignoring itself, which children inherit.
			signal.Ignore(s)
		}
		c.numbers = append(c.numbers, C.int(s))
	}
	if errno := C.catch_signals(C.int(fds[1]), &c.numbers[0], C.int(len(c.numbers))); errno != 0 {
		return nil, os.NewSyscallError("sigaction", unix.Errno(errno))
	}
	signals := make(chan os.Signal, backlog)
	c.C = signals
	go c.pass(signals)
	return c, nil
}

func (c *Catcher) pass(signals chan<- os.Signal) {
	numbers := make([]byte, backlog)
	for {
		n, err := c.read.Read(numbers)
		if err != nil {
			return
		}
		for _, number := range numbers[:n] {
			signals <- unix.Signal(number)
		}
	}
}

// Stop gives the signals their default action back, whatever it was before.
// What was caught until then can still be received.
func (c *Catcher) Stop() {
	C.uncatch_signals(&c.numbers[0], C.int(len(c.numbers)))
}
