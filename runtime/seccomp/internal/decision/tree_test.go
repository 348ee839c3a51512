package decision

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// The verdicts of the tests.
const (
	allow = iota + 1
	deny
	trace
)

const full = ^uint64(0)

// rule is a rule of the tests.
type rule struct {
	verdict    uint32
	conditions []Condition
}

func eq(arg uint8, value uint64) Condition { return Condition{Equal, arg, full, value} }
func ne(arg uint8, value uint64) Condition { return Condition{NotEqual, arg, full, value} }
func lt(arg uint8, value uint64) Condition { return Condition{Less, arg, full, value} }
func le(arg uint8, value uint64) Condition { return Condition{LessOrEqual, arg, full, value} }
func gt(arg uint8, value uint64) Condition { return Condition{Greater, arg, full, value} }
func ge(arg uint8, value uint64) Condition { return Condition{GreaterOrEqual, arg, full, value} }

// merge makes one tree of rules.
func merge(wide bool, rules ...rule) (Level, error) {
	var tree Level
	for _, r := range rules {
		next := Build(r.conditions, wide, r.verdict)
		if tree == nil {
			tree = next
			continue
		}
		var err error
		if tree, err = tree.Merge(next, r.verdict); err != nil {
			return nil, err
		}
	}
	return tree, nil
}

// decide walks a tree as a program would.
func decide(l Level, args [6]uint64) uint32 {
	for i := range l {
		n := &l[i]
		word := uint32(args[n.Word/2])
		if n.Word%2 == 1 {
			word = uint32(args[n.Word/2] >> 32)
		}
		word &= n.Mask
		holds := word == n.Value
		switch n.Test {
		case TestGreater:
			holds = word > n.Value
		case TestGreaterOrEqual:
			holds = word >= n.Value
		}
		exit := n.No
		if holds {
			exit = n.Yes
		}
		if exit.Decided {
			return exit.Verdict
		}
		if verdict := decide(exit.Next, args); verdict != 0 {
			return verdict
		}
	}
	return 0
}

func TestPrecedence(t *testing.T) {
	high := uint64(1) << 32
	tests := []struct {
		name  string
		rules []rule
		arg   uint64
		want  uint32
	}{
		{"equal before greater", []rule{
			{allow, []Condition{gt(0, 5)}}, {deny, []Condition{eq(0, 7)}},
		}, 7, deny},
		{"equal before less", []rule{
			{allow, []Condition{lt(0, 9)}}, {deny, []Condition{eq(0, 7)}},
		}, 7, deny},
		{"less before greater", []rule{
			{allow, []Condition{gt(0, 5)}}, {deny, []Condition{le(0, 9)}},
		}, 7, deny},
		{"larger value first", []rule{
			{allow, []Condition{gt(0, 5)}}, {deny, []Condition{gt(0, 9)}},
		}, 10, deny},
		{"larger value first, added first", []rule{
			{deny, []Condition{gt(0, 9)}}, {allow, []Condition{gt(0, 5)}},
		}, 10, deny},
		{"larger value first, above the lower half", []rule{
			{allow, []Condition{gt(0, 5)}}, {deny, []Condition{gt(0, 9)}},
		}, high, deny},
		{"smaller value first for less", []rule{
			{allow, []Condition{lt(0, 9)}}, {deny, []Condition{lt(0, 5)}},
		}, 3, deny},
		{"smaller value first for less, below the upper half", []rule{
			{allow, []Condition{lt(0, high|9)}}, {deny, []Condition{lt(0, high|5)}},
		}, 3, deny},
		{"larger value first among unequal", []rule{
			{allow, []Condition{ne(0, 5)}}, {deny, []Condition{ne(0, 9)}},
		}, 3, deny},
		{"unequal shadows a smaller equal", []rule{
			{allow, []Condition{eq(0, 5)}}, {deny, []Condition{ne(0, 9)}},
		}, 5, deny},
		{"a larger equal goes before unequal", []rule{
			{allow, []Condition{ne(0, 5)}}, {deny, []Condition{eq(0, 9)}},
		}, 9, deny},
		{"higher argument first", []rule{
			{allow, []Condition{eq(0, 7)}}, {deny, []Condition{eq(1, 0)}},
		}, 7, deny},
		{"same test, first added", []rule{
			{deny, []Condition{eq(0, 7)}}, {allow, []Condition{eq(0, 7), eq(1, 0)}},
		}, 7, deny},
		{"no rule", []rule{{allow, []Condition{eq(0, 7)}}}, 8, 0},
	}
	for _, test := range tests {
		tree, err := merge(true, test.rules...)
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		if got := decide(tree, [6]uint64{test.arg}); got != test.want {
			t.Errorf("%s: got %d, want %d", test.name, got, test.want)
		}
	}
}

