package bpfvm

import (
	"encoding/binary"
	"testing"
)

func TestRun(t *testing.T) {
	data := Data{Nr: 59, Arch: 7, Args: [6]uint64{1<<32 | 5, 0, 0, 0, 0, 9}}
	words := data.Words(binary.LittleEndian)
	tests := []struct {
		name    string
		program Program
		want    uint32
		steps   int
	}{
		{"return", Program{{0x06, 0, 0, 42}}, 42, 1},
		{"return a", Program{{0x20, 0, 0, 0}, {0x16, 0, 0, 0}}, 59, 2},
		{"arch", Program{{0x20, 0, 0, 4}, {0x16, 0, 0, 0}}, 7, 2},
		{"low half", Program{{0x20, 0, 0, 16}, {0x16, 0, 0, 0}}, 5, 2},
		{"high half", Program{{0x20, 0, 0, 20}, {0x16, 0, 0, 0}}, 1, 2},
		{"last argument", Program{{0x20, 0, 0, 56}, {0x16, 0, 0, 0}}, 9, 2},
		{"jump", Program{{0x05, 0, 0, 1}, {0x06, 0, 0, 1}, {0x06, 0, 0, 2}}, 2, 2},
		{"equal", Program{{0x20, 0, 0, 0}, {0x15, 1, 0, 59}, {0x06, 0, 0, 1}, {0x06, 0, 0, 2}}, 2, 3},
		{"greater", Program{{0x20, 0, 0, 0}, {0x25, 1, 0, 59}, {0x06, 0, 0, 1}, {0x06, 0, 0, 2}}, 1, 3},
		{"at least", Program{{0x20, 0, 0, 0}, {0x35, 1, 0, 59}, {0x06, 0, 0, 1}, {0x06, 0, 0, 2}}, 2, 3},
		{"set", Program{{0x20, 0, 0, 0}, {0x45, 1, 0, 4}, {0x06, 0, 0, 1}, {0x06, 0, 0, 2}}, 1, 3},
		{"and", Program{{0x20, 0, 0, 0}, {0x54, 0, 0, 3}, {0x16, 0, 0, 0}}, 3, 3},
		{"scratch", Program{{0, 0, 0, 8}, {2, 0, 0, 3}, {0, 0, 0, 1}, {0x61, 0, 0, 3}, {0x87, 0, 0, 0}, {0x16, 0, 0, 0}}, 8, 6},
		{"x operand", Program{{1, 0, 0, 6}, {0, 0, 0, 7}, {0x2c, 0, 0, 0}, {0x16, 0, 0, 0}}, 42, 4},
		{"zero division", Program{{1, 0, 0, 0}, {0, 0, 0, 7}, {0x3c, 0, 0, 0}, {0x06, 0, 0, 9}}, 0, 3},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if err := Check(test.program); err != nil {
				t.Fatal(err)
			}
			got, steps, err := Run(test.program, &words)
			if err != nil || got != test.want || steps != test.steps {
				t.Errorf("got %d in %d steps, %v; want %d in %d", got, steps, err, test.want, test.steps)
			}
		})
	}
}

func TestBigEndianHalves(t *testing.T) {
	data := Data{Nr: 1, Args: [6]uint64{1<<32 | 5}}
	words := data.Words(binary.BigEndian)
	if words[0] != 1 || words[4] != 1 || words[5] != 5 {
		t.Errorf("got %v", words)
	}
}

func TestCheckRefuses(t *testing.T) {
	ret := Instruction{Op: 0x06}
	tests := []struct {
		name    string
		program Program
	}{
		{"nothing", nil},
		{"no return", Program{{0x20, 0, 0, 0}}},
		{"half-word load", Program{{0x28, 0, 0, 0}, ret}},
		{"unaligned load", Program{{0x20, 0, 0, 2}, ret}},
		{"load past the data", Program{{0x20, 0, 0, 64}, ret}},
		{"scratch past the end", Program{{0x02, 0, 0, 16}, ret}},
		{"jump past the end", Program{{0x05, 0, 0, 1}, ret}},
		{"branch past the end", Program{{0x15, 0, 1, 0}, ret}},
		{"modulo", Program{{0x94, 0, 0, 3}, ret}},
		{"division by zero", Program{{0x34, 0, 0, 0}, ret}},
		{"wide shift", Program{{0x64, 0, 0, 32}, ret}},
		{"too long", make(Program, MaxInstructions+1)},
	}
	for _, test := range tests {
		if Check(test.program) == nil {
			t.Errorf("%s: accepted", test.name)
		}
	}
}

func TestParse(t *testing.T) {
	raw := []byte{0x15, 0, 1, 2, 3, 0, 0, 0x40}
	little, err := Parse(raw, binary.LittleEndian)
	if err != nil || len(little) != 1 || little[0] != (Instruction{0x15, 1, 2, 0x40000003}) {
		t.Errorf("got %v, %v", little, err)
	}
	big, err := Parse([]byte{0, 0x15, 1, 2, 0x40, 0, 0, 3}, binary.BigEndian)
	if err != nil || big[0] != little[0] {
		t.Errorf("got %v, %v", big, err)
	}
	if _, err := Parse(raw[:7], binary.LittleEndian); err == nil {
		t.Error("seven bytes accepted")
	}
}
