package meaning

import (
	"slices"
	"testing"

	"github.com/seccomp/libseccomp-golang/difference/filter"
	"github.com/seccomp/libseccomp-golang/difference/profile"
)

// few is a table of few numbers.
type few map[string]uint32

func (f few) Direct(arch profile.Arch, name string) (uint32, bool) {
	nr, ok := f[name]
	return nr + arch.Offset, ok
}

func named(t *testing.T, names ...string) []profile.Arch {
	t.Helper()
	var archs []profile.Arch
	for _, arch := range profile.Archs {
		if slices.Contains(names, arch.Name) {
			archs = append(archs, arch)
		}
	}
	if len(archs) != len(names) {
		t.Fatalf("not all of %v are architectures", names)
	}
	return archs
}

func TestVerdicts(t *testing.T) {
	const (
		byDefault = 100
		amd64     = 0xc000003e
		x86       = 0x40000003
		s390x     = 0x80000016
	)
	eq := func(arg uint, value uint64) []profile.Condition {
		return []profile.Condition{{Arg: arg, Op: equal, A: value}}
	}
	op := func(op int, a, b uint64) []profile.Condition { return []profile.Condition{{Op: op, A: a, B: b}} }
	numbers := few{"read": 3, "socket": 41}
	for _, test := range []struct {
		name  string
		archs []string
		only  bool
		rules []profile.Rule
		data  filter.Words
		want  []uint32
	}{
		{"no rule", nil, false, nil, filter.Words{3, amd64}, []uint32{byDefault}},
		{"other architecture", nil, false, nil, filter.Words{3, x86}, []uint32{killThread}},
		{"a rule", nil, false, []profile.Rule{{Name: "read", Action: 1}}, filter.Words{3, amd64}, []uint32{1}},
		{"another number", nil, false, []profile.Rule{{Name: "read", Action: 1}},
			filter.Words{4, amd64}, []uint32{byDefault}},
		{"x32 without x32", nil, false, nil, filter.Words{3 | profile.X32Bit, amd64}, []uint32{killThread}},
		{"-1 is not x32", nil, false, nil, filter.Words{^uint32(0), amd64}, []uint32{byDefault}},
		{"x32", []string{"x32"}, false, []profile.Rule{{Name: "read", Action: 1}},
			filter.Words{3 | profile.X32Bit, amd64}, []uint32{1}},
		{"x86-64 without x86-64", []string{"x32"}, true, nil, filter.Words{3, amd64}, []uint32{killThread}},
		{"a condition", nil, false, []profile.Rule{{Name: "read", Action: 1, Conditions: eq(1, 7<<32)}},
			filter.Words{3, amd64, 6: 0, 7: 7}, []uint32{1}},
		{"a condition that is false", nil, false, []profile.Rule{{Name: "read", Action: 1, Conditions: eq(1, 7)}},
			filter.Words{3, amd64, 6: 7, 7: 1}, []uint32{byDefault}},
		{"32 bits", []string{"x86"}, false, []profile.Rule{{Name: "read", Action: 1, Conditions: eq(1, 1<<32|7)}},
			filter.Words{3, x86, 6: 7, 7: 9}, []uint32{1}},
		{"big-endian", []string{"s390x"}, true, []profile.Rule{{Name: "read", Action: 1, Conditions: eq(1, 7)}},
			filter.Words{3, s390x, 6: 0, 7: 7}, []uint32{1}},
		{"two match", nil, false, []profile.Rule{
			{Name: "read", Action: 1, Conditions: eq(0, 0)}, {Name: "read", Action: 2, Conditions: eq(1, 0)},
			{Name: "read", Action: 3, Conditions: eq(1, 1)},
		}, filter.Words{3, amd64}, []uint32{1, 2}},
		{"one without condition", nil, false, []profile.Rule{
			{Name: "read", Action: 1, Conditions: eq(0, 0)}, {Name: "read", Action: 2}, {Name: "read", Action: 3},
		}, filter.Words{3, amd64}, []uint32{2}},
		{"a mask of nothing", nil, false, []profile.Rule{
			{Name: "read", Action: 1, Conditions: eq(0, 0)},
			{Name: "read", Action: 2, Conditions: op(maskedEqual, 0, 5)},
		}, filter.Words{3, amd64}, []uint32{2}},
		{"multiplexed", []string{"x86"}, false, []profile.Rule{{Name: "socket", Action: 1}},
			filter.Words{102, x86, 4: 1}, []uint32{1}},
		{"another one multiplexed", []string{"x86"}, false, []profile.Rule{{Name: "socket", Action: 1}},
			filter.Words{102, x86, 4: 2}, []uint32{byDefault}},
		{"direct too", []string{"x86"}, false, []profile.Rule{{Name: "socket", Action: 1}},
			filter.Words{41, x86}, []uint32{1}},
		{"multiplexed with its first argument", []string{"x86"}, false,
			[]profile.Rule{{Name: "socket", Action: 1, Conditions: eq(0, 9)}},
			filter.Words{102, x86, 4: 1}, []uint32{1}},
		{"multiplexed with another argument", []string{"x86"}, false,
			[]profile.Rule{{Name: "socket", Action: 1, Conditions: eq(1, 9)}},
			filter.Words{102, x86, 4: 1}, []uint32{byDefault}},
	} {
		script := &profile.Script{
			Default: byDefault, Archs: named(t, test.archs...), OnlyListed: test.only, Rules: test.rules,
		}
		if got := Verdicts(script, numbers, &test.data); !slices.Equal(got, test.want) {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
}

func TestHolds(t *testing.T) {
	for _, test := range []struct {
		op        int
		arg, a, b uint64
		want      bool
	}{
		{notEqual, 1, 2, 0, true}, {notEqual, 2, 2, 0, false},
		{less, 1, 2, 0, true}, {less, 2, 2, 0, false},
		{lessEqual, 2, 2, 0, true}, {lessEqual, 3, 2, 0, false},
		{equal, 2, 2, 0, true}, {equal, 1 << 32, 0, 0, false},
		{greaterEqual, 2, 2, 0, true}, {greaterEqual, 1, 2, 0, false},
		{greater, 1 << 32, 2, 0, true}, {greater, 2, 2, 0, false},
		{maskedEqual, 0x35, 0xf0, 0x3f, true}, {maskedEqual, 0x25, 0xf0, 0x35, false},
	} {
		if got := holds(test.op, test.arg, test.a, test.b); got != test.want {
			t.Errorf("operator %d, %#x, %#x, %#x: %v", test.op, test.arg, test.a, test.b, got)
		}
	}
}
