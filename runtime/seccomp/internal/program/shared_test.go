package program

import (
	"encoding/binary"
	"errors"
	"testing"

	"github.com/seccomp/libseccomp-golang/internal/bpfvm"
	"github.com/seccomp/libseccomp-golang/internal/decision"
)

// merged is the tree of rules that ask one thing each.
func merged(t *testing.T, wide bool, conditions []decision.Condition) decision.Level {
	t.Helper()
	var tree decision.Level
	for i, c := range conditions {
		verdict := uint32(trap + 1 + i)
		rule := decision.Build([]decision.Condition{c}, wide, verdict)
		if tree == nil {
			tree = rule
			continue
		}
		var err error
		if tree, err = tree.Merge(rule, verdict); err != nil {
			t.Fatal(err)
		}
	}
	return tree
}

// Architectures that ask the same of a call share what asks it, however far
// apart they are.
func TestEqualTestsAreWrittenOnce(t *testing.T) {
	for _, op := range []decision.Op{decision.Equal, decision.GreaterOrEqual, decision.Less} {
		for _, count := range []int{3, 126, 127, 128, 500} {
			var conditions []decision.Condition
			for value := range count {
				conditions = append(conditions, decision.Condition{
					Op: op, Mask: ^uint64(0), Value: uint64(value + 1),
				})
			}
			f := newFilter()
			f.Section(archA, AllNumbers).Add(5, 0, merged(t, true, conditions))
			f.Section(archB, AllNumbers).Add(6, 0, merged(t, false, conditions))
			program := written(t, f)
			if most := 2*count + 24; len(program) > most {
				t.Errorf("comparison %d, %d values: got %d instructions, want %d at most",
					op, count, len(program), most)
			}
			checkShared(t, program, op, count)
		}
	}
}

// checkShared holds both architectures to what the values decide.
func checkShared(t *testing.T, program bpfvm.Program, op decision.Op, count int) {
	t.Helper()
	for value := range count + 3 {
		want := uint32(fallback)
		switch {
		case op == decision.Equal && value >= 1 && value <= count:
			want = uint32(trap + value)
		case op == decision.GreaterOrEqual && value >= 1:
			want = uint32(trap + min(value, count))
		case op == decision.Less && value < count:
			want = uint32(trap + 1 + value)
		}
		for _, data := range []bpfvm.Data{{Nr: 5, Arch: archA}, {Nr: 6, Arch: archB}} {
			data.Args[0] = uint64(value)
			if got := verdict(t, program, data); got != want {
				t.Fatalf("comparison %d, %d values, %d on %#x: got %#x, want %#x",
					op, count, value, data.Arch, got, want)
			}
		}
	}
}

// A jump that two tests need is written once while it is in reach.
func TestJumpsAreShared(t *testing.T) {
	var a assembler
	allowed, trapped := a.verdict(allow), a.verdict(trap)
	far := a.conditional(codeEqual, 1, allowed, trapped)
	for range 300 {
		a.emit(instruction{code: codeReturn})
	}
	a.conditional(codeEqual, 2, far, a.verdict(bad))
	before := len(a.code)
	a.conditional(codeEqual, 3, far, a.verdict(bad))
	if got := len(a.code) - before; got != 1 {
		t.Errorf("got %d instructions", got)
	}
	if again := a.conditional(codeEqual, 2, far, a.verdict(bad)); int(again) != before-1 {
		t.Errorf("the first one is written again, at %d", again)
	}
}

// Where a jump would lead to a test of two returns, and both are in reach, the
// test is repeated.
func TestShortTestsAreRepeated(t *testing.T) {
	var a assembler
	allowed, trapped := a.verdict(allow), a.verdict(trap)
	far := a.conditional(codeEqual, 1, allowed, trapped)
	for range 300 {
		a.emit(instruction{code: codeReturn})
	}
	last := a.conditional(codeEqual, 2, trapped, allowed)
	start := a.before(codeLoad, offsetNumber, a.conditional(codeGreater, 8, far, last))
	program, err := bpfvm.Parse(a.bytes(start, binary.LittleEndian), binary.LittleEndian)
	if err != nil {
		t.Fatal(err)
	}
	for _, in := range program {
		if in.Op == codeJump {
			t.Errorf("got a jump over %d", in.K)
		}
	}
	for number, want := range map[uint32]uint32{9: trap, 2: trap, 1: allow} {
		if got := verdict(t, program, bpfvm.Data{Nr: number}); got != want {
			t.Errorf("number %d: got %#x, want %#x", number, got, want)
		}
	}
}

