package difference

import (
	"slices"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccomp/libseccomp-golang/difference/filter"
	"github.com/seccomp/libseccomp-golang/difference/meaning"
	"github.com/seccomp/libseccomp-golang/difference/ours"
	"github.com/seccomp/libseccomp-golang/difference/profile"
)

// bug is a small profile of which the reference makes something wrong.
type bug struct {
	name    string
	profile profile.Case
	number  uint32
	arch    specs.Arch
	args    [6]uint64
	// allowance is the reason that lets it pass, mended the first release
	// without the fault, if there is one.
	allowance Allowance
	mended    bool
}

func bugs() []bug {
	const allow, errno, log = specs.ActAllow, specs.ActErrno, specs.ActLog
	compare := func(op specs.LinuxSeccompOperator, index uint, value uint64) arg {
		return arg{Index: index, Value: value, Op: op}
	}
	return []bug{
		{
			// the rule of the higher priority is the one for a call that
			// x86 does not have by itself; the number is never loaded
			name: "number not loaded",
			profile: small("", allow, archs{specs.ArchX86},
				on(specs.ActTrap, "semtimedop")),
			arch: specs.ArchX86, number: 117, args: [6]uint64{4}, allowance: NoRule,
		},
		{
			name: "number not loaded on arm64",
			profile: small("", errno, archs{specs.ArchAARCH64}, on(allow, "send"),
				with(on(allow, "sendmmsg"), compare(specs.OpNotEqual, 0, 0))),
			arch: specs.ArchAARCH64, number: 269, args: [6]uint64{1}, allowance: NoRule,
		},
		{
			// "below 0" is never true; asking it leaves the lower half of
			// the argument where the other rule expects the upper one
			name: "lower half for the upper one",
			profile: small("", allow, nil,
				with(on(log, "msync"), compare(specs.OpGreaterEqual, 0, 1<<32)),
				with(on(log, "msync"), compare(specs.OpLessThan, 0, 0))),
			arch: specs.ArchX86_64, number: 26, args: [6]uint64{0xfffffffe}, allowance: NoRule,
		},
		{
			// the same, in reach of a profile that someone could write
			name: "a rule that holds is passed over",
			profile: small("", specs.ActTrap, nil,
				with(on(allow, "sched_yield"), compare(specs.OpLessEqual, 0, 1<<32)),
				with(on(allow, "sched_yield"), compare(specs.OpLessEqual, 0, 0))),
			arch: specs.ArchX86_64, number: 24, args: [6]uint64{0xfffffffe}, allowance: NoRule,
		},
		{
			// what follows on one comparison is asked after the other, too
			name: "questions mixed up",
			profile: small("", allow, nil,
				with(on(errno, "read"), compare(specs.OpGreaterEqual, 0, 5), compare(specs.OpEqualTo, 1, 1)),
				with(on(log, "read"), compare(specs.OpGreaterThan, 0, 5), compare(specs.OpEqualTo, 1, 2))),
			arch: specs.ArchX86_64, number: 0, args: [6]uint64{5, 2}, allowance: NoRule,
		},
		{
			// the second rule is dropped where the first one's test ends
			name: "longer rule lost",
			profile: small("", allow, nil,
				with(on(errno, "read"), compare(specs.OpGreaterThan, 0, 5)),
				with(on(log, "read"), compare(specs.OpGreaterThan, 0, 3), compare(specs.OpEqualTo, 1, 1))),
			arch: specs.ArchX86_64, number: 0, args: [6]uint64{4, 1}, allowance: NoRule,
		},
		{
			name: "action of the smaller value lost",
			profile: small("", allow, nil,
				with(on(errno, "listen"), compare(specs.OpLessThan, 3, 9223372036583865280)),
				with(on(specs.ActKill, "listen"), compare(specs.OpLessThan, 3, 9223372036583865279))),
			arch: specs.ArchX86_64, number: 50, allowance: Mended, mended: true,
		},
	}
}

// TestBugs shows what is allowed to differ: for each profile ours gives the
// verdict that its rules mean, and the reference does not, unless it is one
// that has mended the fault.
func TestBugs(t *testing.T) {
	all := setUp(t)
	for name, r := range all {
		t.Run(name, func(t *testing.T) {
			session := start(t, r)
			for _, bug := range bugs() {
				t.Run(bug.name, func(t *testing.T) { showBug(t, &bug, session, name == Newest) })
			}
		})
	}
}

func showBug(t *testing.T, bug *bug, library Side, isNewest bool) {
	script, err := profile.NewScript(bug.profile)
	if err != nil {
		t.Fatal(err)
	}
	arch, _ := profile.Find(bug.arch)
	data := filter.Words{bug.number, arch.Audit}
	for i, arg := range bug.args {
		data[4+2*i], data[5+2*i] = uint32(arg), uint32(arg>>32)
	}
	verdict := func(side Side) uint32 {
		result, err := side.Filter(script)
		if err != nil || result.Err != 0 {
			t.Fatalf("make a filter: %v, error %d", err, result.Err)
		}
		program, err := filter.Read(result.Program, order(script))
		if err != nil {
			t.Fatal(err)
		}
		verdict, _ := program.Run(&data)
		return verdict
	}
	mine, theirs := verdict(ours.Compiler{}), verdict(library)
	if meant := meaning.Verdicts(script, numbering(t), &data); !slices.Contains(meant, mine) {
		t.Errorf("ours gives %#x, the rules mean %#x", mine, meant)
	}
	if agree := bug.mended && isNewest; (mine == theirs) != agree {
		t.Errorf("ours gives %#x and the reference %#x: the allowance %q is due for a look",
			mine, theirs, bug.allowance)
	}
}

// TestNoEffect shows the one profile that libseccomp takes and ours refuses:
// of three rules the first and the last contradict each other, and the second
// leaves both without effect.
func TestNoEffect(t *testing.T) {
	value := arg{Index: 5, Value: 0xffffffff80000000, ValueTwo: 0xffffffff80000000, Op: specs.OpMaskedEqual}
	lower := arg{Index: 2, Value: 0x80000000, ValueTwo: 0x80000000, Op: specs.OpMaskedEqual}
	c := small("", specs.ActKill, nil,
		with(on(specs.ActKillProcess, "remap_file_pages"), value, lower),
		with(on(specs.ActErrno, "remap_file_pages"), value),
		with(on(specs.ActAllow, "remap_file_pages"), value, lower))
	all := setUp(t)
	b := newBench(t, all[Machine], all, walks)
	if b.check(t, c); b.judge.Counts[NoEffect] != 1 {
		t.Errorf("the allowance %q is due for a look: %v", NoEffect, b.judge.Counts)
	}
}
