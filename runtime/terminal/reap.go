package terminal

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// ReapOrphans reaps the children that have exited, for a child subreaper, but
// leaves keep and its exit status to whoever waits for it. Any other child's
// status is lost, so no other may be waited for at the time.
//
// While keep has exited and is not waited for, the kernel may show nobody
// behind it. Those are reaped by a later call, or by init when the caller
// exits.
func ReapOrphans(keep int) {
	for {
		pid := exitedChild()
		if pid <= 0 || pid == keep {
			return
		}
		if _, err := unix.Wait4(pid, nil, unix.WNOHANG, nil); err != nil && err != unix.EINTR {
			return
		}
	}
}

// exitedChild returns the pid of a child that has exited, 0 if there is none.
// It looks without taking: WNOWAIT.
func exitedChild() int {
	var info unix.Siginfo
	for {
		err := unix.Waitid(unix.P_ALL, 0, &info, unix.WEXITED|unix.WNOHANG|unix.WNOWAIT, nil)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return 0
		}
		return pidOf(&info)
	}
}

// pidOf reads si_pid, which the unix package has no field for: the first
// member of the union after three ints, aligned as a pointer is.
func pidOf(info *unix.Siginfo) int {
	const word = unsafe.Sizeof(uintptr(0))
	const offset = (unsafe.Sizeof(info.Signo)*3 + word - 1) &^ (word - 1)
	return int(*(*int32)(unsafe.Add(unsafe.Pointer(info), offset)))
}