// A word is not loaded or masked again for the next test of the same bits, and
// not loaded again for one of fewer.
func TestMaskedWordsAreKept(t *testing.T) {
	masked := func(mask, value uint64) decision.Condition {
		return decision.Condition{Op: decision.MaskedEqual, Mask: mask, Value: value}
	}
	tests := []struct {
		name        string
		conditions  []decision.Condition
		loads, ands int
		value       uint64
		want        uint32
	}{
		{"one mask", []decision.Condition{masked(0xff, 1), masked(0xff, 2)}, 3, 1, 0xf01, trap + 1},
		{"fewer bits", []decision.Condition{masked(0xff, 9), masked(0xf, 2)}, 3, 2, 0xf2, trap + 2},
		{"other bits", []decision.Condition{masked(0xf0, 0x90), masked(0xf, 2)}, 4, 2, 0x2, trap + 2},
		{"all bits first", []decision.Condition{masked(allBits, 9), masked(0xf, 2)}, 3, 1, 0xf2, trap + 2},
	}
	for _, test := range tests {
		f := newFilter()
		f.Section(archB, AllNumbers).Add(5, 0, merged(t, false, test.conditions))
		program := written(t, f)
		count := map[uint16]int{}
		for _, in := range program {
			count[in.Op]++
		}
		if count[codeLoad] != test.loads || count[codeAnd] != test.ands {
			t.Errorf("%s: got %d loads and %d masks", test.name, count[codeLoad], count[codeAnd])
		}
		data := bpfvm.Data{Nr: 5, Arch: archB, Args: [6]uint64{test.value}}
		if got := verdict(t, program, data); got != test.want {
			t.Errorf("%s: got %#x, want %#x", test.name, got, test.want)
		}
	}
}

// A test with an empty mask is not written, so it leaves nothing behind.
func TestEmptyMaskHoldsNothing(t *testing.T) {
	one := decision.Exit{Decided: true, Verdict: allow}
	tree := decision.Level{{
		Word: 0, Value: 0, Yes: decision.Exit{Next: decision.Level{{
			Word: 0, Mask: allBits, Value: 7, Yes: one,
		}}},
	}}
	f := newFilter()
	f.Section(archB, AllNumbers).Add(5, 0, tree)
	program := written(t, f)
	for value, want := range map[uint64]uint32{7: allow, 5: fallback} {
		data := bpfvm.Data{Nr: 5, Arch: archB, Args: [6]uint64{value}}
		if got := verdict(t, program, data); got != want {
			t.Errorf("%d: got %#x, want %#x", value, got, want)
		}
	}
}

func TestRoomBefore(t *testing.T) {
	f := newFilter()
	f.Section(archB, AllNumbers).Add(5, 0, equal(1, allow))
	length := len(written(t, f))
	f = newFilter()
	f.Section(archB, AllNumbers).Add(5, 0, equal(1, allow))
	f.Before = MaxInstructions - length
	if raw, err := f.Bytes(); err != nil || len(raw) != 8*length {
		t.Errorf("got %d bytes, %v", len(raw), err)
	}
	f.Before++
	if _, err := f.Bytes(); !errors.Is(err, ErrTooLong) {
		t.Errorf("got %v", err)
	}
}

// Big-endian programs share too: it is their bytes that differ.
func TestSharedBigEndian(t *testing.T) {
	f := newFilter()
	f.Big = true
	f.Section(0x16, AllNumbers).Add(5, 0, equal(7, allow))
	f.Section(0x80000016, AllNumbers).Add(6, 0, equal(7, allow))
	program := written(t, f)
	returns := 0
	for _, in := range program {
		if in.Op == codeReturn && in.K == allow {
			returns++
		}
	}
	if returns != 1 {
		t.Errorf("got %d returns", returns)
	}
	for _, arch := range []uint32{0x16, 0x80000016} {
		for value, want := range map[uint64]uint32{7: allow, 7 << 32: fallback} {
			data := bpfvm.Data{Nr: 5 + arch>>31, Arch: arch, Args: [6]uint64{value}}
			words := data.Words(binary.BigEndian)
			if got, _, err := bpfvm.Run(program, &words); err != nil || got != want {
				t.Errorf("%#x on %#x: got %#x, %v; want %#x", value, arch, got, err, want)
			}
		}
	}
}

// Of two targets about as far as a jump reaches, what makes one reachable
// takes the other one further away.
func TestTargetsAtTheEndOfReach(t *testing.T) {
	for between := 240; between < 270; between++ {
		for _, swap := range []bool{false, true} {
			var a assembler
			yes, no := a.verdict(allow), a.verdict(trap)
			want := map[uint32]uint32{1: allow, 2: trap}
			if swap {
				yes, no = no, yes
				want = map[uint32]uint32{1: trap, 2: allow}
			}
			for range between {
				a.emit(instruction{code: codeReturn})
			}
			start := a.before(codeLoad, offsetNumber, a.conditional(codeEqual, 1, yes, no))
			program, err := bpfvm.Parse(a.bytes(start, binary.LittleEndian), binary.LittleEndian)
			if err != nil {
				t.Fatal(err)
			}
			for number, verdictWanted := range want {
				if got := verdict(t, program, bpfvm.Data{Nr: number}); got != verdictWanted {
					t.Fatalf("%d between, number %d: got %#x", between, number, got)
				}
			}
		}
	}
}
