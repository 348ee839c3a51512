package program

import (
	"encoding/binary"
	"errors"
	"testing"

	"github.com/seccomp/libseccomp-golang/internal/bpfvm"
	"github.com/seccomp/libseccomp-golang/internal/decision"
)

const (
	archA = 0xc000003e
	archB = 0x40000003

	fallback = 0x50001
	bad      = 0x80000000
	allow    = 0x7fff0000
	trap     = 0x30000
)

// written is the program of a filter, checked as the kernel does.
func written(t *testing.T, f *Filter) bpfvm.Program {
	t.Helper()
	raw, err := f.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	order := binary.ByteOrder(binary.LittleEndian)
	if f.Big {
		order = binary.BigEndian
	}
	program, err := bpfvm.Parse(raw, order)
	if err != nil {
		t.Fatal(err)
	}
	if err := bpfvm.Check(program); err != nil {
		t.Fatal(err)
	}
	return program
}

func verdict(t *testing.T, program bpfvm.Program, data bpfvm.Data) uint32 {
	t.Helper()
	words := data.Words(binary.LittleEndian)
	got, _, err := bpfvm.Run(program, &words)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func newFilter() *Filter {
	f := New(2)
	f.Default, f.BadArch = fallback, bad
	return f
}

func TestNumbers(t *testing.T) {
	f := newFilter()
	s := f.Section(archA, AllNumbers)
	for _, number := range []uint32{0, 1, 2, 7, 9, 10, 400, 0xf0001, 0xffffffff} {
		s.Add(number, allow, nil)
	}
	program := written(t, f)
	tests := []struct {
		number, arch, want uint32
	}{
		{0, archA, allow}, {2, archA, allow}, {3, archA, fallback}, {6, archA, fallback},
		{7, archA, allow}, {8, archA, fallback}, {9, archA, allow}, {10, archA, allow},
		{11, archA, fallback}, {399, archA, fallback}, {400, archA, allow},
		{401, archA, fallback}, {0xf0000, archA, fallback}, {0xf0001, archA, allow},
		{0xf0002, archA, fallback}, {0xfffffffe, archA, fallback}, {0xffffffff, archA, allow},
		{0, archB, bad}, {7, 0, bad},
	}
	for _, test := range tests {
		got := verdict(t, program, bpfvm.Data{Nr: test.number, Arch: test.arch})
		if got != test.want {
			t.Errorf("number %#x of %#x: got %#x, want %#x", test.number, test.arch, got, test.want)
		}
	}
}

func TestLastNumber(t *testing.T) {
	f := newFilter()
	f.Section(archA, AllNumbers).Add(0xfffffffe, allow, nil)
	if got := verdict(t, written(t, f), bpfvm.Data{Nr: 0xffffffff, Arch: archA}); got != fallback {
		t.Errorf("got %#x", got)
	}
}

func TestModes(t *testing.T) {
	tests := []struct {
		mode                  Mode
		low, x32, high, minus uint32
	}{
		{AllNumbers, allow, allow, fallback, fallback},
		{OnlyX64, allow, bad, bad, fallback},
		{OnlyX32, bad, allow, fallback, fallback},
	}
	for _, test := range tests {
		f := newFilter()
		s := f.Section(archA, test.mode)
		s.Add(3, allow, nil)
		s.Add(x32Bit+3, allow, nil)
		program := written(t, f)
		for _, call := range []struct{ number, want uint32 }{
			{3, test.low}, {x32Bit + 3, test.x32}, {x32Bit + 4, test.high},
			{0x80000000, test.high}, {0xffffffff, test.minus},
		} {
			got := verdict(t, program, bpfvm.Data{Nr: call.number, Arch: archA})
			if got != call.want {
				t.Errorf("mode %d, number %#x: got %#x, want %#x",
					test.mode, call.number, got, call.want)
			}
		}
	}
}

func TestEmptySections(t *testing.T) {
	f := newFilter()
	f.Section(archA, OnlyX64)
	f.Section(archB, AllNumbers)
	program := written(t, f)
	for arch, want := range map[uint32]uint32{archA: fallback, archB: fallback, 1: bad} {
		if got := verdict(t, program, bpfvm.Data{Nr: 5, Arch: arch}); got != want {
			t.Errorf("arch %#x: got %#x, want %#x", arch, got, want)
		}
	}
}

func TestOneVerdictForAll(t *testing.T) {
	f := New(1)
	f.Default, f.BadArch = allow, allow
	f.Section(archB, AllNumbers)
	if program := written(t, f); len(program) != 1 {
		t.Errorf("got %v", program)
	}
}

// equal is the tree of a comparison with a value.
func equal(value uint64, verdict uint32) decision.Level {
	return decision.Build([]decision.Condition{
		{Op: decision.Equal, Mask: ^uint64(0), Value: value},
	}, true, verdict)
}

// Whatever a jump passes over, it may be just within reach or just beyond.
func TestFarJumps(t *testing.T) {
	for count := uint32(20); count < 120; count++ {
		f := newFilter()
		for _, arch := range []uint32{archA, archB} {
			s := f.Section(arch, AllNumbers)
			for number := range count {
				s.Add(number, 0, equal(uint64(number)<<32|7, allow+number))
			}
		}
		checkFarJumps(t, written(t, f), count)
	}
}

func checkFarJumps(t *testing.T, program bpfvm.Program, count uint32) {
	t.Helper()
	for number := range count {
		data := bpfvm.Data{Nr: number, Args: [6]uint64{uint64(number)<<32 | 7}}
		for _, arch := range []uint32{archA, archB} {
			data.Arch = arch
			if got := verdict(t, program, data); got != allow+number {
				t.Fatalf("%d calls, number %d of %#x: got %#x", count, number, arch, got)
			}
		}
		data.Args[0]++
		if got := verdict(t, program, data); got != fallback {
			t.Fatalf("%d calls, number %d: got %#x by default", count, number, got)
		}
	}
	if got := verdict(t, program, bpfvm.Data{Nr: count, Arch: archB}); got != fallback {
		t.Fatalf("%d calls: another one gets %#x", count, got)
	}
}

// A level that two ways lead to, with another word in the accumulator each.
func TestSharedLevels(t *testing.T) {
	shared := decision.Level{{
		Word: 0, Mask: allBits, Value: 7, Yes: decision.Exit{Decided: true, Verdict: allow},
	}}
	tree := decision.Level{{
		Word: 0, Test: decision.TestGreater, Mask: allBits, Value: 5,
		Yes: decision.Exit{Next: shared},
		No: decision.Exit{Next: decision.Level{{
			Word: 2, Mask: allBits, Value: 7, Yes: decision.Exit{Next: shared},
		}}},
	}, {
		Word: 4, Mask: allBits, Value: 9, Yes: decision.Exit{Decided: true, Verdict: trap},
	}}
	f := newFilter()
	f.Section(archA, AllNumbers).Add(5, 0, tree)
	program := written(t, f)
	for _, test := range []struct {
		args [6]uint64
		want uint32
	}{
		{[6]uint64{7}, allow}, {[6]uint64{8}, fallback}, {[6]uint64{8, 0, 9}, trap},
		{[6]uint64{5, 7}, fallback}, {[6]uint64{5, 7, 9}, trap}, {[6]uint64{5, 8, 9}, trap},
	} {
		data := bpfvm.Data{Nr: 5, Arch: archA, Args: test.args}
		if got := verdict(t, program, data); got != test.want {
			t.Errorf("%v: got %#x, want %#x", test.args, got, test.want)
		}
	}
}

func TestLoadBeforeWhatIsFurtherOn(t *testing.T) {
	var a assembler
	allowed, trapped := a.verdict(allow), a.verdict(trap)
	to := a.branch(codeEqual, 5, allowed, trapped)
	a.branch(codeEqual, 6, allowed, trapped)
	raw := a.bytes(a.before(codeLoad, offsetNumber, to), binary.LittleEndian)
	program, err := bpfvm.Parse(raw, binary.LittleEndian)
	if err != nil {
		t.Fatal(err)
	}
	for number, want := range map[uint32]uint32{5: allow, 6: trap} {
		if got := verdict(t, program, bpfvm.Data{Nr: number}); got != want {
			t.Errorf("number %d: got %#x, want %#x", number, got, want)
		}
	}
}

func TestLongLevel(t *testing.T) {
	tree := equal(0, allow)
	for value := uint64(1); value < 600; value++ {
		var err error
		if tree, err = tree.Merge(equal(value, allow), allow); err != nil {
			t.Fatal(err)
		}
	}
	f := newFilter()
	f.Section(archA, AllNumbers).Add(5, 0, tree)
	program := written(t, f)
	for _, test := range []struct {
		value uint64
		want  uint32
	}{{0, allow}, {599, allow}, {600, fallback}, {1 << 32, fallback}} {
		data := bpfvm.Data{Nr: 5, Arch: archA, Args: [6]uint64{test.value}}
		if got := verdict(t, program, data); got != test.want {
			t.Errorf("value %d: got %#x, want %#x", test.value, got, test.want)
		}
	}
}

func TestTooLong(t *testing.T) {
	f := newFilter()
	s := f.Section(archA, AllNumbers)
	for number := range uint32(1500) {
		s.Add(number, 0, equal(uint64(number), allow))
	}
	if _, err := f.Bytes(); !errors.Is(err, ErrTooLong) {
		t.Errorf("got %v", err)
	}
}

func TestBigEndian(t *testing.T) {
	f := newFilter()
	f.Big = true
	f.Section(0x16, AllNumbers).Add(5, 0, equal(1<<32|2, trap))
	program := written(t, f)
	for _, test := range []struct {
		value uint64
		want  uint32
	}{{1<<32 | 2, trap}, {2<<32 | 1, fallback}} {
		data := bpfvm.Data{Nr: 5, Arch: 0x16, Args: [6]uint64{test.value}}
		words := data.Words(binary.BigEndian)
		if got, _, _ := bpfvm.Run(program, &words); got != test.want {
			t.Errorf("value %#x: got %#x, want %#x", test.value, got, test.want)
		}
	}
}

// A word that is in the accumulator already is not loaded again.
func TestWordsAreLoadedOnce(t *testing.T) {
	tree := equal(1, allow)
	tree, err := tree.Merge(equal(2, trap), trap)
	if err != nil {
		t.Fatal(err)
	}
	f := newFilter()
	f.Section(archB, AllNumbers).Add(5, 0, tree)
	loads := 0
	for _, in := range written(t, f) {
		if in.Op == codeLoad {
			loads++
		}
	}
	if loads != 4 { // architecture, number, upper half, lower half
		t.Errorf("got %d loads", loads)
	}
}
