package seccomp

import (
	"fmt"
	"syscall"

	"github.com/seccomp/libseccomp-golang/internal/decision"
	"github.com/seccomp/libseccomp-golang/internal/table"
)

// denseCalls is up to which number, less base, calls have their places in an
// array. All that are known on any architecture are below, ARM's private
// ones excepted.
const denseCalls = 640

// call is what a section says of one system call: nothing, a verdict, or,
// with a tree, what to ask first.
type call struct {
	set     bool
	verdict uint32
	tree    decision.Level
}

// slot is a call in the array of a section; trees are few and lie apart.
type slot struct {
	verdict uint32
	set     bool
	tree    uint16 // one more than its index
}

// section is the part of a filter for one architecture.
type section struct {
	arch   ScmpArch
	target *target
	dense  [denseCalls]slot
	trees  []decision.Level
	sparse []sparseCall // pseudo numbers, and numbers beyond dense
}

type sparseCall struct {
	number int32
	call
}

func newSection(arch ScmpArch) *section {
	return &section{arch: arch, target: &targets[arch]}
}

// place is where a number's slot is.
func (s *section) place(number int32) (int, bool) {
	at := int64(number) - int64(s.target.base)
	return int(at), number >= 0 && at >= 0 && at < denseCalls
}

func (s *section) get(number int32) call {
	if at, ok := s.place(number); ok {
		c := call{set: s.dense[at].set, verdict: s.dense[at].verdict}
		if tree := s.dense[at].tree; tree > 0 {
			c.tree = s.trees[tree-1]
		}
		return c
	}
	for i := range s.sparse {
		if s.sparse[i].number == number {
			return s.sparse[i].call
		}
	}
	return call{}
}

func (s *section) set(number int32, c call) {
	if at, ok := s.place(number); ok {
		slot := slot{verdict: c.verdict, set: true}
		if c.tree != nil {
			s.trees = append(s.trees, c.tree)
			slot.tree = uint16(len(s.trees))
		}
		s.dense[at] = slot
		return
	}
	for i := range s.sparse {
		if s.sparse[i].number == number {
			s.sparse[i].call = c
			return
		}
	}
	s.sparse = append(s.sparse, sparseCall{number, c})
}

// plan appends what a rule changes in the section.
func (s *section) plan(changes []change, number int32, r *rule) ([]change, error) {
	if s.target.mux {
		if _, ok := s.target.pair(number); ok || multiplexed(number) {
			return s.planPair(changes, number, r)
		}
		if number < 0 && !r.exact {
			return changes, nil
		}
	}
	if number < 0 && r.exact {
		return nil, syscall.EDOM
	}
	return s.planCall(changes, number, r)
}

// planPair plans a rule for a multiplexed call and for the direct one. The
// multiplexer's first argument selects the call; what a rule asks of the
// others is asked there as well, as libseccomp does it.
func (s *section) planPair(changes []change, number int32, r *rule) ([]change, error) {
	if r.exact && len(r.conditions) > 0 {
		return nil, errConditions
	}
	index, ok := s.target.pair(number)
	if !ok {
		return nil, fmt.Errorf("unrecognized syscall %#x", number)
	}
	mux, selector := s.target.multiplexer(table.Pseudo(index))
	selected := rule{verdict: r.verdict, exact: r.exact}
	var space [maxArguments]decision.Condition
	selected.conditions = append(space[:0], decision.Condition{
		Op: decision.Equal, Mask: ^uint64(0), Value: selector,
	})
	for _, c := range r.conditions {
		if c.Arg > 0 {
			selected.conditions = append(selected.conditions, c)
		}
	}
	changes, err := s.planCall(changes, mux, &selected)
	if err != nil {
		return nil, err
	}
	return s.planCall(changes, s.target.direct(index), r)
}

// planCall plans a rule for one number. A rule without conditions holds once
// and for all.
func (s *section) planCall(changes []change, number int32, r *rule) ([]change, error) {
	now := s.get(number)
	if now.set && now.tree == nil {
		return changes, nil
	}
	tree := decision.Build(r.conditions, s.target.wide, r.verdict)
	if now.set && tree != nil {
		var err error
		if tree, err = now.tree.Merge(tree, r.verdict); err != nil {
			return nil, syscall.EEXIST
		}
	}
	next := call{set: true, verdict: r.verdict, tree: tree}
	return append(changes, change{s, number, next}), nil
}
