package seccomp

import (
	"errors"
	"fmt"

	"github.com/seccomp/libseccomp-golang/internal/decision"
)

// ScmpCompareOp is a comparison of an argument with a value.
type ScmpCompareOp uint

// The comparisons of libseccomp. All are unsigned.
const (
	CompareInvalid      ScmpCompareOp = iota // no comparison
	CompareNotEqual                          // !=
	CompareLess                              // <
	CompareLessOrEqual                       // <=
	CompareEqual                             // ==
	CompareGreaterEqual                      // >=
	CompareGreater                           // >
	CompareMaskedEqual                       // equal in the bits of a mask
)

// ScmpCondition is a comparison that a rule depends on. Operand1 is the value
// to compare with, or the mask of CompareMaskedEqual, whose value is Operand2.
type ScmpCondition struct {
	Argument uint          `json:"argument,omitempty"`
	Op       ScmpCompareOp `json:"operator,omitempty"`
	Operand1 uint64        `json:"operand_one,omitempty"`
	Operand2 uint64        `json:"operand_two,omitempty"`
}

// maxArguments is how many arguments a system call may have.
const maxArguments = 6

// String describes the comparison.
func (op ScmpCompareOp) String() string {
	switch op {
	case CompareInvalid:
		return "Invalid comparison operator"
	case CompareNotEqual:
		return "Not equal"
	case CompareLess:
		return "Less than"
	case CompareLessOrEqual:
		return "Less than or equal to"
	case CompareEqual:
		return "Equal"
	case CompareGreaterEqual:
		return "Greater than or equal to"
	case CompareGreater:
		return "Greater than"
	case CompareMaskedEqual:
		return "Masked equality"
	}
	return fmt.Sprintf("Unrecognized comparison operator %#x", uint(op))
}

// MakeCondition makes a condition on an argument, counted from zero. It takes
// one value, or for CompareMaskedEqual a mask and a value.
func MakeCondition(arg uint, op ScmpCompareOp, values ...uint64) (ScmpCondition, error) {
	switch {
	case op < CompareNotEqual || op > CompareMaskedEqual:
		return ScmpCondition{}, fmt.Errorf("unrecognized comparison operator %#x", uint(op))
	case arg >= maxArguments:
		return ScmpCondition{}, fmt.Errorf("syscalls only have up to 6 arguments (%d given)", arg)
	case len(values) == 0:
		return ScmpCondition{}, errors.New("no value to compare with")
	case len(values) > 2:
		return ScmpCondition{}, fmt.Errorf("more than two values to compare with (%d)", len(values))
	}
	condition := ScmpCondition{Argument: arg, Op: op, Operand1: values[0]}
	if len(values) == 2 {
		condition.Operand2 = values[1]
	}
	return condition, nil
}

// The comparisons are numbered alike here and in package decision; neither
// difference can be negative.
const (
	_ = uint(decision.MaskedEqual) - uint(CompareMaskedEqual)
	_ = uint(CompareMaskedEqual) - uint(decision.MaskedEqual)
)

// decide is the condition as trees are made of it.
func (c ScmpCondition) decide() decision.Condition {
	d := decision.Condition{Op: decision.Op(c.Op), Arg: uint8(c.Argument)}
	if c.Op == CompareMaskedEqual {
		d.Mask, d.Value = c.Operand1, c.Operand2
	} else {
		d.Mask, d.Value = ^uint64(0), c.Operand1
	}
	return d
}
