package spec

import "github.com/opencontainers/runtime-spec/specs-go"

// syscallArgs is how many arguments a system call has at most.
const syscallArgs = 6

func checkSeccomp(c *checker) {
	s := c.linux.Seccomp
	// Without an action and without rules there is no filter.
	if s == nil || s.DefaultAction == "" && len(s.Syscalls) == 0 {
		return
	}
	const path = "linux.seccomp."
	if !isAction(s.DefaultAction) {
		c.addf(path+"defaultAction", "string %q is not a valid action for seccomp",
			shorten(string(s.DefaultAction)))
	}
	if s.DefaultAction == specs.ActNotify {
		c.addf(path+"defaultAction", "SCMP_ACT_NOTIFY cannot be used as default action")
	}
	c.checkErrno(path+"defaultErrnoRet", s.DefaultAction, s.DefaultErrnoRet)
	for i, arch := range s.Architectures {
		if !isArch(string(arch)) {
			c.addf(indexPath(path+"architectures", i),
				"string %q is not a valid arch for seccomp", shorten(string(arch)))
		}
	}
	for i, flag := range s.Flags {
		if !isSeccompFlag(flag) {
			c.addf(indexPath(path+"flags", i), "seccomp flag %q is not known",
				shorten(string(flag)))
		}
	}
	for i := range s.Syscalls {
		c.checkRule(i, &s.Syscalls[i])
	}
	checkListener(c, s)
}

// checkRule leaves the names of system calls alone: one the machine does not
// have needs no filtering there.
func (c *checker) checkRule(i int, rule *specs.LinuxSyscall) {
	at := func(member string) string {
		return indexPath("linux.seccomp.syscalls", i) + "." + member
	}
	if !isAction(rule.Action) {
		c.addf(at("action"), "string %q is not a valid action for seccomp",
			shorten(string(rule.Action)))
	}
	if rule.ErrnoRet != nil {
		c.checkErrno(at("errnoRet"), rule.Action, rule.ErrnoRet)
	}
	for j, name := range rule.Names {
		switch {
		case name == "":
			c.addf(indexPath(at("names"), j), "empty string is not a valid syscall")
		case name == "write" && rule.Action == specs.ActNotify:
			c.addf(indexPath(at("names"), j),
				"SCMP_ACT_NOTIFY cannot be used for the write syscall")
		}
	}
	for j := range rule.Args {
		arg := &rule.Args[j]
		if arg.Index >= syscallArgs {
			c.addf(indexPath(at("args"), j)+".index",
				"must be from 0 to %d, not %d", syscallArgs-1, arg.Index)
		}
		if !isOperator(arg.Op) {
			c.addf(indexPath(at("args"), j)+".op",
				"string %q is not a valid operator for seccomp", shorten(string(arg.Op)))
		}
	}
}

// checkErrno holds a return value to its action. A wrong action has been
// told already.
func (c *checker) checkErrno(path string, action specs.LinuxSeccompAction, errno *uint) {
	if errno == nil || !isAction(action) {
		return
	}
	var limit uint
	switch action {
	case specs.ActErrno:
		limit = 4095
	case specs.ActTrace:
		limit = 65535
	default:
		c.addf(path, "cannot be used with %s", action)
		return
	}
	if *errno > limit {
		c.addf(path, "must be at most %d for %s, not %d", limit, action, *errno)
	}
}

func checkListener(c *checker, s *specs.LinuxSeccomp) {
	const path = "linux.seccomp.listenerPath"
	switch {
	case hasNUL(s.ListenerPath):
		c.addf(path, "contains a null byte")
	case s.ListenerPath != "":
	case hasNotify(s):
		c.addf(path, "seccomp listenerPath is not set")
	case s.ListenerMetadata != "" && !c.isBroken(path):
		c.addf("linux.seccomp.listenerMetadata", "cannot be used without listenerPath")
	}
}

func hasNotify(s *specs.LinuxSeccomp) bool {
	for i := range s.Syscalls {
		if s.Syscalls[i].Action == specs.ActNotify {
			return true
		}
	}
	return false
}

func isAction(action specs.LinuxSeccompAction) bool {
	switch action {
	case specs.ActAllow, specs.ActErrno, specs.ActKill, specs.ActKillProcess,
		specs.ActKillThread, specs.ActLog, specs.ActNotify, specs.ActTrace, specs.ActTrap:
		return true
	}
	return false
}

func isOperator(op specs.LinuxSeccompOperator) bool {
	switch op {
	case specs.OpNotEqual, specs.OpLessThan, specs.OpLessEqual, specs.OpEqualTo,
		specs.OpGreaterEqual, specs.OpGreaterThan, specs.OpMaskedEqual:
		return true
	}
	return false
}

// isSeccompFlag knows one flag beyond the specification's: TSYNC is always
// in effect, and old profiles name it.
func isSeccompFlag(flag specs.LinuxSeccompFlag) bool {
	switch flag {
	case specs.LinuxSeccompFlagLog, specs.LinuxSeccompFlagSpecAllow,
		specs.LinuxSeccompFlagWaitKillableRecv, "SECCOMP_FILTER_FLAG_TSYNC":
		return true
	}
	return false
}

// isArch knows the architectures that libcontainer can make a filter for,
// fewer than the specification names.
func isArch(arch string) bool {
	switch arch {
	case "SCMP_ARCH_X86", "SCMP_ARCH_X86_64", "SCMP_ARCH_X32",
		"SCMP_ARCH_ARM", "SCMP_ARCH_AARCH64",
		"SCMP_ARCH_MIPS", "SCMP_ARCH_MIPS64", "SCMP_ARCH_MIPS64N32",
		"SCMP_ARCH_MIPSEL", "SCMP_ARCH_MIPSEL64", "SCMP_ARCH_MIPSEL64N32",
		"SCMP_ARCH_PPC", "SCMP_ARCH_PPC64", "SCMP_ARCH_PPC64LE",
		"SCMP_ARCH_S390", "SCMP_ARCH_S390X",
		"SCMP_ARCH_RISCV64", "SCMP_ARCH_LOONGARCH64":
		return true
	}
	return false
}
