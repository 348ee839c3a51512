package bpfvm

import "fmt"

// The parts of an instruction's code, as linux/bpf_common.h has them.
const (
	classLd  = 0x00
	classLdx = 0x01
	classSt  = 0x02
	classStx = 0x03
	classAlu = 0x04
	classJmp = 0x05
	classRet = 0x06
	classMsc = 0x07

	modeImm = 0x00
	modeAbs = 0x20
	modeMem = 0x60
	modeLen = 0x80

	opAdd = 0x00
	opSub = 0x10
	opMul = 0x20
	opDiv = 0x30
	opOr  = 0x40
	opAnd = 0x50
	opLsh = 0x60
	opRsh = 0x70
	opNeg = 0x80
	opXor = 0xa0

	jumpAlways = 0x00
	jumpEq     = 0x10
	jumpGt     = 0x20
	jumpGe     = 0x30
	jumpSet    = 0x40

	sourceX = 0x08
	retA    = 0x10
	mscTxa  = 0x80
)

const (
	scratchWords = 16
	dataBytes    = 64
)

// Check says whether the kernel would load the program: length, known
// instructions, aligned loads inside the data, jumps inside the program, a
// return at the end.
func Check(program Program) error {
	if len(program) == 0 || len(program) > MaxInstructions {
		return fmt.Errorf("check program: %d instructions", len(program))
	}
	for pc, in := range program {
		if err := checkInstruction(in, len(program)-pc-1); err != nil {
			return fmt.Errorf("check instruction %d: %w", pc, err)
		}
	}
	if program[len(program)-1].Op&0x07 != classRet {
		return fmt.Errorf("check program: last instruction is no return")
	}
	return nil
}

// checkInstruction checks one instruction that has rest others behind it.
func checkInstruction(in Instruction, rest int) error {
	if !known(in.Op) {
		return fmt.Errorf("code %#x is not allowed", in.Op)
	}
	switch in.Op & 0x07 {
	case classLd, classLdx:
		return checkLoad(in)
	case classSt, classStx:
		return checkScratch(in.K)
	case classJmp:
		return checkJump(in, rest)
	case classAlu:
		return checkAlu(in)
	}
	return nil
}

func checkLoad(in Instruction) error {
	switch in.Op & 0xe0 {
	case modeAbs:
		if in.K%4 != 0 || in.K >= dataBytes {
			return fmt.Errorf("load at offset %d", in.K)
		}
	case modeMem:
		return checkScratch(in.K)
	}
	return nil
}

func checkScratch(k uint32) error {
	if k >= scratchWords {
		return fmt.Errorf("scratch word %d", k)
	}
	return nil
}

func checkJump(in Instruction, rest int) error {
	if in.Op&0xf0 == jumpAlways {
		if uint64(in.K) >= uint64(rest) {
			return fmt.Errorf("jump over %d, %d follow", in.K, rest)
		}
		return nil
	}
	if int(in.Jt) >= rest || int(in.Jf) >= rest {
		return fmt.Errorf("jump over %d or %d, %d follow", in.Jt, in.Jf, rest)
	}
	return nil
}

func checkAlu(in Instruction) error {
	if in.Op&sourceX != 0 {
		return nil
	}
	switch in.Op & 0xf0 {
	case opDiv:
		if in.K == 0 {
			return fmt.Errorf("division by zero")
		}
	case opLsh, opRsh:
		if in.K >= 32 {
			return fmt.Errorf("shift by %d", in.K)
		}
	}
	return nil
}

// known says whether seccomp lets a filter use the code. BPF_MOD is left out
// as the kernel leaves it out.
func known(op uint16) bool {
	switch op {
	case classLd | modeAbs, classLd | modeLen, classLdx | modeLen,
		classLd | modeImm, classLdx | modeImm, classLd | modeMem, classLdx | modeMem,
		classSt, classStx,
		classRet, classRet | retA,
		classMsc, classMsc | mscTxa,
		classJmp | jumpAlways,
		classAlu | opNeg:
		return true
	}
	switch op &^ sourceX {
	case classAlu | opAdd, classAlu | opSub, classAlu | opMul, classAlu | opDiv,
		classAlu | opAnd, classAlu | opOr, classAlu | opXor,
		classAlu | opLsh, classAlu | opRsh,
		classJmp | jumpEq, classJmp | jumpGe, classJmp | jumpGt, classJmp | jumpSet:
		return true
	}
	return false
}
