package spec

import (
	"path"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// Warnings lists what is wrong with a configuration but no reason to refuse
// it: it belongs into the log.
func Warnings(s *specs.Spec) []Fault {
	if s == nil {
		return nil
	}
	w := &warner{}
	w.process(s.Process)
	for i := range s.Mounts {
		if d := s.Mounts[i].Destination; !path.IsAbs(d) {
			w.addf(indexPath("mounts", i)+".destination",
				"%q is not absolute, taken as below the container's root", shorten(d))
		}
	}
	if s.Linux != nil {
		w.linux(s.Linux)
	}
	return w.faults
}

type warner struct{ faultList }

func (w *warner) process(p *specs.Process) {
	if p == nil {
		return
	}
	if p.CommandLine != "" {
		w.addf("process.commandLine", "ignored on Linux")
	}
	if p.User.Username != "" {
		w.addf("process.user.username", "ignored on Linux")
	}
	if u := p.User.Umask; u != nil && *u > 0o777 {
		w.addf("process.user.umask", "only the lower nine bits of %#o count", *u)
	}
	if caps := p.Capabilities; caps != nil {
		w.capabilities("bounding", caps.Bounding)
		w.capabilities("effective", caps.Effective)
		w.capabilities("inheritable", caps.Inheritable)
		w.capabilities("permitted", caps.Permitted)
		w.capabilities("ambient", caps.Ambient)
	}
}

func (w *warner) capabilities(set string, caps []string) {
	for i, name := range caps {
		if !isCapability(name) {
			w.addf(indexPath("process.capabilities."+set, i),
				"ignoring unknown capability %q", shorten(name))
		}
	}
}

func (w *warner) linux(l *specs.Linux) {
	if p := l.Personality; p != nil && len(p.Flags) > 0 {
		w.addf("linux.personality.flags", "ignored: no flags are defined")
	}
	if s := l.Seccomp; s != nil {
		for i := range s.Syscalls {
			if len(s.Syscalls[i].Names) == 0 {
				w.addf(indexPath("linux.seccomp.syscalls", i)+".names",
					"empty, the rule has no effect")
			}
		}
	}
	w.restricted("linux.maskedPaths", l.MaskedPaths)
	w.restricted("linux.readonlyPaths", l.ReadonlyPaths)
	if l.Resources != nil {
		w.resources(l.Resources)
	}
}

func (w *warner) restricted(path string, list []string) {
	for i, p := range list {
		if p == "" {
			w.addf(indexPath(path, i), "empty, restricts nothing")
		}
	}
}

func (w *warner) resources(r *specs.LinuxResources) {
	m := r.Memory
	if m == nil {
		return
	}
	if m.Kernel != nil { //nolint:staticcheck // old engines still set it
		w.addf("linux.resources.memory.kernel", "ignored: kernels no longer have it")
	}
	if m.KernelTCP != nil {
		w.addf("linux.resources.memory.kernelTCP", "ignored: kernels no longer have it")
	}
}

// isCapability knows the capabilities up to Linux 5.9, which brought the
// latest one.
func isCapability(name string) bool {
	switch name {
	case "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH", "CAP_FOWNER",
		"CAP_FSETID", "CAP_KILL", "CAP_SETGID", "CAP_SETUID", "CAP_SETPCAP",
		"CAP_LINUX_IMMUTABLE", "CAP_NET_BIND_SERVICE", "CAP_NET_BROADCAST",
		"CAP_NET_ADMIN", "CAP_NET_RAW", "CAP_IPC_LOCK", "CAP_IPC_OWNER",
		"CAP_SYS_MODULE", "CAP_SYS_RAWIO", "CAP_SYS_CHROOT", "CAP_SYS_PTRACE",
		"CAP_SYS_PACCT", "CAP_SYS_ADMIN", "CAP_SYS_BOOT", "CAP_SYS_NICE",
		"CAP_SYS_RESOURCE", "CAP_SYS_TIME", "CAP_SYS_TTY_CONFIG", "CAP_MKNOD",
		"CAP_LEASE", "CAP_AUDIT_WRITE", "CAP_AUDIT_CONTROL", "CAP_SETFCAP",
		"CAP_MAC_OVERRIDE", "CAP_MAC_ADMIN", "CAP_SYSLOG", "CAP_WAKE_ALARM",
		"CAP_BLOCK_SUSPEND", "CAP_AUDIT_READ", "CAP_PERFMON", "CAP_BPF",
		"CAP_CHECKPOINT_RESTORE":
		return true
	}
	return false
}
