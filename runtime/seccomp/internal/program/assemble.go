package program

import (
	"encoding/binary"
	"errors"
)

// MaxInstructions is the longest program the kernel takes (BPF_MAXINSNS).
const MaxInstructions = 4096

// ErrTooLong is the error of a filter that needs more instructions.
var ErrTooLong = errors.New("filter exceeds 4096 instructions")

// The codes of the instructions in use, from linux/bpf_common.h.
const (
	codeLoad           = 0x20
	codeAnd            = 0x54
	codeJump           = 0x05
	codeEqual          = 0x15
	codeGreater        = 0x25
	codeGreaterOrEqual = 0x35
	codeReturn         = 0x06
)

// Where seccomp_data has what.
const (
	offsetNumber    = 0
	offsetArch      = 4
	offsetArguments = 16
)

// reach is how far a conditional jump may go. It leaves room for the two
// jumps in between that its own targets may need.
const reach = 253

// label is a place in the program, counted from its end.
type label int32

type instruction struct {
	code   uint16
	jt, jf uint8
	k      uint32
	// near is the last copy of the instruction, or of a copy the instruction
	// it stands for. The first one is its own.
	near  label
	older label // one more than the next place in the same bucket
}

// assembler holds a program back to front. What does the same as an
// instruction that is there already is not written again, but in the search
// for a number. All places that its methods take and give are those of the
// first of equal instructions.
type assembler struct {
	code    []instruction
	buckets [512]label // one more than the last place, by hash
}

// way is an instruction by what it does: its code, its constant, and the
// places it leads to.
type way struct {
	code    uint16
	k       uint32
	yes, no label
}

// find looks for an instruction that is there already, and if it is not gives
// the bucket for it.
func (a *assembler) find(w way) (at label, bucket *label) {
	hash := (w.k ^ uint32(w.code)<<24) * 0x9e3779b1
	hash = (hash ^ uint32(w.yes) ^ uint32(w.no)<<16) * 0x85ebca6b
	bucket = &a.buckets[hash>>(32-9)]
	for next := *bucket; next > 0; next = a.code[next-1].older {
		if a.is(next-1, w) {
			return next - 1, nil
		}
	}
	return 0, bucket
}

// is says whether that instruction is in a place.
func (a *assembler) is(at label, w way) bool {
	in := &a.code[at]
	switch {
	case in.code != w.code || in.k != w.k:
		return false
	case in.code == codeReturn:
		return true
	}
	return a.leads(at-1-label(in.jt), w.yes) && a.leads(at-1-label(in.jf), w.no)
}

// leads says whether a place is another one or a copy of it.
func (a *assembler) leads(at, to label) bool {
	return at == to || a.code[at].near == to
}

// add writes an instruction for find to find.
func (a *assembler) add(in instruction, bucket *label) label {
	in.older = *bucket
	at := a.emit(in)
	*bucket = at + 1
	return at
}

func (a *assembler) emit(in instruction) label {
	at := label(len(a.code))
	in.near = at
	a.code = append(a.code, in)
	return at
}

// distance is what the next instruction must pass over to get to the label.
func (a *assembler) distance(to label) int {
	return len(a.code) - 1 - int(to)
}

// verdict is a place that returns the verdict.
func (a *assembler) verdict(value uint32) label {
	at, bucket := a.find(way{code: codeReturn, k: value})
	if bucket == nil {
		return at
	}
	return a.add(instruction{code: codeReturn, k: value}, bucket)
}

// near gives a place within reach that leads to the label.
func (a *assembler) near(to label) label {
	if at := a.code[to].near; a.distance(at) <= reach {
		return at
	}
	return a.copy(to)
}

// copy writes what leads to the label: the same return, the same test of two
// returns if these are in reach, or a jump.
func (a *assembler) copy(to label) label {
	in := a.code[to]
	if in.code != codeReturn && !a.retarget(&in, to) {
		in = instruction{code: codeJump, k: uint32(a.distance(to))}
	}
	at := a.emit(in)
	a.code[at].near, a.code[to].near = to, at
	return at
}

// retarget makes a test from a place good for the next one, if it can.
func (a *assembler) retarget(in *instruction, from label) bool {
	if in.code == codeLoad || in.code == codeAnd {
		return false
	}
	yes, no := &a.code[from-1-label(in.jt)], &a.code[from-1-label(in.jf)]
	if yes.code != codeReturn || no.code != codeReturn {
		return false
	}
	nearYes := a.distance(a.code[a.verdict(yes.k)].near)
	nearNo := a.distance(a.code[a.verdict(no.k)].near)
	in.jt, in.jf = uint8(nearYes), uint8(nearNo)
	return nearYes <= reach && nearNo <= reach
}

// branch writes a conditional jump of the search for a number, which is like
// no other one but by chance: a jump to that would save little. One between two
// ways to the same place is none.
func (a *assembler) branch(code uint16, k uint32, yes, no label) label {
	if yes == no {
		return yes
	}
	return a.emit(a.jump(code, k, yes, no))
}

// conditional gives a conditional jump, in any case.
func (a *assembler) conditional(code uint16, k uint32, yes, no label) label {
	at, bucket := a.find(way{code, k, yes, no})
	if bucket == nil {
		return at
	}
	return a.add(a.jump(code, k, yes, no), bucket)
}

// jump is the next instruction, if it is a conditional jump.
func (a *assembler) jump(code uint16, k uint32, yes, no label) instruction {
	yes, no = a.near(yes), a.near(no)
	return instruction{
		code: code, jt: uint8(a.distance(yes)), jf: uint8(a.distance(no)), k: k,
	}
}

// before writes a load, or what changes the word that is loaded, before
// something that is there. A return needs neither.
func (a *assembler) before(code uint16, k uint32, next label) label {
	if a.code[next].code == codeReturn {
		return next
	}
	at, bucket := a.find(way{code, k, next, next})
	if bucket == nil {
		return at
	}
	if !a.leads(label(len(a.code)-1), next) {
		a.copy(next)
	}
	return a.add(instruction{code: code, k: k}, bucket)
}

// bytes is the program from its beginning, which is the label, in the given
// byte order.
func (a *assembler) bytes(start label, order binary.ByteOrder) []byte {
	code := a.code[:start+1]
	raw := make([]byte, 8*len(code))
	for i, in := range code {
		at := raw[len(raw)-8*(i+1):]
		order.PutUint16(at, in.code)
		at[2], at[3] = in.jt, in.jf
		order.PutUint32(at[4:], in.k)
	}
	return raw
}
