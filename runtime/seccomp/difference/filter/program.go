// Package filter runs two seccomp filters over the same system calls and
// finds the calls worth running: it follows the paths of both programs
// through whatever they compare, instead of guessing at values.
package filter

import (
	"encoding/binary"
	"fmt"

	"github.com/seccomp/libseccomp-golang/internal/bpfvm"
)

// op is what an instruction does, decoded once.
type op uint8

const (
	load op = iota
	and
	jump
	jeq
	jgt
	jge
	jset
	ret
)

// Words is struct seccomp_data as a filter reads it.
type Words = bpfvm.Words

// firstArgument is the first of the words that hold arguments.
const firstArgument = 4

type instruction struct {
	op     op
	k      uint32
	jt, jf uint32 // the instruction to go on with
}

// Program is a filter made ready to run often.
type Program struct {
	code []instruction
	// paths is, for each instruction, how many ways lead from it to a
	// return, or rather a number that grows with it.
	paths []float64
	// seen has, for each instruction, a bit for each word that was last
	// loaded when a search came by.
	seen []uint16
}

var codes = map[uint16]op{
	0x20: load, 0x54: and, 0x05: jump, 0x15: jeq, 0x25: jgt, 0x35: jge, 0x45: jset, 0x06: ret,
}

// Read makes a program of its exported bytes.
func Read(raw []byte, order binary.ByteOrder) (*Program, error) {
	parsed, err := bpfvm.Parse(raw, order)
	if err != nil {
		return nil, err
	}
	return Decode(parsed)
}

// Decode makes a program of its instructions, which must be such that no run
// can leave the program or go back in it.
func Decode(parsed bpfvm.Program) (*Program, error) {
	p := &Program{code: make([]instruction, len(parsed)), paths: make([]float64, len(parsed)),
		seen: make([]uint16, len(parsed))}
	for pc, in := range parsed {
		op, ok := codes[in.Op]
		if !ok {
			return nil, fmt.Errorf("decode instruction %d: code %#x", pc, in.Op)
		}
		next := uint64(pc) + 1
		jt, jf := next+uint64(in.Jt), next+uint64(in.Jf)
		if op <= and {
			jt, jf = next, next
		}
		if op == jump {
			jt, jf = next+uint64(in.K), next+uint64(in.K)
		}
		if op != ret && max(jt, jf) >= uint64(len(parsed)) {
			return nil, fmt.Errorf("decode instruction %d: the program ends", pc)
		}
		k := in.K
		if op == load {
			if k%4 != 0 || k/4 >= uint32(len(Words{})) {
				return nil, fmt.Errorf("decode instruction %d: load at %d", pc, k)
			}
			k /= 4
		}
		p.code[pc] = instruction{op, k, uint32(jt), uint32(jf)}
	}
	if len(parsed) == 0 {
		return nil, fmt.Errorf("decode an empty program")
	}
	p.countPaths()
	return p, nil
}

func (p *Program) countPaths() {
	for pc := len(p.code) - 1; pc >= 0; pc-- {
		in := p.code[pc]
		switch in.op {
		case ret:
			p.paths[pc] = 1
		case load, and, jump:
			p.paths[pc] = p.paths[in.jt]
		default:
			p.paths[pc] = p.paths[in.jt] + p.paths[in.jf]
		}
	}
}

// Len is the number of instructions.
func (p *Program) Len() int { return len(p.code) }

// Run gives the verdict on a call, and whether it read an argument or the
// instruction pointer on its way.
func (p *Program) Run(data *Words) (verdict uint32, deep bool) {
	var a uint32
	pc := uint32(0)
	for {
		in := &p.code[pc]
		yes := true
		switch in.op {
		case load:
			a = data[in.k]
			deep = deep || in.k > 1
		case and:
			a &= in.k
		case jeq:
			yes = a == in.k
		case jgt:
			yes = a > in.k
		case jge:
			yes = a >= in.k
		case jset:
			yes = a&in.k != 0
		case ret:
			return in.k, deep
		}
		if yes {
			pc = in.jt
		} else {
			pc = in.jf
		}
	}
}
