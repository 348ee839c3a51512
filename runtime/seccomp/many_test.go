package seccomp

import (
	"encoding/binary"
	"errors"
	"slices"
	"syscall"
	"testing"

	"github.com/seccomp/libseccomp-golang/internal/bpfvm"
)

var x86Family = []ScmpArch{ArchAMD64, ArchX86, ArchX32}

// shapes are profiles of many rules for one call. most is how many of them
// libseccomp gets into what the kernel takes: the most that was measured.
var shapes = []struct {
	name string
	most int
	rule func(i uint64) entry
}{
	{"equal", 1403, func(i uint64) entry {
		return asking(1001+i, ScmpCondition{0, CompareEqual, i, 0})
	}},
	{"equal, one verdict", 2988, func(i uint64) entry {
		return asking(1001, ScmpCondition{0, CompareEqual, i, 0})
	}},
	{"at least", 1402, func(i uint64) entry {
		return asking(1001+i, ScmpCondition{0, CompareGreaterEqual, i, 0})
	}},
	{"at most", 879, func(i uint64) entry {
		return asking(1001+i, ScmpCondition{0, CompareLessOrEqual, i, 0})
	}},
	{"seven upper halves", 831, func(i uint64) entry {
		return asking(1001+i, ScmpCondition{0, CompareEqual, i%7<<32 | i, 0})
	}},
	{"masked", 1402, func(i uint64) entry {
		return asking(1001+i, ScmpCondition{0, CompareMaskedEqual, 0xffff, i})
	}},
	{"two arguments", 261, func(i uint64) entry {
		return asking(1001+i,
			ScmpCondition{0, CompareEqual, i, 0}, ScmpCondition{1, CompareEqual, i % 5, 0})
	}},
}

func asking(errno uint64, conds ...ScmpCondition) entry {
	return entry{"personality", ActErrno.SetReturnCode(int16(errno)), conds}
}

// Whatever number of rules libseccomp has room for, there is room for here;
// and a filter says of an architecture what it would say without the others.
func TestManyRulesFit(t *testing.T) {
	for _, shape := range shapes {
		var rules []entry
		for i := range uint64(shape.most) {
			rules = append(rules, shape.rule(i))
		}
		all := profile{ActAllow, x86Family, rules}
		program := exported(t, all.filter(t), binary.LittleEndian)
		if len(all.rules) < shape.most {
			t.Fatalf("%s: only %d rules are compatible", shape.name, len(all.rules))
		}
		for _, arch := range x86Family {
			alone := profile{ActAllow, []ScmpArch{arch}, rules}
			other := exported(t, alone.filter(t), binary.LittleEndian)
			for i := range rules {
				sameVerdicts(t, program, other, arch, &rules[i])
			}
		}
	}
}

// sameVerdicts makes the calls that a rule is about, and some next to them.
func sameVerdicts(t *testing.T, a, b bpfvm.Program, arch ScmpArch, e *entry) {
	t.Helper()
	number, err := GetSyscallFromNameByArch(e.name, arch)
	if err != nil {
		t.Fatal(err)
	}
	data := bpfvm.Data{Nr: uint32(number), Arch: targets[arch].audit}
	c := e.conds[0]
	for _, data.Args[0] = range []uint64{c.Operand1, c.Operand2, c.Operand1 + 1<<32} {
		data.Args[1] = c.Operand1 % 5
		words := data.Words(binary.LittleEndian)
		got, _, err := bpfvm.Run(a, &words)
		if err != nil {
			t.Fatal(err)
		}
		want, _, err := bpfvm.Run(b, &words)
		if err != nil || got != want {
			t.Fatalf("call %+v: got %#x, want %#x, %v", data, got, want, err)
		}
	}
}

// Filters with more returns than a jump reaches, against their rules.
func TestLargeRandomFilters(t *testing.T) {
	state := uint64(7)
	for range 12 {
		raw := make([]byte, 0, 2048)
		for range 256 {
			state = state*6364136223846793005 + 1442695040888963407
			raw = binary.LittleEndian.AppendUint64(raw, state>>8)
		}
		s := source(raw)
		checkProfile(t, s.large())
	}
}

// large is a profile of many rules, each with a verdict of its own.
func (s *source) large() profile {
	p := profile{byDefault: ActAllow, archs: pick(s, fuzzArchs)}
	names := []string{pick(s, fuzzNames), pick(s, fuzzNames)}
	for len(p.rules) < 100 {
		e := entry{name: pick(s, names), action: ActErrno.SetReturnCode(int16(1 + len(p.rules)))}
		for arg := range uint(1 + s.choose(2)) {
			op := CompareNotEqual + ScmpCompareOp(s.choose(7))
			value := pick(s, fuzzValues) + uint64(s.choose(250))
			e.conds = append(e.conds, ScmpCondition{arg, op, value, pick(s, fuzzValues)})
		}
		p.rules = append(p.rules, e)
	}
	return p
}

// A filter whose default makes patchbpf put something before it leaves room.
func TestRoomForStub(t *testing.T) {
	tests := []struct {
		byDefault ScmpAction
		archs     []ScmpArch
		want      int
	}{
		{ActAllow, x86Family, 0}, {ActLog, x86Family, 0}, {ActTrace.SetReturnCode(3), x86Family, 0},
		{ActErrno.SetReturnCode(1), x86Family, 22}, {ActKillProcess, []ScmpArch{ArchAMD64}, 10},
		{ActTrap, []ScmpArch{ArchS390X, ArchS390}, 16},
	}
	for _, test := range tests {
		p := profile{byDefault: test.byDefault, archs: test.archs}
		if got := p.filter(t).stub(); got != test.want {
			t.Errorf("%v, %v: got %d, want %d", test.byDefault, test.archs, got, test.want)
		}
	}
}

// What is exported can be loaded behind the stub, up to the last rule.
func TestExportKeepsRoomForStub(t *testing.T) {
	var lengths []int
	p := profile{ActTrap, x86Family, nil}
	for i := range uint64(2100) {
		p.rules = append(p.rules, asking(1001+i, ScmpCondition{0, CompareEqual, i, 0}))
	}
	for count := 2020; count < 2060; count++ {
		some := profile{p.byDefault, p.archs, slices.Clone(p.rules[:count])}
		raw, err := some.filter(t).ExportBPFMem()
		if errors.Is(err, syscall.E2BIG) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		lengths = append(lengths, len(raw)/8)
	}
	if n := len(lengths); n == 0 || n == 40 || lengths[n-1] > 4096-22 || lengths[n-1] < 4096-26 {
		t.Errorf("got lengths %v", lengths)
	}
}
