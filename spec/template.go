package spec

import (
	"path"
	"strings"
	"syscall"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// cgroup2Magic is the type statfs(2) gives for cgroup v2.
const cgroup2Magic = 0x63677270

// Template returns the configuration that `spec` writes: a shell on a
// read-only root file system called rootfs.
func Template() *specs.Spec {
	caps := func() []string {
		return []string{"CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"}
	}
	return &specs.Spec{
		Version:  specs.Version,
		Root:     &specs.Root{Path: "rootfs", Readonly: true},
		Hostname: "bulkhead",
		Process: &specs.Process{
			Terminal: true,
			Args:     []string{"sh"},
			Env: []string{
				"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
				"TERM=xterm",
			},
			Cwd:             "/",
			NoNewPrivileges: true,
			Capabilities: &specs.LinuxCapabilities{
				Bounding: caps(), Permitted: caps(), Effective: caps(),
			},
			Rlimits: []specs.POSIXRlimit{{Type: "RLIMIT_NOFILE", Hard: 1024, Soft: 1024}},
		},
		Mounts: templateMounts(),
		Linux:  templateLinux(),
	}
}

func templateMounts() []specs.Mount {
	mount := func(dest, kind, source string, options ...string) specs.Mount {
		return specs.Mount{Destination: dest, Type: kind, Source: source, Options: options}
	}
	return []specs.Mount{
		mount("/proc", "proc", "proc"),
		mount("/dev", "tmpfs", "tmpfs", "nosuid", "strictatime", "mode=755", "size=65536k"),
		mount("/dev/pts", "devpts", "devpts",
			"nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"),
		mount("/dev/shm", "tmpfs", "shm",
			"nosuid", "noexec", "nodev", "mode=1777", "size=65536k"),
		mount("/dev/mqueue", "mqueue", "mqueue", "nosuid", "noexec", "nodev"),
		mount("/sys", "sysfs", "sysfs", "nosuid", "noexec", "nodev", "ro"),
		mount("/sys/fs/cgroup", "cgroup", "cgroup",
			"nosuid", "noexec", "nodev", "relatime", "ro"),
	}
}

func templateLinux() *specs.Linux {
	namespaces := []specs.LinuxNamespace{
		{Type: specs.PIDNamespace},
		{Type: specs.NetworkNamespace},
		{Type: specs.IPCNamespace},
		{Type: specs.UTSNamespace},
		{Type: specs.MountNamespace},
	}
	// With cgroup v1 a cgroup namespace would hide the controllers' mounts
	// that programs of that age look for.
	if hasCgroup2() {
		namespaces = append(namespaces, specs.LinuxNamespace{Type: specs.CgroupNamespace})
	}
	return &specs.Linux{
		MaskedPaths: []string{
			"/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys",
			"/proc/latency_stats", "/proc/timer_list", "/proc/timer_stats",
			"/proc/sched_debug", "/sys/firmware", "/proc/scsi",
		},
		ReadonlyPaths: []string{
			"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger",
		},
		Resources: &specs.LinuxResources{
			Devices: []specs.LinuxDeviceCgroup{{Allow: false, Access: "rwm"}},
		},
		Namespaces: namespaces,
	}
}

func hasCgroup2() bool {
	var st syscall.Statfs_t
	err := syscall.Statfs("/sys/fs/cgroup", &st)
	return err == nil && int64(st.Type) == cgroup2Magic //nolint:unconvert // other architectures have other types
}

// Rootless changes s so that a user without privileges can run it: a user
// namespace that maps root to uid and gid, the host's network, and no limits.
func Rootless(s *specs.Spec, uid, gid uint32) {
	if s.Linux == nil {
		s.Linux = &specs.Linux{}
	}
	l := s.Linux
	kept := make([]specs.LinuxNamespace, 0, len(l.Namespaces)+1)
	for _, ns := range l.Namespaces {
		if ns.Type != specs.NetworkNamespace && ns.Type != specs.UserNamespace {
			kept = append(kept, ns)
		}
	}
	l.Namespaces = append(kept, specs.LinuxNamespace{Type: specs.UserNamespace})
	l.UIDMappings = []specs.LinuxIDMapping{{HostID: uid, Size: 1}}
	l.GIDMappings = []specs.LinuxIDMapping{{HostID: gid, Size: 1}}
	l.Resources = nil
	for i := range s.Mounts {
		rootlessMount(&s.Mounts[i])
	}
}

// rootlessMount makes a mount possible inside a user namespace with one id.
func rootlessMount(m *specs.Mount) {
	// A sysfs belongs to the owner of the network namespace, which here is
	// the host's: it can only be bound.
	if path.Clean(m.Destination) == "/sys" {
		*m = specs.Mount{
			Source:      "/sys",
			Destination: "/sys",
			Type:        "none",
			Options:     []string{"rbind", "nosuid", "noexec", "nodev", "ro"},
		}
		return
	}
	var options []string
	for _, o := range m.Options {
		if !strings.HasPrefix(o, "gid=") && !strings.HasPrefix(o, "uid=") {
			options = append(options, o)
		}
	}
	m.Options = options
}
