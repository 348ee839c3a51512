package integration

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/bulkhead-oci/bulkhead/integration/engine"
	"golang.org/x/sys/unix"
)

// rules makes a filter that treats mkdir in some way and allows the rest.
func rules(action string, more ...string) []string {
	rule := map[string]any{"names": []string{"mkdir", "mkdirat"}, "action": action}
	return append([]string{"linux.seccomp.defaultAction", `"SCMP_ACT_ALLOW"`,
		"linux.seccomp.syscalls", asJSON([]any{rule}),
		"mounts+", `{"destination":"/tmp","type":"tmpfs","source":"tmpfs"}`}, more...)
}

func (c *claimant) seccomp(t *testing.T, _ []string) {
	const script = "grep Seccomp: /proc/self/status"
	engine.Same(t, "without", c.ok(t, script), "Seccomp:\t0\n")
	engine.Same(t, "with", c.ok(t, script, rules("SCMP_ACT_ERRNO")...), "Seccomp:\t2\n")
}

// An actionClaim is what mkdir comes to, and what the filter returns for it.
type actionClaim struct {
	outcome string
	returns []uint32
}

// A filter ends strange architectures with a KILL_THREAD of its own, so its
// return shows nothing.
var actionClaims = map[string]actionClaim{
	"SCMP_ACT_ALLOW":        {allowedMkdir, nil},
	"SCMP_ACT_ERRNO":        {notPermitted, ret(unix.SECCOMP_RET_ERRNO | 1)},
	"SCMP_ACT_KILL":         {killedMkdir, nil},
	"SCMP_ACT_KILL_PROCESS": {killedMkdir, ret(unix.SECCOMP_RET_KILL_PROCESS)},
	"SCMP_ACT_KILL_THREAD":  {killedMkdir, nil},
	"SCMP_ACT_LOG":          {allowedMkdir, ret(unix.SECCOMP_RET_LOG)},
	"SCMP_ACT_NOTIFY":       {agentsAnswer, nil},
	"SCMP_ACT_TRACE":        {notThere, ret(unix.SECCOMP_RET_TRACE | 1)},
	"SCMP_ACT_TRAP":         {killedMkdir, ret(unix.SECCOMP_RET_TRAP)},
}

const (
	allowedMkdir = "^made\nstatus 0\n"
	killedMkdir  = "Bad system call\nstatus 159\n"
	notPermitted = "mkdir: .*not permitted\nstatus 1\n"
	notThere     = "mkdir: .*not implemented\nstatus 1\n"
	agentsAnswer = "mkdir: .*No medium found\nstatus 1\n"
)

func ret(values ...uint32) []uint32 { return values }

// allowed are the calls of init's end, of a shell and of mkdir.
const allowed = `access arch_prctl brk capget capset chmod clock_gettime clone clone3 close
	dup dup2 dup3 epoll_create1 epoll_ctl epoll_pwait eventfd2 execve exit exit_group
	faccessat faccessat2 fchdir fcntl fork fstat fstatfs futex getcwd getdents64 getegid
	geteuid getgid getpid getppid getrandom gettid getuid ioctl lseek lstat madvise mkdir
	mkdirat mmap mprotect mremap munmap nanosleep newfstatat open openat openat2 pipe pipe2
	poll ppoll prctl pread64 prlimit64 read readlink readlinkat rseq rt_sigaction
	rt_sigprocmask rt_sigreturn sched_getaffinity sched_yield set_robust_list
	set_tid_address sigaltstack stat statfs statx sysinfo tgkill umask uname vfork wait4
	write writev`

func (c *claimant) seccompActions(t *testing.T, names []string) {
	each(t, names, actionClaims, func(t *testing.T, name string, claim actionClaim) {
		filter := rules(name)
		switch name {
		case "SCMP_ACT_ALLOW":
			rule := map[string]any{"names": strings.Fields(allowed), "action": name}
			filter = append(rules(name), "linux.seccomp.defaultAction", `"SCMP_ACT_ERRNO"`,
				"linux.seccomp.syscalls", asJSON([]any{rule}))
			// What is not in the list shows that the list counts.
			r := c.run(t, "rmdir /tmp", filter...)
			matches(t, r.stderr, "^rmdir: .*not permitted")
		case "SCMP_ACT_NOTIFY":
			filter = append(filter, "linux.seccomp.listenerPath", asJSON(c.agent(t)))
		}
		const script = "exec 2>&1; mkdir /tmp/d && echo made; echo status $?"
		r := c.run(t, script, filter...)
		matches(t, r.stdout+r.stderr, claim.outcome)
		if name != "SCMP_ACT_ALLOW" && name != "SCMP_ACT_NOTIFY" {
			if got := c.loaded(t, filter...).returns(); !slices.Equal(got, claim.returns) {
				t.Errorf("the filter returns %#x, want %#x", got, claim.returns)
			}
		}
	})
}

