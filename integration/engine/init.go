package engine

import (
	"os"
	"path/filepath"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// runInit is pid 1 of the test's namespaces.
func runInit() (int, error) {
	scratch := Scratch()
	if err := os.MkdirAll(filepath.Join(scratch, "tmp"), 0o777); err != nil {
		return 1, err
	}
	if err := os.Chmod(scratch, 0o755); err != nil {
		return 1, err
	}
	for _, step := range []func() error{
		privateMounts, mountRun, mountOverlays, mountProc, mountSys, ownNull, shareMounts, raiseLo,
	} {
		if err := step(); err != nil {
			return 1, err
		}
	}
	return reapUntilExit(scratch)
}

func privateMounts() error {
	return unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, "")
}

// ownNull lays a node of our own over /dev/null. crun gives it away: with a user
// namespace and /dev/null as standard input it becomes the container's root's.
func ownNull() error {
	const null = "/dev/null"
	own := filepath.Join(Scratch(), "null")
	if err := unix.Mknod(own, unix.S_IFCHR|0o666, int(unix.Mkdev(1, 3))); err != nil {
		return os.NewSyscallError("mknod", err)
	}
	if err := os.Chmod(own, 0o666); err != nil {
		return err
	}
	return os.NewSyscallError("mount /dev/null", unix.Mount(own, null, "", unix.MS_BIND, ""))
}

// shareMounts makes the tree what an engine finds on a host with systemd:
// shared, so that propagation into containers works.
func shareMounts() error {
	return unix.Mount("", "/", "", unix.MS_REC|unix.MS_SHARED, "")
}

func mountRun() error {
	if err := unix.Mount("tmpfs", "/run", "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "mode=755"); err != nil {
		return os.NewSyscallError("mount /run", err)
	}
	for _, dir := range []string{"/run/lock", "/run/user", "/run/netns"} {
		if err := os.Mkdir(dir, 0o755); err != nil {
			return err
		}
	}
	return nil
}

// mountOverlays lays private, writable views over /etc, so that tests can have
// users of their own, and over /var/lib, where some plug-ins write whatever
// their configuration says.
func mountOverlays() error {
	for _, dir := range []string{"/etc", "/var/lib"} {
		upper, work := "/run/over"+dir+"/upper", "/run/over"+dir+"/work"
		for _, d := range []string{upper, work} {
			if err := os.MkdirAll(d, 0o755); err != nil {
				return err
			}
		}
		options := "lowerdir=" + dir + ",upperdir=" + upper + ",workdir=" + work
		if err := unix.Mount("overlay", dir, "overlay", 0, options); err != nil {
			return os.NewSyscallError("mount "+dir, err)
		}
	}
	return nil
}

func mountProc() error {
	const flags = unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC
	return os.NewSyscallError("mount /proc", unix.Mount("proc", "/proc", "proc", flags, ""))
}

// mountSys mounts a sysfs that shows the new network namespace and carries the
// host's cgroup mounts over to it. With BULKHEAD_TEST_CGROUP2 set it mounts
// cgroup v2 alone in their place, with what controllers the host left there.
func mountSys() error {
	const flags = unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC
	const keep = "/run/cgroup"
	if err := os.Mkdir(keep, 0o755); err != nil {
		return err
	}
	defer os.Remove(keep)
	source, kind, bind := cgroupRoot, "", uintptr(unix.MS_BIND|unix.MS_REC)
	if os.Getenv("BULKHEAD_TEST_CGROUP2") != "" {
		source, kind, bind = "cgroup2", "cgroup2", flags
	}
	if err := unix.Mount(source, keep, kind, bind, ""); err != nil {
		return os.NewSyscallError("mount cgroups", err)
	}
	if err := unix.Mount("sysfs", "/sys", "sysfs", flags, ""); err != nil {
		return os.NewSyscallError("mount /sys", err)
	}
	return os.NewSyscallError("move cgroups", unix.Mount(keep, cgroupRoot, "", unix.MS_MOVE, ""))
}

func raiseLo() error {
	lo, err := netlink.LinkByName("lo")
	if err != nil {
		return err
	}
	return netlink.LinkSetUp(lo)
}

// reapUntilExit starts the tests and collects every orphan until they end. A
// zombie left as it is would look like a live process to the engines.
func reapUntilExit(scratch string) (int, error) {
	cmd := stageCmd("inner", scratch)
	if err := cmd.Start(); err != nil {
		return 1, err
	}
	for {
		var status unix.WaitStatus
		pid, err := unix.Wait4(-1, &status, 0, nil)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return 1, os.NewSyscallError("wait4", err)
		}
		if pid != cmd.Process.Pid {
			continue
		}
		if status.Exited() {
			return status.ExitStatus(), nil
		}
		return 128 + int(status.Signal()), nil
	}
}