func TestConflicts(t *testing.T) {
	tests := []struct {
		name     string
		narrow   bool
		rules    []rule
		conflict bool
	}{
		{"the same twice", false, []rule{
			{allow, []Condition{eq(0, 1)}}, {allow, []Condition{eq(0, 1)}},
		}, false},
		{"another verdict", false, []rule{
			{allow, []Condition{eq(0, 1)}}, {deny, []Condition{eq(0, 1)}},
		}, true},
		{"another verdict, greater", false, []rule{
			{allow, []Condition{gt(0, 1)}}, {deny, []Condition{gt(0, 1)}},
		}, true},
		{"another verdict, unequal", false, []rule{
			{allow, []Condition{ne(0, 1)}}, {deny, []Condition{ne(0, 1)}},
		}, true},
		{"opposites", false, []rule{
			{allow, []Condition{eq(0, 1)}}, {deny, []Condition{ne(0, 1)}},
		}, false},
		{"fewer conditions first", false, []rule{
			{allow, []Condition{eq(0, 1)}}, {deny, []Condition{eq(0, 1), eq(1, 1)}},
		}, false},
		{"fewer conditions last", false, []rule{
			{deny, []Condition{eq(0, 1), eq(1, 1)}}, {allow, []Condition{eq(0, 1)}},
		}, true},
		{"fewer conditions last, one verdict", false, []rule{
			{allow, []Condition{eq(0, 1), eq(1, 1)}}, {allow, []Condition{eq(0, 1)}},
		}, false},
		{"a common upper half", false, []rule{
			{deny, []Condition{gt(0, 1), eq(1, 1)}}, {allow, []Condition{gt(0, 2)}},
		}, true},
		{"what had no effect is gone", false, []rule{
			{allow, []Condition{eq(0, 1), eq(1, 1)}}, {allow, []Condition{eq(1, 1)}},
			{deny, []Condition{eq(0, 1)}},
		}, false},
		{"what has no effect is left out", false, []rule{
			{allow, []Condition{eq(1, 1)}}, {allow, []Condition{eq(0, 1), eq(1, 1)}},
			{deny, []Condition{eq(0, 1)}},
		}, false},
		{"an opposite besides, upper halves", false, []rule{
			{allow, []Condition{eq(1, 2)}}, {allow, []Condition{ne(1, 2)}},
			{allow, []Condition{eq(0, 1), eq(1, 2)}}, {deny, []Condition{eq(0, 1)}},
		}, true},
		{"an opposite besides, one half", true, []rule{
			{allow, []Condition{eq(1, 2)}}, {trace, []Condition{ne(1, 2)}},
			{allow, []Condition{eq(0, 1), eq(1, 2)}}, {deny, []Condition{eq(0, 1)}},
		}, false},
	}
	for _, test := range tests {
		_, err := merge(!test.narrow, test.rules...)
		if errors.Is(err, ErrConflict) != test.conflict {
			t.Errorf("%s: got %v, want a conflict: %v", test.name, err, test.conflict)
		}
	}
}

