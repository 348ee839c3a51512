// Package goinit prepares the process of "init" for its Go runtime, before
// that starts, in a C constructor. Such a process sets a container up in five
// milliseconds, on one thread, and what the runtime does for programs that
// live on only costs it time:
//
//   - The monitor thread (sysmon) wakes up every 20 to 70 µs, sixty times in
//     a container's start, to take processors away from threads that block.
//     It is given a timer slack, prctl(2) PR_SET_TIMERSLACK, by which the kernel
//     may let it sleep; threads inherit the slack of the one that makes them,
//     and the monitor is the first thread made. [Restore] then gives the main
//     thread its own slack back: the container's program inherits that.
//   - GOMAXPROCS is 1 from the start, not from the moment when libcontainer
//     sets it and stops the world to do so. One in the environment stays.
//
// In any other process the constructor does nothing.
package goinit

import (
	"runtime"
	"time"

	"github.com/bulkhead-oci/bulkhead/runtime/container/goinit/constructor"
)

// Restore gives the main thread, which must be the caller's, the timer slack
// that the container's program is to inherit, and returns it; a negative one
// when nothing had been changed.
func Restore() time.Duration {
	runtime.LockOSThread()
	return constructor.RestoreTimerSlack()
}
