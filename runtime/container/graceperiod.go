package container

import (
	"os"
	"runtime"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// beginGracePeriod has the kernel wait now, beside our work, for what it would
// wait for when the container's first process is put into its cgroup. Before
// a process may move, all processors must have noticed (an RCU grace period, in
// percpu_down_write of cgroup_threadgroup_rwsem): 5 to 20 ms, when no process
// of the host has moved for a moment. One such wait serves all moves for some
// milliseconds, on whatever cgroup.
//
// So a thread of ours is written to the cgroup.threads file of the cgroup that
// it is in. That waits, and moves nothing: threads cannot leave their process's
// cgroup in this way, so that even when somebody moves us at this moment the
// kernel refuses (EOPNOTSUPP). See "cgroup.threads" in the kernel's cgroup-v2
// documentation. It takes a mounted cgroup v2 hierarchy and the right to write
// there; without, the kernel waits later.
func beginGracePeriod() {
	go func() {
		// The calling thread may be written without the wait, so it has to be
		// another one than the main thread, which is the one written.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		if unix.Gettid() != os.Getpid() {
			writeMainThread()
			return
		}
		done := make(chan struct{})
		go func() {
			defer close(done)
			writeMainThread()
		}()
		<-done
	}()
}

// unifiedMounts are where a cgroup v2 hierarchy may be mounted.
var unifiedMounts = [...]string{"/sys/fs/cgroup/unified", "/sys/fs/cgroup"}

func writeMainThread() {
	own := ownUnifiedCgroup()
	if own == "" {
		return
	}
	for _, mount := range unifiedMounts {
		const flags = unix.O_WRONLY | unix.O_CLOEXEC | unix.O_NOFOLLOW
		fd, err := unix.Open(mount+own+"/cgroup.threads", flags, 0)
		if err != nil {
			continue
		}
		//nolint:errcheck // refused or not, the kernel has waited
		unix.Write(fd, strconv.AppendInt(nil, int64(os.Getpid()), 10))
		unix.Close(fd)
		return
	}
}

// ownUnifiedCgroup returns the path of our cgroup in the v2 hierarchy, "" if
// there is none or if it lies outside our cgroup namespace.
func ownUnifiedCgroup() string {
	data, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return ""
	}
	return unifiedCgroup(string(data))
}

// unifiedCgroup reads cgroups(7), "/proc/pid/cgroup".
func unifiedCgroup(text string) string {
	for line := range strings.Lines(text) {
		path, found := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "0::/")
		if found && !strings.Contains(path, "..") {
			return "/" + path
		}
	}
	return ""
}
