package main

import (
	"os"

	"golang.org/x/sys/unix"
)

const (
	cgroupRoot = "/sys/fs/cgroup"
	// hybridMount is where v2 is where v1 has the controllers.
	hybridMount = cgroupRoot + "/unified"
)

type mount struct {
	source, target, kind string
	flags                uintptr
	data                 string
}

func (m mount) do() error {
	if err := os.MkdirAll(m.target, 0o755); err != nil {
		return err
	}
	err := unix.Mount(m.source, m.target, m.kind, m.flags, m.data)
	return os.NewSyscallError("mount "+m.target, err)
}

// mountOwn gives the new namespaces their own /run, /proc and /sys. The host's
// cgroup mounts are carried over, or cgroup v2 alone is mounted in their place.
// A hybrid layout loses its v2 mount, so that crun can be compared: it accepts
// v1 and v2 but not both.
func mountOwn(o *options) error {
	const (
		safe = unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC
		keep = "/run/cgroup"
	)
	cgroups := mount{cgroupRoot, keep, "", unix.MS_BIND | unix.MS_REC, ""}
	if o.cgroup2 {
		cgroups = mount{"cgroup2", keep, "cgroup2", safe, ""}
	}
	for _, m := range []mount{
		{"", "/", "", unix.MS_REC | unix.MS_PRIVATE, ""},
		{"tmpfs", "/run", "tmpfs", unix.MS_NOSUID | unix.MS_NODEV, "mode=755"},
		{"proc", "/proc", "proc", safe, ""},
		cgroups,
		{"sysfs", "/sys", "sysfs", safe, ""},
		{keep, cgroupRoot, "", unix.MS_MOVE, ""},
		// What an engine finds on a host with systemd.
		{"", "/", "", unix.MS_REC | unix.MS_SHARED, ""},
	} {
		if err := m.do(); err != nil {
			return err
		}
	}
	if !o.hybrid && cgroupMode() == "hybrid" {
		if err := unix.Unmount(hybridMount, 0); err != nil {
			return os.NewSyscallError("unmount "+hybridMount, err)
		}
	}
	return os.Remove(keep)
}
