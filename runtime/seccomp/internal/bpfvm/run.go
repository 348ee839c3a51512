package bpfvm

import "errors"

// ErrNoReturn is what Run gives when a program ends without a verdict; a
// program that Check accepts never does.
var ErrNoReturn = errors.New("run program: no return reached")

// machine is the state of one run.
type machine struct {
	a, x    uint32
	scratch [scratchWords]uint32
	data    *Words
}

// Run answers with the verdict of the filter and the number of instructions
// it took. The program must have passed Check.
func Run(program Program, data *Words) (verdict uint32, steps int, err error) {
	m := machine{data: data}
	for pc := 0; pc < len(program); pc++ {
		in := program[pc]
		steps++
		switch in.Op & 0x07 {
		case classRet:
			if in.Op&retA != 0 {
				return m.a, steps, nil
			}
			return in.K, steps, nil
		case classJmp:
			pc += m.jump(in)
		default:
			if !m.step(in) {
				// The kernel ends a division by zero with verdict 0.
				return 0, steps, nil
			}
		}
	}
	return 0, steps, ErrNoReturn
}

// step runs an instruction that neither jumps nor returns. It is false where
// the program must end.
func (m *machine) step(in Instruction) bool {
	switch in.Op & 0x07 {
	case classLd:
		m.a = m.load(in)
	case classLdx:
		m.x = m.load(in)
	case classSt:
		m.scratch[in.K] = m.a
	case classStx:
		m.scratch[in.K] = m.x
	case classAlu:
		return m.alu(in)
	case classMsc:
		if in.Op&mscTxa != 0 {
			m.a = m.x
		} else {
			m.x = m.a
		}
	}
	return true
}

func (m *machine) load(in Instruction) uint32 {
	switch in.Op & 0xe0 {
	case modeAbs:
		return m.data[in.K/4]
	case modeMem:
		return m.scratch[in.K]
	case modeLen:
		return dataBytes
	}
	return in.K
}

func (m *machine) operand(in Instruction) uint32 {
	if in.Op&sourceX != 0 {
		return m.x
	}
	return in.K
}

func (m *machine) alu(in Instruction) bool {
	value := m.operand(in)
	switch in.Op & 0xf0 {
	case opAdd:
		m.a += value
	case opSub:
		m.a -= value
	case opMul:
		m.a *= value
	case opDiv:
		if value == 0 {
			return false
		}
		m.a /= value
	case opOr:
		m.a |= value
	case opAnd:
		m.a &= value
	case opXor:
		m.a ^= value
	case opLsh:
		m.a <<= value & 31
	case opRsh:
		m.a >>= value & 31
	case opNeg:
		m.a = -m.a
	}
	return true
}

// jump says how many instructions to pass over.
func (m *machine) jump(in Instruction) int {
	value := m.operand(in)
	taken := false
	switch in.Op & 0xf0 {
	case jumpAlways:
		return int(in.K)
	case jumpEq:
		taken = m.a == value
	case jumpGt:
		taken = m.a > value
	case jumpGe:
		taken = m.a >= value
	case jumpSet:
		taken = m.a&value != 0
	}
	if taken {
		return int(in.Jt)
	}
	return int(in.Jf)
}
