// Package tune has the Go runtime do less, in a process that lives for 10 ms.
// It works before that runtime starts, from C, wherever it is linked in:
//
//   - The monitor thread (sysmon) looks after goroutines that hold on to a
//     processor. It wakes up every 20 to 70 µs at first, a hundred times while a
//     container starts, which is a tenth of the work. Here it is given a timer
//     slack of 2 ms, prctl(2) PR_SET_TIMERSLACK, by which the kernel may wake it
//     late. It is the first thread that the runtime makes: the linker leads
//     calls of pthread_create(3) here. All other threads keep the slack that the
//     process was started with, and so does what they execute. The price: a
//     goroutine may wait 2 ms for a processor when all are held by others in
//     system calls.
//   - In init, which does its work on one thread, GOMAXPROCS is 1 from the
//     start. libcontainer sets it later, and stops the world to do so. A
//     GOMAXPROCS in the caller's environment stays.
//
// It is for the command line. A program that embeds runtime/container and
// lives on has no use for it.
package tune

// #cgo LDFLAGS: -Wl,--wrap=pthread_create
import "C"
