package try

import (
	"os"
	"runtime"
	"slices"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// defaultPath is what engines give a container.
const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// capabilities are the engines' default.
var capabilities = []string{
	"CAP_AUDIT_WRITE", "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL",
	"CAP_MKNOD", "CAP_NET_BIND_SERVICE", "CAP_NET_RAW", "CAP_SETFCAP", "CAP_SETGID",
	"CAP_SETPCAP", "CAP_SETUID", "CAP_SYS_CHROOT",
}

// maxTasks bounds processes and threads, for a fork bomb is soon tried.
const maxTasks = 4096

// settings are what the config.json of a try depends on.
type settings struct {
	args, env  []string
	cwd        string
	terminal   bool
	hostname   string
	root       string
	ids        *ids // nil: no user namespace
	namespaces []specs.LinuxNamespaceType
	binds      []specs.Mount
	limits     bool // cgroups can be written
	ttyGroup   bool // there is such a group
}

func (s settings) config() *specs.Spec {
	return &specs.Spec{
		Version:  specs.Version,
		Hostname: s.hostname,
		Root:     &specs.Root{Path: s.root},
		Process: &specs.Process{
			Terminal:        s.terminal,
			Args:            s.args,
			Env:             s.env,
			Cwd:             s.cwd,
			NoNewPrivileges: true,
			Capabilities: &specs.LinuxCapabilities{
				Bounding: capabilities, Effective: capabilities, Permitted: capabilities,
			},
		},
		Mounts: append(s.mounts(), s.binds...),
		Linux:  s.linux(),
	}
}

func (s settings) linux() *specs.Linux {
	l := &specs.Linux{
		Seccomp: seccompProfile(runtime.GOARCH),
		MaskedPaths: []string{
			"/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/keys",
			"/proc/latency_stats", "/proc/sched_debug", "/proc/scsi", "/proc/timer_list",
			"/proc/timer_stats", "/sys/devices/virtual/powercap", "/sys/firmware",
		},
		ReadonlyPaths: []string{
			"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger",
		},
	}
	for _, kind := range s.namespaces {
		l.Namespaces = append(l.Namespaces, specs.LinuxNamespace{Type: kind})
	}
	if s.ids != nil {
		l.UIDMappings, l.GIDMappings = s.ids.uids, s.ids.gids
	}
	if s.limits {
		l.Resources = &specs.LinuxResources{
			Devices: []specs.LinuxDeviceCgroup{{Allow: false, Access: "rwm"}},
		}
		if canLimitTasks() {
			l.Resources.Pids = &specs.LinuxPids{Limit: new(int64(maxTasks))}
		}
	}
	return l
}

// canLimitTasks: the host has the pids controller, of cgroup v1 or v2.
func canLimitTasks() bool {
	const root = "/sys/fs/cgroup"
	if _, err := os.Stat(root + "/pids/cgroup.procs"); err == nil {
		return true
	}
	v2, err := os.ReadFile(root + "/cgroup.controllers")
	return err == nil && slices.Contains(strings.Fields(string(v2)), "pids")
}

func (s settings) mounts() []specs.Mount {
	mount := func(dest, kind string, options ...string) specs.Mount {
		return specs.Mount{Destination: dest, Type: kind, Source: kind, Options: options}
	}
	pts := []string{"nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"}
	if s.ttyGroup {
		pts = append(pts, "gid=5")
	}
	return []specs.Mount{
		mount("/proc", "proc", "nosuid", "noexec", "nodev"),
		mount("/dev", "tmpfs", "nosuid", "strictatime", "mode=755", "size=65536k"),
		mount("/dev/pts", "devpts", pts...),
		mount("/dev/shm", "tmpfs", "nosuid", "noexec", "nodev", "mode=1777", "size=65536k"),
		mount("/dev/mqueue", "mqueue", "nosuid", "noexec", "nodev"),
		mount("/sys", "sysfs", "nosuid", "noexec", "nodev", "ro"),
		mount("/sys/fs/cgroup", "cgroup", "nosuid", "noexec", "nodev", "relatime", "ro"),
	}
}

// ttyGroup owns the terminals in every distribution.
const ttyGroup = 5

func hasID(list []specs.LinuxIDMapping, id uint32) bool {
	return slices.ContainsFunc(list, func(m specs.LinuxIDMapping) bool {
		return m.ContainerID <= id && id-m.ContainerID < m.Size
	})
}

// bindMount shows a file or directory of the host's. What is mounted below it
// is not shown.
func bindMount(b Bind, mapped *ids) specs.Mount {
	m := specs.Mount{
		Destination: b.Destination, Source: b.Source, Type: "none",
		Options: []string{"bind", "rprivate", "nosuid", "nodev", "ro"},
	}
	if b.Write {
		m.Options[len(m.Options)-1] = "rw"
	}
	if mapped != nil {
		m.UIDMappings, m.GIDMappings = mapped.uids, mapped.gids
	}
	return m
}

// environment is that of a login of root's, and what is given on top. A NAME
// alone takes the caller's value.
func environment(caller func(string) (string, bool), given []string) []string {
	env := []string{"PATH=" + defaultPath, "HOME=/root", "USER=root", "container=bulkhead"}
	given = append([]string{"TERM", "LANG"}, given...)
	for _, e := range given {
		if strings.Contains(e, "=") {
			env = append(env, e)
		} else if value, ok := caller(e); ok {
			env = append(env, e+"="+value)
		}
	}
	return env
}
