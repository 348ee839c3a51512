package seccomp

import (
	"errors"
	"fmt"
	"syscall"

	"github.com/seccomp/libseccomp-golang/internal/decision"
)

// errConditions is the error of conditions that no rule can have together.
var errConditions = errors.New("two checks on same syscall argument, or one on none")

// AddRule makes a system call meet an action, on all architectures of the
// filter that have the call. The number is that of the native architecture.
// The first such rule holds, and goes before all with conditions.
func (f *ScmpFilter) AddRule(call ScmpSyscall, action ScmpAction) error {
	return f.addRule(call, action, nil, false)
}

// AddRuleExact is AddRule for a filter of one architecture. It fails where
// the rule would have to be adapted.
func (f *ScmpFilter) AddRuleExact(call ScmpSyscall, action ScmpAction) error {
	return f.addRule(call, action, nil, true)
}

// AddRuleConditional makes a system call meet an action if all conditions
// hold; there may be one for each argument. Where several rules match a call,
// package decision tells which one holds.
func (f *ScmpFilter) AddRuleConditional(
	call ScmpSyscall, action ScmpAction, conds []ScmpCondition,
) error {
	return f.addRule(call, action, conds, false)
}

// AddRuleConditionalExact is AddRuleConditional for a filter of one
// architecture. It fails where the rule would have to be adapted.
func (f *ScmpFilter) AddRuleConditionalExact(
	call ScmpSyscall, action ScmpAction, conds []ScmpCondition,
) error {
	return f.addRule(call, action, conds, true)
}

// rule is one rule, sorted by argument.
type rule struct {
	verdict    uint32
	conditions []decision.Condition
	exact      bool
}

// addRule adds a rule to all sections, or to none.
func (f *ScmpFilter) addRule(
	call ScmpSyscall, action ScmpAction, conds []ScmpCondition, exact bool,
) error {
	f.lock.Lock()
	defer f.lock.Unlock()
	if err := f.admit(call, action, exact); err != nil {
		return err
	}
	var space [maxArguments]decision.Condition
	conditions, err := sorted(space[:0], conds)
	if err != nil {
		return err
	}
	r := rule{verdict: action.verdict(), conditions: conditions, exact: exact}
	var room [8]change
	changes := room[:0]
	for _, s := range f.sections {
		at, err := f.locate(int32(call), s)
		if err != nil {
			return err
		}
		if changes, err = s.plan(changes, at, &r); err != nil {
			return err
		}
	}
	for i := range changes {
		changes[i].section.apply(&changes[i])
	}
	f.notify = f.notify || action == ActNotify
	return nil
}

// admit refuses rules that no filter, or not this one, can have.
func (f *ScmpFilter) admit(call ScmpSyscall, action ScmpAction, exact bool) error {
	switch {
	case !f.usable():
		return f.unusable()
	case call <= -1 && call >= -99:
		return fmt.Errorf("add rule: syscall %d is reserved", call)
	case action.check() != nil:
		return action.check()
	case !f.actionAllowed(action):
		return fmt.Errorf("add rule: %w: %v", syscall.EINVAL, action)
	case action.verdict() == f.defaultAction.verdict():
		return errDefAction
	case exact && len(f.sections) > 1:
		return syscall.EOPNOTSUPP
	}
	return nil
}

// actionAllowed says whether the kernel knows the action and, for
// notification, lets it go together with TSYNC.
func (f *ScmpFilter) actionAllowed(action ScmpAction) bool {
	if action.kind() == ActNotify && f.tsync && !probe().tsyncEsrch {
		return false
	}
	return supported(action)
}

// sorted puts conditions in the order of their arguments.
func sorted(space []decision.Condition, conds []ScmpCondition) ([]decision.Condition, error) {
	if len(conds) > maxArguments {
		return nil, errConditions
	}
	for arg := range uint(maxArguments) {
		found := false
		for _, c := range conds {
			if c.Argument != arg {
				continue
			}
			if found || c.Op < CompareNotEqual || c.Op > CompareMaskedEqual {
				return nil, errConditions
			}
			found = true
			space = append(space, c.decide())
		}
	}
	if len(space) != len(conds) {
		return nil, errConditions
	}
	return space, nil
}

// located is a call of a section: its number, and the index of its name where
// that is known and needed.
type located struct {
	number int32
	index  int
	known  bool
}

// locate finds in a section the call with a number of the native
// architecture. That architecture itself takes any number.
func (f *ScmpFilter) locate(number int32, s *section) (located, error) {
	isNative := s.arch == native()
	if isNative && !s.target.mux {
		return located{number: number}, nil
	}
	if f.reverse == nil {
		f.reverse = newReverseIndex(&targets[native()])
	}
	index, ok := f.reverse.find(number)
	switch {
	case isNative:
		return located{number, index, ok}, nil
	case !ok:
		return located{}, unrecognized(number)
	}
	return located{s.target.number(index), index, true}, nil
}

func unrecognized(number int32) error {
	return fmt.Errorf("unrecognized syscall %#x", number)
}
