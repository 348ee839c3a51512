package integration

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/bulkhead-oci/bulkhead/integration/engine"
	"github.com/opencontainers/runtime-spec/specs-go"
)

var allArchs = []specs.Arch{specs.ArchX86_64, specs.ArchX86, specs.ArchX32}

// policy is a profile for all three ABIs. An action is one of SCMP_ACT_
// without that and with an optional errno, a rule
// "NAME[,NAME] ACTION[:ERRNO] [INDEX:OP:VALUE[:VALUE]...]".
func policy(t *testing.T, defaultAction string, rules ...string) *specs.LinuxSeccomp {
	t.Helper()
	p := &specs.LinuxSeccomp{Architectures: allArchs}
	p.DefaultAction, p.DefaultErrnoRet = parseAction(t, defaultAction)
	for _, text := range rules {
		fields := strings.Fields(text)
		rule := specs.LinuxSyscall{Names: strings.Split(fields[0], ",")}
		rule.Action, rule.ErrnoRet = parseAction(t, fields[1])
		for _, arg := range fields[2:] {
			rule.Args = append(rule.Args, parseArg(t, arg))
		}
		p.Syscalls = append(p.Syscalls, rule)
	}
	return p
}

func parseAction(t *testing.T, text string) (specs.LinuxSeccompAction, *uint) {
	t.Helper()
	name, digits, with := strings.Cut(text, ":")
	if !with {
		return specs.LinuxSeccompAction("SCMP_ACT_" + name), nil
	}
	errno := uint(parseNumber(t, digits))
	return specs.LinuxSeccompAction("SCMP_ACT_" + name), &errno
}

func parseArg(t *testing.T, text string) specs.LinuxSeccompArg {
	t.Helper()
	fields := strings.Split(text, ":")
	arg := specs.LinuxSeccompArg{
		Index: uint(parseNumber(t, fields[0])),
		Op:    specs.LinuxSeccompOperator("SCMP_CMP_" + fields[1]),
		Value: parseNumber(t, fields[2]),
	}
	if len(fields) > 3 {
		arg.ValueTwo = parseNumber(t, fields[3])
	}
	return arg
}

