package difference

import (
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccomp/libseccomp-golang/difference/profile"
)

type (
	entry = specs.LinuxSyscall
	arg   = specs.LinuxSeccompArg
	archs = []specs.Arch
)

func on(action specs.LinuxSeccompAction, names ...string) entry {
	return entry{Names: names, Action: action}
}

func with(e entry, args ...arg) entry {
	e.Args = args
	return e
}

func data(e entry, errno uint) entry {
	e.ErrnoRet = &errno
	return e
}

func small(name string, byDefault specs.LinuxSeccompAction, a archs, entries ...entry) profile.Case {
	return profile.Case{Name: name, Seccomp: &specs.LinuxSeccomp{
		DefaultAction: byDefault, Architectures: a, Flags: []specs.LinuxSeccompFlag{}, Syscalls: entries,
	}}
}

func only(c profile.Case) profile.Case {
	c.OnlyListed = true
	return c
}

var (
	x86Family = archs{specs.ArchX86_64, specs.ArchX86, specs.ArchX32}
	notified  = archs{specs.ArchX86, specs.ArchX32, specs.ArchX86_64}
)

// smallCases have one point each. Among them are the profiles of runc's
// integration tests and documentation, put together from what they are for.
func smallCases() []profile.Case {
	const allow, errno = specs.ActAllow, specs.ActErrno
	eq := func(index uint, value uint64) arg { return arg{Index: index, Value: value, Op: specs.OpEqualTo} }
	masked := func(index uint, mask, value uint64) arg {
		return arg{Index: index, Value: mask, ValueTwo: value, Op: specs.OpMaskedEqual}
	}
	cases := []profile.Case{
		small("nothing", allow, nil),
		small("nothing, by errno", errno, x86Family),
		small("mkdir fails", allow, nil, on(errno, "mkdir", "mkdirat")),
		small("mkdir fails with a number", allow, nil, data(on(errno, "mkdir", "mkdirat"), 100)),
		small("mkdir kills", allow, nil, on(specs.ActKill, "mkdir", "mkdirat")),
		small("new calls are unknown", allow, nil, data(on(errno, "close_range", "fsopen", "fsconfig",
			"fspick", "openat2", "open_tree", "move_mount", "mount_setattr"), 38)),
		small("mkdir is notified", allow, notified, on(specs.ActNotify, "mkdir")),
		small("chmod is notified", allow, notified, on(specs.ActNotify, "chmod", "fchmod", "fchmodat")),
		small("what init needs is notified", allow, notified,
			on(specs.ActNotify, "mkdir", "openat", "fchdir", "fcntl", "fstat", "getdents64", "getpid", "ioctl")),
		small("few are allowed", errno, x86Family, on(allow, "read", "write", "exit_group", "futex")),
		small("same as the default", allow, x86Family, on(allow, "read"), on(errno, "write")),
		small("errno of the default is another", errno, x86Family, data(on(errno, "read"), 38)),
		small("personality", errno, x86Family,
			with(on(allow, "personality"), eq(0, 0)), with(on(allow, "personality"), eq(0, 8)),
			with(on(allow, "personality"), eq(0, 0xffffffff))),
		small("clone without namespaces", errno, x86Family, with(on(allow, "clone"), masked(0, 0x7e020000, 0))),
		small("socket families", errno, x86Family,
			with(on(allow, "socket"), arg{Index: 0, Value: 40, Op: specs.OpLessThan}),
			with(on(allow, "socket"), arg{Index: 0, Value: 40, Op: specs.OpGreaterThan})),
		small("ioctl TIOCSTI", allow, x86Family, with(on(errno, "ioctl"), masked(1, 0xffffffff, 0x5412))),
		small("mmap twice restricted", allow, nil,
			with(on(errno, "mmap"), masked(2, 4, 4), masked(3, 2, 2))),
		small("one rule for a condition", allow, nil, with(on(errno, "prctl"), eq(0, 15), eq(0, 22))),
		small("multiplexed", errno, archs{specs.ArchX86, specs.ArchPPC64LE, specs.ArchMIPSEL},
			on(allow, "socket", "bind", "semop", "shmctl", "accept4")),
		small("multiplexers", errno, archs{specs.ArchX86}, on(allow, "socketcall", "ipc")),
		only(small("multiplexed, big-endian", errno, archs{specs.ArchS390X, specs.ArchS390, specs.ArchPPC},
			on(allow, "socket", "sendmsg", "msgget", "read"))),
		only(small("x32 alone", errno, archs{specs.ArchX32}, on(allow, "read", "write", "ioctl"))),
		small("mixed byte orders", errno, archs{specs.ArchS390X}, on(allow, "read")),
		small("ARM's own calls", errno, archs{specs.ArchARM, specs.ArchAARCH64},
			on(allow, "arm_fadvise64_64", "cacheflush", "set_tls", "sync_file_range2", "read")),
		small("no such name", errno, nil, on(allow, "no_such_call", "read")),
		small("unconditional after conditional", errno, nil, with(on(allow, "read"), eq(0, 1)), on(allow, "read")),
		small("conditional after unconditional", errno, nil, on(allow, "read"), with(on(specs.ActLog, "read"), eq(0, 1))),
		small("the same twice", errno, nil, on(allow, "read"), on(allow, "read")),
		small("two actions", errno, nil, on(allow, "read"), on(specs.ActLog, "read")),
		small("two actions under one condition", errno, nil,
			with(on(allow, "read"), eq(0, 1)), with(on(specs.ActLog, "read"), eq(0, 1))),
		small("errno too large", allow, nil, data(on(errno, "read"), 4096)),
		small("pseudo call in a long list", errno, archs{specs.ArchX86}, on(allow, manyCalls...)),
	}
	for _, op := range []specs.LinuxSeccompOperator{
		specs.OpNotEqual, specs.OpLessThan, specs.OpLessEqual, specs.OpEqualTo,
		specs.OpGreaterEqual, specs.OpGreaterThan, specs.OpMaskedEqual,
	} {
		for _, value := range []uint64{0, 1, 0xffffffff, 1 << 32, 1<<32 + 1, 5<<32 | 7, 1 << 63, ^uint64(0)} {
			a := arg{Index: 3, Value: value, ValueTwo: value &^ 1, Op: op}
			cases = append(cases, small("one comparison", allow, x86Family, with(on(errno, "pread64"), a)),
				only(small("one comparison", allow, archs{specs.ArchS390X, specs.ArchPPC},
					with(on(errno, "pread64"), a))))
		}
	}
	return cases
}

// manyCalls are enough for libcontainer to ask for a tree, some without a
// number on x86-64.
var manyCalls = []string{
	"ftruncate64", "stat64", "read", "write", "open", "close", "stat", "fstat", "lstat", "poll",
	"lseek", "mmap", "mprotect", "munmap", "brk", "ioctl", "access", "pipe", "select", "mremap",
	"msync", "mincore", "madvise", "shmget", "shmat", "shmctl", "dup", "dup2", "pause", "socket",
	"getitimer", "alarm", "setitimer", "getpid", "sendfile", "connect", "accept", "sendto",
}

func TestSmallProfiles(t *testing.T) {
	compareCases(t, smallCases())
}
