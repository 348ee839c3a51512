package try

import (
	"slices"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"
)

func TestSeccompProfile(t *testing.T) {
	for arch, want := range map[string][]specs.Arch{
		"amd64": {specs.ArchX86_64, specs.ArchX86, specs.ArchX32},
		"arm64": {specs.ArchAARCH64, specs.ArchARM},
	} {
		p := seccompProfile(arch)
		if !slices.Equal(p.Architectures, want) {
			t.Errorf("%s: got %v", arch, p.Architectures)
		}
		if p.DefaultAction != specs.ActErrno || *p.DefaultErrnoRet != 1 {
			t.Errorf("%s: by default %s", arch, p.DefaultAction)
		}
	}
	if p := seccompProfile("sparc64"); p != nil {
		t.Errorf("got a profile for a machine nobody knows")
	}
}

// What a container must never do by default, and what none gets along
// without.
func TestSeccompCalls(t *testing.T) {
	allowed := map[string]bool{}
	for _, rule := range seccompProfile("amd64").Syscalls {
		for _, name := range rule.Names {
			if rule.Action == specs.ActAllow && len(rule.Args) == 0 {
				if allowed[name] {
					t.Errorf("%s is allowed twice", name)
				}
				allowed[name] = true
			}
		}
	}
	for _, name := range []string{
		"acct", "add_key", "bpf", "clone", "clone3", "delete_module", "finit_module", "fsconfig",
		"fsmount", "fsopen", "init_module", "io_uring_setup", "kcmp", "kexec_load", "keyctl",
		"mount", "mount_setattr", "move_mount", "open_by_handle_at", "open_tree",
		"perf_event_open", "personality", "pidfd_getfd", "pivot_root", "quotactl", "reboot",
		"request_key", "setns", "socket", "swapon", "syslog", "umount2", "unshare",
		"userfaultfd",
	} {
		if allowed[name] {
			t.Errorf("%s is allowed", name)
		}
	}
	for _, name := range []string{
		"arch_prctl", "brk", "chroot", "clock_nanosleep", "close_range", "epoll_pwait2",
		"execve", "exit_group", "faccessat2", "futex", "getrandom", "mmap", "openat2",
		"pidfd_open", "prctl", "ptrace", "rseq", "rt_sigaction", "sched_getaffinity",
		"setgroups", "setpgid", "statx", "wait4",
	} {
		if !allowed[name] {
			t.Errorf("%s is not allowed", name)
		}
	}
}

func TestSeccompArguments(t *testing.T) {
	rules := seccompProfile("amd64").Syscalls
	for _, tc := range []struct {
		name  string
		value uint64
		want  bool
	}{
		{"socket", 1, true}, {"socket", 37, true}, {"socket", 38, false}, {"socket", 39, true},
		{"socket", 40, false}, {"socket", 41, true},
		{"clone", 0x11, true}, {"clone", 0x10000000, false}, {"clone", 0x00020011, false},
		{"clone", 0x02000000, false}, {"clone", 0x04000000, false}, {"clone", 0x08000000, false},
		{"clone", 0x20000000, false}, {"clone", 0x40000000, false}, {"clone", 0x3d0f00, true},
		{"personality", 0, true}, {"personality", 8, true}, {"personality", 0x40000, false},
		{"personality", 0xffffffff, true},
	} {
		got := slices.ContainsFunc(rules, func(r specs.LinuxSyscall) bool {
			return slices.Contains(r.Names, tc.name) && r.Action == specs.ActAllow &&
				holds(r.Args[0], tc.value)
		})
		if got != tc.want {
			t.Errorf("%s(%#x): allowed is %v", tc.name, tc.value, got)
		}
	}
	i := slices.IndexFunc(rules, func(r specs.LinuxSyscall) bool {
		return slices.Contains(r.Names, "clone3")
	})
	if rules[i].Action != specs.ActErrno || *rules[i].ErrnoRet != 38 {
		t.Errorf("clone3: got %+v, want ENOSYS", rules[i])
	}
}

// holds compares as seccomp(2) would.
func holds(a specs.LinuxSeccompArg, value uint64) bool {
	switch a.Op {
	case specs.OpLessThan:
		return value < a.Value
	case specs.OpEqualTo:
		return value == a.Value
	case specs.OpGreaterThan:
		return value > a.Value
	case specs.OpMaskedEqual:
		return value&a.Value == a.ValueTwo
	}
	return false
}
