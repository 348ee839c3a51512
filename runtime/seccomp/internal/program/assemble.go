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
type label int

type instruction struct {
	code   uint16
	jt, jf uint8
	k      uint32
}

// assembler holds a program back to front.
type assembler struct {
	code    []instruction
	returns []verdictLabel
}

// verdictLabel is where the program last returned a verdict.
type verdictLabel struct {
	verdict uint32
	at      label
}

func (a *assembler) emit(in instruction) label {
	a.code = append(a.code, in)
	return label(len(a.code) - 1)
}

// distance is what the next instruction must pass over to get to the label.
func (a *assembler) distance(to label) int {
	return len(a.code) - 1 - int(to)
}

// verdict is a near place that returns the verdict.
func (a *assembler) verdict(value uint32) label {
	for i := range a.returns {
		if known := &a.returns[i]; known.verdict == value {
			if a.distance(known.at) > reach {
				known.at = a.emit(instruction{code: codeReturn, k: value})
			}
			return known.at
		}
	}
	at := a.emit(instruction{code: codeReturn, k: value})
	a.returns = append(a.returns, verdictLabel{value, at})
	return at
}

// near gives a place within reach that leads to the label.
func (a *assembler) near(to label) label {
	if a.distance(to) <= reach {
		return to
	}
	if in := a.code[to]; in.code == codeReturn {
		return a.verdict(in.k)
	}
	return a.emit(instruction{code: codeJump, k: uint32(a.distance(to))})
}

// branch writes a conditional jump. A jump between two ways to the same place
// is none.
func (a *assembler) branch(code uint16, k uint32, yes, no label) label {
	if yes == no {
		return yes
	}
	return a.conditional(code, k, yes, no)
}

// conditional writes a conditional jump in any case.
func (a *assembler) conditional(code uint16, k uint32, yes, no label) label {
	yes, no = a.near(yes), a.near(no)
	return a.emit(instruction{
		code: code, jt: uint8(a.distance(yes)), jf: uint8(a.distance(no)), k: k,
	})
}

// load writes a load that goes on with what was written last.
func (a *assembler) load(offset uint32) label {
	return a.emit(instruction{code: codeLoad, k: offset})
}

// loadThen writes a load before something written earlier. Nothing needs to be
// loaded for a return.
func (a *assembler) loadThen(offset uint32, to label) label {
	if a.code[to].code == codeReturn {
		return to
	}
	if a.distance(to) > 0 {
		a.emit(instruction{code: codeJump, k: uint32(a.distance(to))})
	}
	return a.load(offset)
}

// bytes is the program from its beginning, which is the label, in the given
// byte order.
func (a *assembler) bytes(start label, order binary.ByteOrder) ([]byte, error) {
	code := a.code[:start+1]
	if len(code) > MaxInstructions {
		return nil, ErrTooLong
	}
	raw := make([]byte, 8*len(code))
	for i, in := range code {
		at := raw[len(raw)-8*(i+1):]
		order.PutUint16(at, in.code)
		at[2], at[3] = in.jt, in.jf
		order.PutUint32(at[4:], in.k)
	}
	return raw, nil
}