// loaded is the filter of a container. Its process is left to become the
// container's program first, for in the middle of execve(2) a tracer's wish
// to stop a process is lost.
func (c *claimant) loaded(t *testing.T, changes ...string) seccompFilter {
	t.Helper()
	_, pid := c.start(t, changes...)
	err := poll(func() error {
		exe, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid))
		if err == nil && filepath.Base(exe) != "busybox" {
			err = fmt.Errorf("process %d is still %s", pid, exe)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return readFilter(t, pid)
}

// agent starts the command agent and returns the path of its socket.
func (c *claimant) agent(t *testing.T) string {
	t.Helper()
	socket := filepath.Join(c.dir, fmt.Sprint("agent", c.made.Add(1)))
	cmd := &exec.Cmd{Path: "/proc/self/exe", Args: []string{"agent", socket}}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	if err := poll(func() error { return exists(socket) }); err != nil {
		t.Fatal(err)
	}
	return socket
}

// operand is what the operators compare with: a number that needs both of
// the words that the kernel compares one after the other.
const operand uint64 = 2<<32 | 5

// operatorClaims say which numbers a rule is for.
var operatorClaims = map[string]func(uint64) bool{
	"SCMP_CMP_EQ":        func(n uint64) bool { return n == operand },
	"SCMP_CMP_GE":        func(n uint64) bool { return n >= operand },
	"SCMP_CMP_GT":        func(n uint64) bool { return n > operand },
	"SCMP_CMP_LE":        func(n uint64) bool { return n <= operand },
	"SCMP_CMP_LT":        func(n uint64) bool { return n < operand },
	"SCMP_CMP_MASKED_EQ": func(n uint64) bool { return n&operand == 2<<32|4 },
	"SCMP_CMP_NE":        func(n uint64) bool { return n != operand },
}

// seccompOperators truncates a file to lengths around the operand.
func (c *claimant) seccompOperators(t *testing.T, names []string) {
	lengths := []uint64{
		4, 5, 6, 1<<32 | 4, 1<<32 | 5, 1<<32 | 6, 2<<32 | 4, operand, 2<<32 | 6,
		3<<32 | 4, 3<<32 | 5,
	}
	each(t, names, operatorClaims, func(t *testing.T, name string, refused func(uint64) bool) {
		arg := map[string]any{"index": 1, "op": name, "value": operand}
		if name == "SCMP_CMP_MASKED_EQ" {
			arg["valueTwo"] = uint64(2<<32 | 4)
		}
		rule := map[string]any{
			"names": []string{"ftruncate"}, "action": "SCMP_ACT_ERRNO", "args": []any{arg},
		}
		script, want := "", ""
		for _, n := range lengths {
			script += fmt.Sprintf("truncate -s %d /tmp/f 2>/dev/null && echo %d\n", n, n)
			if !refused(n) {
				want += fmt.Sprintln(n)
			}
		}
		got := c.ok(t, script+"true", rules("", "linux.seccomp.syscalls", asJSON([]any{rule}))...)
		engine.Same(t, "lengths allowed", got, want)
	})
}

// x32Mkdir is the number that mkdir has for x32, which shares all else that
// a filter sees with x86_64.
const x32Mkdir = 0x40000000 | 83

// archClaims are numbers that a filter compares with if it knows of the
// architecture.
var archClaims = map[string]uint32{
	"SCMP_ARCH_AARCH64": unix.AUDIT_ARCH_AARCH64, "SCMP_ARCH_ARM": unix.AUDIT_ARCH_ARM,
	"SCMP_ARCH_LOONGARCH64": unix.AUDIT_ARCH_LOONGARCH64,
	"SCMP_ARCH_MIPS":        unix.AUDIT_ARCH_MIPS, "SCMP_ARCH_MIPSEL": unix.AUDIT_ARCH_MIPSEL,
	"SCMP_ARCH_MIPS64": unix.AUDIT_ARCH_MIPS64, "SCMP_ARCH_MIPSEL64": unix.AUDIT_ARCH_MIPSEL64,
	"SCMP_ARCH_MIPS64N32":   unix.AUDIT_ARCH_MIPS64N32,
	"SCMP_ARCH_MIPSEL64N32": unix.AUDIT_ARCH_MIPSEL64N32,
	"SCMP_ARCH_PPC":         unix.AUDIT_ARCH_PPC, "SCMP_ARCH_PPC64": unix.AUDIT_ARCH_PPC64,
	"SCMP_ARCH_PPC64LE": unix.AUDIT_ARCH_PPC64LE, "SCMP_ARCH_RISCV64": unix.AUDIT_ARCH_RISCV64,
	"SCMP_ARCH_S390": unix.AUDIT_ARCH_S390, "SCMP_ARCH_S390X": unix.AUDIT_ARCH_S390X,
	"SCMP_ARCH_X32": x32Mkdir, "SCMP_ARCH_X86": unix.AUDIT_ARCH_I386,
	"SCMP_ARCH_X86_64": unix.AUDIT_ARCH_X86_64,
}

// mixable are names of architectures that every libseccomp of a little-endian
// machine puts into one filter; the others are of the other byte order, or
// newer.
var mixable = regexp.MustCompile("_(AARCH64|ARM|MIPSEL.*|PPC64LE|X32|X86|X86_64)$")

// seccompArchs looks for the architecture in the filter that was loaded. One
// that cannot be in it is refused, for a filter without it would be open.
func (c *claimant) seccompArchs(t *testing.T, names []string) {
	each(t, names, archClaims, func(t *testing.T, name string, mark uint32) {
		filter := rules("SCMP_ACT_ERRNO", "linux.seccomp.architectures", asJSON([]string{name}))
		r := c.run(t, "mkdir /tmp/d", filter...)
		if !mixable.MatchString(name) && !strings.HasPrefix(r.stderr, "mkdir: ") {
			c.refused(t, "linux.seccomp.architectures", filter...)
			return
		}
		matches(t, r.stderr, "^mkdir: .*not permitted")
		f := c.loaded(t, filter...)
		if got := append(f.compared(), f.bounds()...); !slices.Contains(got, mark) {
			t.Errorf("no %#x among what the filter looks for: %#x", mark, got)
		}
	})
}

// bounds lists the numbers at which a range of what the filter looks for
// begins.
func (f seccompFilter) bounds() []uint32 {
	var values []uint32
	for _, ins := range f.program {
		switch ins.Code {
		case unix.BPF_JMP | unix.BPF_JGE | unix.BPF_K:
			values = append(values, ins.K)
		case unix.BPF_JMP | unix.BPF_JGT | unix.BPF_K:
			values = append(values, ins.K+1)
		}
	}
	return values
}

// A flagClaim is the flag's bit for the kernel, as far as the runtime tells it
// in its log, and whether the kernel tells it too.
type flagClaim struct {
	bit   uint64
	shown bool
}

var flagClaims = map[string]flagClaim{
	// It has no bit: libseccomp sets it by itself where there are threads.
	"SECCOMP_FILTER_FLAG_TSYNC":      {0, true},
	"SECCOMP_FILTER_FLAG_LOG":        {unix.SECCOMP_FILTER_FLAG_LOG, true},
	"SECCOMP_FILTER_FLAG_SPEC_ALLOW": {unix.SECCOMP_FILTER_FLAG_SPEC_ALLOW, false},
	waitKillable: {unix.SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV |
		unix.SECCOMP_FILTER_FLAG_NEW_LISTENER, false},
}

const waitKillable = "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"

// flagRules has an agent for the flag that the kernel takes only with one.
func (c *claimant) flagRules(t *testing.T, name string) []string {
	t.Helper()
	flags := asJSON([]string{name})
	if name != waitKillable {
		return rules("SCMP_ACT_ERRNO", "linux.seccomp.flags", flags)
	}
	return rules("SCMP_ACT_NOTIFY", "linux.seccomp.flags", flags,
		"linux.seccomp.listenerPath", asJSON(c.agent(t)))
}

// seccompKnownFlags: a flag that is known and not supported is refused, not
// left out.
func (c *claimant) seccompKnownFlags(t *testing.T, names []string) {
	each(t, names, flagClaims, func(t *testing.T, name string, _ flagClaim) {
		if slices.Contains(c.claims["linux.seccomp.supportedFlags"], name) {
			c.ok(t, "true", c.flagRules(t, name)...)
		} else {
			c.refused(t, "linux.seccomp.flags", c.flagRules(t, name)...)
		}
	})
	c.refused(t, "linux.seccomp.flags", c.flagRules(t, "SECCOMP_FILTER_FLAG_NOSUCH")...)
}

func (c *claimant) seccompFlags(t *testing.T, names []string) {
	each(t, names, flagClaims, func(t *testing.T, name string, claim flagClaim) {
		dir, id := c.bundleWith(t, append(c.flagRules(t, name), "process.args", `["true"]`)...)
		r := finish(t, c.command("--debug", "run", "-b", dir, id))
		matches(t, r.stderr, fmt.Sprintf(`seccomp filter flags: %d"`, claim.bit))
		if claim.shown {
			engine.Same(t, "flags", c.loaded(t, c.flagRules(t, name)...).flags, claim.bit)
		}
	})
}