func parseNumber(t *testing.T, digits string) uint64 {
	t.Helper()
	n, err := strconv.ParseUint(digits, 0, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// Numbers of harmless calls: getppid, which ignores what arguments it is
// given, and x32's, which few kernels have but every filter sees.
const (
	getppid    = "native:110"
	getppid386 = "i386:64"
	getppidX32 = "x32:110"
)

// every is all ABIs' getppid coming to the same.
func every(outcome string) []call {
	return []call{{getppid, outcome}, {getppid386, outcome}, {getppidX32, outcome}}
}

// TestSeccompVerdicts makes calls for which there is a rule.
func TestSeccompVerdicts(t *testing.T) {
	c := newCaller(t)
	for name, row := range map[string]struct {
		rule   string
		wanted []call
	}{
		"errno":         {"getppid ERRNO", every("errno 1")},
		"errno-chosen":  {"getppid ERRNO:1001", every("errno 1001")},
		"errno-largest": {"getppid ERRNO:4094", every("errno 4094")},
		"errno-none":    {"getppid ERRNO:0", every("ok")},
		"kill":          {"getppid KILL", every(killed)},
		"kill-thread":   {"getppid KILL_THREAD", every(killed)},
		"kill-process":  {"getppid KILL_PROCESS", every(killed)},
		"trap": {"getppid TRAP", []call{
			{getppid, "trap 0x6e 0xc000003e 0 here"}, {getppid386, "trap 0x40 0x40000003 0 here"},
			{getppidX32, "trap 0x4000006e 0xc000003e 0 here"},
		}},
		"trace-without-tracer": {"getppid TRACE:5", every("errno 38")},
		"log":                  {"getppid LOG", []call{{getppid, "ok"}, {getppid386, "ok"}}},
		"the-default":          {"getppid ALLOW", []call{{getppid, "ok"}, {getppid386, "ok"}}},
		"unknown-name":         {"nosuchcall,getppid ERRNO:1001", every("errno 1001")},
		"none-known":           {"nosuchcall KILL", []call{{getppid, "ok"}, {getppid386, "ok"}}},
		"not-others":           {"getppid KILL", []call{{"native:39", "ok"}, {"native:111", "ok"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.become(t, policy(t, "ALLOW", row.rule), row.wanted)
		})
	}
}

// TestSeccompThreads: one that is killed takes the process along or not.
func TestSeccompThreads(t *testing.T) {
	c := newCaller(t)
	for action, outcome := range map[string]string{
		"KILL": "thread", "KILL_THREAD": "thread", "KILL_PROCESS": killed, "ERRNO:1001": "errno 1001",
	} {
		t.Run(action, func(t *testing.T) {
			t.Parallel()
			c.become(t, policy(t, "ALLOW", "getppid "+action), every(outcome), "-t")
		})
	}
	t.Run("strange-architecture", func(t *testing.T) {
		t.Parallel()
		p := policy(t, "ALLOW", "getppid ERRNO:1001")
		p.Architectures = nil
		wanted := []call{{getppid, "errno 1001"}, {getppid386, "thread"}, {getppidX32, "thread"}}
		c.become(t, p, wanted, "-t")
	})
}

// TestSeccompDefaults has Docker's list with other actions for the rest: for
// acct, which is not in the list, and for numbers beyond it.
func TestSeccompDefaults(t *testing.T) {
	const acct, beyond, beyond386, beyondX32 = "native:163", "native:600", "i386:600", "x32:600"
	all := func(first, second string) []call {
		return []call{
			{acct, first}, {"i386:51", first}, {"x32:163", first},
			{beyond, second}, {beyond386, second}, {beyondX32, second}, {getppid, "ok"},
		}
	}
	c := newCaller(t)
	for action, wanted := range map[string][]call{
		"ERRNO":        all("errno 1", "errno 38"),
		"ERRNO:1000":   all("errno 1000", "errno 38"),
		"ERRNO:38":     all("errno 38", "errno 38"),
		"KILL":         all(killed, "errno 38"),
		"KILL_PROCESS": all(killed, "errno 38"),
		"TRACE":        all("errno 38", "errno 38"),
		"TRAP": {
			{acct, "trap 0xa3 0xc000003e 0 here"}, {"i386:51", "trap 0x33 0x40000003 0 here"},
			{beyond, "errno 38"}, {beyond386, "errno 38"}, {beyondX32, "errno 38"},
		},
		// Without a filter's doing: EPERM for want of a capability.
		"LOG": {{acct, "errno 1"}, {beyond, "errno 38"}, {getppid, "ok"}},
	} {
		t.Run(action, func(t *testing.T) {
			t.Parallel()
			p := readProfile(t, "docker")
			p.DefaultAction, p.DefaultErrnoRet = parseAction(t, action)
			c.become(t, p, wanted)
		})
	}
}

// TestSeccompArchitectures makes the calls of ABIs that the profile has and
// has not. The machine's own is always in it.
func TestSeccompArchitectures(t *testing.T) {
	const refused = "errno 1001"
	c := newCaller(t)
	for archs, row := range map[string]struct{ native, i386, x32, minus1 string }{
		"none":           {refused, killed, killed, "errno 38"},
		"X86_64":         {refused, killed, killed, "errno 38"},
		"X86":            {refused, refused, killed, "errno 38"},
		"X32":            {refused, killed, refused, "errno 38"},
		"X86_64,X86,X32": {refused, refused, refused, "errno 38"},
		"AARCH64":        {refused, killed, killed, "errno 38"},
	} {
		t.Run(archs, func(t *testing.T) {
			t.Parallel()
			p := policy(t, "ALLOW", "getppid ERRNO:1001")
			p.Architectures = nil
			for _, arch := range strings.Split(archs, ",") {
				if arch != "none" {
					p.Architectures = append(p.Architectures, specs.Arch("SCMP_ARCH_"+arch))
				}
			}
			c.become(t, p, []call{
				{getppid, row.native}, {getppid386, row.i386}, {getppidX32, row.x32},
				{"native:39", "ok"},
				// No number of x32 for all that it has x32's bit: a tracer's.
				{"native:0xffffffff", row.minus1},
				{"native:0x80000000", likeX32(row.x32)}, {"native:0x7fffffff", likeX32(row.x32)},
			})
		})
	}
}

// likeX32 is what unknown numbers with x32's bit, or above, come to.
func likeX32(known string) string {
	if known == killed {
		return killed
	}
	return "errno 38"
}

// comparedValues lie on and around an operand, and where one of its words
// is the operand's and the other is not; two is what a mask leaves.
func comparedValues(operand, two uint64) []uint64 {
	const high = 1 << 32
	values := []uint64{
		0, 1, operand - 1, operand, operand + 1, operand + high, operand - high, operand ^ 1<<63,
		operand % high, operand - operand%high, high, 1 << 63, ^uint64(0), two, two | 8,
	}
	slices.Sort(values)
	return slices.Compact(values)
}

// TestSeccompOperators compares arguments of each ABI with operands that have
// something in one word or in both.
func TestSeccompOperators(t *testing.T) {
	c := newCaller(t)
	for op, fits := range compares {
		for _, operand := range []uint64{5, 1 << 32, 2<<32 | 5, 1<<32 - 1, 1<<63 | 5} {
			t.Run(fmt.Sprintf("%s/%#x", op, operand), func(t *testing.T) {
				t.Parallel()
				two := uint64(0)
				if op == specs.OpMaskedEqual {
					two = operand & 0x2_0000_0004
				}
				text := fmt.Sprintf("getppid ERRNO:1001 3:%s:%d:%d",
					strings.TrimPrefix(string(op), "SCMP_CMP_"), operand, two)
				c.compare(t, policy(t, "ALLOW", text), func(abi callABI, n uint64) bool {
					return fits(cut(n, abi), cut(operand, abi), cut(two, abi))
				}, comparedValues(operand, two))
			})
		}
	}
}

// compare gives getppid a fourth argument and looks which are refused.
func (c caller) compare(
	t *testing.T, p *specs.LinuxSeccomp, refused func(callABI, uint64) bool, values []uint64,
) {
	t.Helper()
	var words []string
	var wants []bool
	for abi, nr := range map[callABI]string{
		nativeABI: getppid, i386ABI: getppid386, x32ABI: getppidX32,
	} {
		for _, n := range values {
			words = append(words, fmt.Sprintf("%s,0,0,0,%d", nr, n))
			wants = append(wants, refused(abi, n))
		}
	}
	for i, line := range c.calls(t, p, words...) {
		engine.Same(t, words[i]+" is refused", becameOf(line) == "errno 1001", wants[i])
	}
}
