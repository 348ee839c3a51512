package catch

import "golang.org/x/sys/unix"

// Numbers of signal(7) that the C libraries keep for themselves: timers,
// thread cancellation, and changing the IDs of all threads at once.
const (
	firstReserved = 32
	lastReserved  = 34
	lastSignal    = 64
)

// Forwardable lists the signals that a process may be sent and that an
// attached process should be passed: all but SIGKILL and SIGSTOP, which
// nobody catches; SIGTTIN and SIGTTOU, for who catches them spins in the
// kernel where a shell's background job would be stopped; SIGURG, which the
// Go runtime sends itself; and those the C library uses.
func Forwardable() []unix.Signal {
	list := make([]unix.Signal, 0, lastSignal)
	for s := unix.Signal(1); s <= lastSignal; s++ {
		switch s {
		case unix.SIGKILL, unix.SIGSTOP, unix.SIGTTIN, unix.SIGTTOU, unix.SIGURG:
			continue
		}
		if s >= firstReserved && s <= lastReserved {
			continue
		}
		list = append(list, s)
	}
	return list
}
