package container

import (
	"os"

	"golang.org/x/sys/unix"
)

// nobody is a pid that no process can have: the kernel's limit is 2^22
// (PID_MAX_LIMIT, proc_sys_kernel(5)).
const nobody = "2147483647"

// cgroupProcs are files of which every host with cgroups has one, whichever
// version it uses.
var cgroupProcs = [...]string{
	"/sys/fs/cgroup/cgroup.procs",
	"/sys/fs/cgroup/unified/cgroup.procs",
	"/sys/fs/cgroup/systemd/cgroup.procs",
	"/sys/fs/cgroup/memory/cgroup.procs",
	"/sys/fs/cgroup/cpu/cgroup.procs",
}

// beginGracePeriod has the kernel wait now, beside our work, for what it would
// wait for when the container's first process is put into its cgroup: before a
// process may move, all processors must have noticed (an RCU grace period, for
// percpu_down_write of cgroup_threadgroup_rwsem), which takes 5 to 20 ms when no
// process of the host has moved for a moment. The lock is the host's, so that
// an attempt to move a process that does not exist (ESRCH) is enough, and
// changes nothing.
func beginGracePeriod() {
	if os.Geteuid() != 0 {
		return // nor may the runtime write there later
	}
	go func() {
		for _, path := range cgroupProcs {
			fd, err := unix.Open(path, unix.O_WRONLY|unix.O_CLOEXEC|unix.O_NOFOLLOW, 0)
			if err != nil {
				continue
			}
			unix.Write(fd, []byte(nobody)) //nolint:errcheck // ESRCH: it never succeeds
			unix.Close(fd)
			return
		}
	}()
}
