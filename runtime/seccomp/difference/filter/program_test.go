package filter

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"

	"github.com/seccomp/libseccomp-golang/internal/bpfvm"
)

// maze is a program of nested comparisons that need a certain path through
// both halves of two arguments.
func maze() bpfvm.Program {
	return bpfvm.Program{
		{Op: 0x20, K: 4},
		{Op: 0x15, Jt: 0, Jf: 11, K: 0xc000003e},
		{Op: 0x20, K: 0},
		{Op: 0x15, Jt: 0, Jf: 9, K: 7},
		{Op: 0x20, K: 20},
		{Op: 0x15, Jt: 0, Jf: 7, K: 5},
		{Op: 0x20, K: 16},
		{Op: 0x54, K: 0xff00},
		{Op: 0x15, Jt: 0, Jf: 4, K: 0x1200},
		{Op: 0x20, K: 24},
		{Op: 0x25, Jt: 0, Jf: 2, K: 0xfffffff0},
		{Op: 0x35, Jt: 1, Jf: 0, K: 0xfffffffe},
		{Op: 0x06, K: 1},
		{Op: 0x06, K: 2},
	}
}

func decoded(t *testing.T, program bpfvm.Program) *Program {
	t.Helper()
	if err := bpfvm.Check(program); err != nil {
		t.Fatal(err)
	}
	p, err := Decode(program)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestRun runs the maze, and what differs from it in one bit, in both
// interpreters.
func TestRun(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		program := maze()
		at := random.IntN(len(program))
		program[at].K ^= 1 << random.IntN(32)
		if bpfvm.Check(program) != nil {
			continue
		}
		p := decoded(t, program)
		for range 20 {
			data := Words{7, 0xc000003e}
			p.Walk(random, &data, nil, nil)
			want, _, err := bpfvm.Run(program, &data)
			if err != nil {
				t.Fatal(err)
			}
			if got, _ := p.Run(&data); got != want {
				t.Fatalf("%v gives %d, want %d for %v", program, got, want, data)
			}
		}
	}
}

// TestCompare wants each of the maze's instructions to matter.
func TestCompare(t *testing.T) {
	areas := []Area{{Audit: 0xc000003e, Numbers: []Range{{0, 20}}}, {Audit: 3, Numbers: []Range{{0, 2}}}}
	right := decoded(t, maze())
	for at := range maze() {
		program := maze()
		program[at].K ^= 1
		if bpfvm.Check(program) != nil {
			program[at].K ^= 5 // a load: the other half
		}
		c := Comparison{Random: rand.New(rand.NewPCG(3, uint64(at))), Walks: 500}
		if c.Compare(decoded(t, program), right, areas) == nil {
			t.Errorf("a change of instruction %d goes unnoticed", at)
		}
	}
	c := Comparison{Random: rand.New(rand.NewPCG(3, 4)), Walks: 500}
	if d := c.Compare(decoded(t, maze()), right, areas); d != nil {
		t.Errorf("the same programs differ: %v", d)
	}
}

func TestReadRefuses(t *testing.T) {
	for name, raw := range map[string][]byte{
		"nothing":             {},
		"half an instruction": {6, 0, 0, 0},
		"no return":           {0x20, 0, 0, 0, 4, 0, 0, 0},
		"jump too far":        {0x15, 0, 9, 0, 4, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0},
		"load beyond":         {0x20, 0, 0, 0, 64, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0},
		"unknown code":        {0x99, 0, 0, 0, 4, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0},
	} {
		if _, err := Read(raw, binary.LittleEndian); err == nil {
			t.Errorf("%s: read as a program", name)
		}
	}
}
