package try

import (
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// The system calls that engines allow a container by default, one subject a
// list. What is missing is the point: keyrings, kernel modules, mounts, new
// namespaces, clocks, swap, bpf, perf, io_uring, reboot, userfaultfd.
// Names a machine does not have are left out when the filter is made.
const (
	fileCalls = `access chdir chmod chown chown32 close close_range copy_file_range creat
		dup dup2 dup3 faccessat faccessat2 fadvise64 fadvise64_64 fallocate fanotify_mark
		fchdir fchmod fchmodat fchmodat2 fchown fchown32 fchownat fcntl fcntl64 fdatasync
		flock fstat fstat64 fstatat64 fstatfs fstatfs64 fsync ftruncate ftruncate64
		futimesat getcwd getdents getdents64 inotify_add_watch inotify_init inotify_init1
		inotify_rm_watch ioctl lchown lchown32 link linkat listmount _llseek lseek lstat
		lstat64
		mkdir mkdirat mknod mknodat name_to_handle_at newfstatat open openat openat2
		readahead readlink readlinkat rename renameat renameat2 rmdir stat stat64 statfs
		statfs64 statmount statx symlink symlinkat sync sync_file_range syncfs truncate truncate64
		umask unlink unlinkat utime utimensat utimensat_time64 utimes`
	attributeCalls = `fgetxattr flistxattr fremovexattr fsetxattr getxattr getxattrat
		lgetxattr listxattr listxattrat llistxattr lremovexattr lsetxattr removexattr
		removexattrat setxattr setxattrat`
	transferCalls = `cachestat io_cancel io_destroy io_getevents io_pgetevents
		io_pgetevents_time64 io_setup io_submit pipe pipe2 pread64 preadv preadv2 pwrite64
		pwritev pwritev2 read readv sendfile sendfile64 splice tee vmsplice write writev`
	waitCalls = `epoll_create epoll_create1 epoll_ctl epoll_ctl_old epoll_pwait epoll_pwait2
		epoll_wait epoll_wait_old eventfd eventfd2 _newselect poll ppoll ppoll_time64
		pselect6 pselect6_time64 select signalfd signalfd4`
	socketCalls = `accept accept4 bind connect getpeername getsockname getsockopt listen
		recv recvfrom recvmmsg recvmmsg_time64 recvmsg send sendmmsg sendmsg sendto
		setsockopt shutdown socketcall socketpair`
	memoryCalls = `brk madvise map_shadow_stack membarrier memfd_create memfd_secret mincore
		mlock mlock2 mlockall mmap mmap2 mprotect mremap mseal msync munlock munlockall
		munmap pkey_alloc pkey_free pkey_mprotect process_mrelease remap_file_pages`
	ipcCalls = `ipc mq_getsetattr mq_notify mq_open mq_timedreceive mq_timedreceive_time64
		mq_timedsend mq_timedsend_time64 mq_unlink msgctl msgget msgrcv msgsnd semctl
		semget semop semtimedop semtimedop_time64 shmat shmctl shmdt shmget`
	processCalls = `alarm capget capset execve execveat exit exit_group fork futex
		futex_requeue futex_time64 futex_wait futex_waitv futex_wake get_robust_list
		get_thread_area getitimer getpgid getpgrp getpid getppid getpriority getrandom
		getrlimit getrusage getsid gettid ioprio_get ioprio_set kill landlock_add_rule
		landlock_create_ruleset landlock_restrict_self pause pidfd_open
		pidfd_send_signal prctl prlimit64 process_vm_readv process_vm_writev ptrace
		restart_syscall rseq seccomp set_robust_list set_thread_area set_tid_address
		setitimer setpgid setpriority setrlimit setsid sysinfo tgkill times tkill
		ugetrlimit uname uretprobe vfork wait4 waitid waitpid`
	schedulerCalls = `getcpu sched_get_priority_max sched_get_priority_min sched_getaffinity
		sched_getattr sched_getparam sched_getscheduler sched_rr_get_interval
		sched_rr_get_interval_time64 sched_setaffinity sched_setattr sched_setparam
		sched_setscheduler sched_yield`
	idCalls = `getegid getegid32 geteuid geteuid32 getgid getgid32 getgroups getgroups32
		getresgid getresgid32 getresuid getresuid32 getuid getuid32 setfsgid setfsgid32
		setfsuid setfsuid32 setgid setgid32 setgroups setgroups32 setregid setregid32
		setresgid setresgid32 setresuid setresuid32 setreuid setreuid32 setuid setuid32`
	signalCalls = `rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn
		rt_sigsuspend rt_sigtimedwait rt_sigtimedwait_time64 rt_tgsigqueueinfo sigaction
		sigaltstack signal sigpending sigprocmask sigreturn sigsuspend`
	// adjtimex and its like only read without CAP_SYS_TIME.
	timeCalls = `adjtimex clock_adjtime clock_adjtime64 clock_getres clock_getres_time64
		clock_gettime clock_gettime64 clock_nanosleep clock_nanosleep_time64 gettimeofday
		nanosleep time timer_create timer_delete timer_getoverrun timer_gettime
		timer_gettime64 timer_settime timer_settime64 timerfd_create timerfd_gettime
		timerfd_gettime64 timerfd_settime timerfd_settime64`
	// The bounding set has CAP_SYS_CHROOT, so its call is allowed.
	capabilityCalls = `chroot`
)

// newNamespaces are the clone(2) flags that ask for a namespace.
const newNamespaces = unix.CLONE_NEWNS | unix.CLONE_NEWCGROUP | unix.CLONE_NEWUTS |
	unix.CLONE_NEWIPC | unix.CLONE_NEWUSER | unix.CLONE_NEWPID | unix.CLONE_NEWNET

// personalities that change nothing of a process's protection: PER_LINUX,
// PER_LINUX32, both with UNAME26, and the question which one it is.
var personalities = []uint64{0, 0x8, 0x20000, 0x20008, 0xffffffff}

// seccompProfile is the engines' default for an architecture, in Go's name of
// it. It returns nil for one whose calls nobody has looked at here.
func seccompProfile(arch string) *specs.LinuxSeccomp {
	p := &specs.LinuxSeccomp{
		DefaultAction:   specs.ActErrno,
		DefaultErrnoRet: errno(unix.EPERM),
	}
	switch arch {
	case "amd64":
		p.Architectures = []specs.Arch{specs.ArchX86_64, specs.ArchX86, specs.ArchX32}
		p.Syscalls = append(p.Syscalls, allow("arch_prctl modify_ldt"))
	case "arm64":
		p.Architectures = []specs.Arch{specs.ArchAARCH64, specs.ArchARM}
		p.Syscalls = append(p.Syscalls, allow(
			"arm_fadvise64_64 arm_sync_file_range sync_file_range2 breakpoint cacheflush set_tls"))
	default:
		return nil
	}
	p.Syscalls = append(p.Syscalls,
		allow(strings.Join([]string{
			fileCalls, attributeCalls, transferCalls, waitCalls, socketCalls, memoryCalls,
			ipcCalls, processCalls, schedulerCalls, idCalls, signalCalls, timeCalls,
			capabilityCalls,
		}, " ")),
		// All but AF_ALG (38), which is the kernel's cryptography, and AF_VSOCK
		// (40), which reaches the hypervisor past the network namespace. Rules
		// on one argument are alternatives, so "neither" takes three.
		allowIf("socket", specs.OpLessThan, unix.AF_ALG),
		allowIf("socket", specs.OpEqualTo, unix.AF_ALG+1),
		allowIf("socket", specs.OpGreaterThan, unix.AF_VSOCK),
		allowIf("clone", specs.OpMaskedEqual, newNamespaces),
		// Its flags are in memory, which a filter cannot see. Told that it
		// does not exist, a C library uses clone.
		specs.LinuxSyscall{Names: []string{"clone3"}, Action: specs.ActErrno,
			ErrnoRet: errno(unix.ENOSYS)},
	)
	for _, value := range personalities {
		p.Syscalls = append(p.Syscalls, allowIf("personality", specs.OpEqualTo, value))
	}
	return p
}

func allow(names string) specs.LinuxSyscall {
	return specs.LinuxSyscall{Names: strings.Fields(names), Action: specs.ActAllow}
}

// allowIf allows a call for values of its first argument. Masked, the
// argument must have none of the value's bits.
func allowIf(name string, op specs.LinuxSeccompOperator, value uint64) specs.LinuxSyscall {
	rule := allow(name)
	rule.Args = []specs.LinuxSeccompArg{{Index: 0, Value: value, Op: op}}
	return rule
}

func errno(e unix.Errno) *uint {
	n := uint(e)
	return &n
}