// Rules that libseccomp mixes up, or never comes to an end with.
func TestNoRuleIsLost(t *testing.T) {
	high := uint64(1) << 32
	tests := []struct {
		name  string
		wide  bool
		rules []rule
		args  [6]uint64
		want  uint32
	}{
		{"a common upper half with a verdict", true, []rule{
			{allow, []Condition{gt(0, 5)}}, {deny, []Condition{gt(0, 3), eq(1, 1)}},
		}, [6]uint64{4, 1}, deny},
		{"an opposite end", false, []rule{
			{allow, []Condition{gt(1, 9)}}, {deny, []Condition{eq(0, 1), le(1, 9)}},
		}, [6]uint64{1, 3}, deny},
		{"a common end of two beginnings", true, []rule{
			{allow, []Condition{ge(0, 5), eq(1, 1)}}, {deny, []Condition{gt(0, 5), eq(1, 2)}},
		}, [6]uint64{5, 2}, 0},
		{"ends that differ above", true, []rule{
			{allow, []Condition{gt(0, 5), eq(1, high)}}, {deny, []Condition{gt(0, 5), eq(1, 2*high)}},
		}, [6]uint64{6, 2 * high}, deny},
	}
	for _, test := range tests {
		tree, err := merge(test.wide, test.rules...)
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		if got := decide(tree, test.args); got != test.want {
			t.Errorf("%s: got %d, want %d", test.name, got, test.want)
		}
	}
}

func TestVacuousConditions(t *testing.T) {
	masked := Condition{MaskedEqual, 0, 0xff << 32, 1}
	if tree := Build([]Condition{masked}, false, allow); tree != nil {
		t.Errorf("narrow: got %v", tree)
	}
	if tree := Build([]Condition{masked}, true, allow); tree == nil {
		t.Error("wide: no tree")
	}
	if tree := Build([]Condition{{MaskedEqual, 0, 0, 7}}, true, allow); tree != nil {
		t.Errorf("no mask: got %v", tree)
	}
}

func TestCheckChangesNothing(t *testing.T) {
	rules := []rule{{allow, []Condition{gt(0, 5), eq(1, 1)}}, {allow, []Condition{eq(0, 3)}}}
	tree, err := merge(true, rules...)
	if err != nil {
		t.Fatal(err)
	}
	before := dump(tree)
	for _, verdict := range []uint32{allow, deny} {
		for _, conditions := range [][]Condition{
			{gt(0, 5), eq(1, 2)}, {eq(1, 1)}, {eq(0, 4)}, {gt(0, 5)}, {lt(0, 9), ne(2, 3)},
		} {
			// Whether there is a conflict does not matter here.
			_, _, _ = tree.Check(Build(conditions, true, verdict), verdict)
			if after := dump(tree); after != before {
				t.Fatalf("%v: %s became %s", conditions, before, after)
			}
		}
	}
}

// dump shows a tree.
func dump(l Level) string {
	var b strings.Builder
	for _, n := range l {
		fmt.Fprintf(&b, "(%d %d %x %x", n.Word, n.Test, n.Mask, n.Value)
		for _, e := range []Exit{n.Yes, n.No} {
			fmt.Fprintf(&b, " %v %d %s", e.Decided, e.Verdict, dump(e.Next))
		}
		b.WriteString(")")
	}
	return b.String()
}

// Rules that share tests at first are told apart when more come, whichever
// way leads there.
func TestSharedTestsAreToldApart(t *testing.T) {
	rules := []rule{
		{allow, []Condition{ge(0, 5), ne(1, 1), eq(2, 1)}},
		{deny, []Condition{gt(0, 5), ne(1, 1), eq(2, 2)}},
		{trace, []Condition{ge(0, 5), ne(1, 3), eq(2, 3)}},
	}
	tree, err := merge(true, rules...)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		args [6]uint64
		want uint32
	}{
		{[6]uint64{5, 0, 1}, allow}, {[6]uint64{5, 0, 2}, 0}, {[6]uint64{6, 0, 2}, deny},
		{[6]uint64{5, 1, 3}, trace}, {[6]uint64{5, 3, 3}, 0}, {[6]uint64{1 << 32, 9, 2}, deny},
		{[6]uint64{1 << 32, 1, 1}, 0}, {[6]uint64{1 << 32, 1 << 32, 3}, trace},
	}
	for _, test := range tests {
		if got := decide(tree, test.args); got != test.want {
			t.Errorf("%v: got %d, want %d", test.args, got, test.want)
		}
	}
}

func TestMaskOfAllIsNoConflict(t *testing.T) {
	tree := Build([]Condition{{MaskedEqual, 0, ^uint64(0), 1}}, true, allow)
	rule := Build([]Condition{{Equal, 0, ^uint64(0), 1}}, true, deny)
	if _, err := tree.Merge(rule, deny); err != nil {
		t.Errorf("got %v", err)
	}
}
