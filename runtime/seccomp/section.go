package seccomp

import (
	"syscall"

	"github.com/seccomp/libseccomp-golang/internal/decision"
	"github.com/seccomp/libseccomp-golang/internal/table"
)

// Calls have their places in an array: first those with the numbers up to
// denseCalls, less base, which are all that are known but ARM's private ones,
// then absentCalls of those that the architecture lacks.
const (
	denseCalls  = 640
	absentCalls = 320
)

// absentBase is the highest pseudo number of a call that no multiplexer
// makes; they go down from there.
const absentBase = -10001

// slot is what a section says of one system call: nothing, a verdict, or,
// with a tree, what to ask first. Trees are few and lie apart.
type slot struct {
	verdict uint32
	set     bool
	tree    uint16 // one more than its index
}

// section is the part of a filter for one architecture.
type section struct {
	arch   ScmpArch
	target *target
	dense  [denseCalls + absentCalls]slot
	sparse []sparseSlot // any other numbers
	trees  []decision.Level
}

type sparseSlot struct {
	number int32
	slot
}

func newSection(arch ScmpArch) *section {
	return &section{arch: arch, target: &targets[arch]}
}

// slot is the place of a number, or nil if there is none yet.
func (s *section) slot(number int32) *slot {
	if at := int(number) - int(s.target.base); number >= 0 && at >= 0 && at < denseCalls {
		return &s.dense[at]
	}
	if at := absentBase - int(number); at >= 0 && at < absentCalls {
		return &s.dense[denseCalls+at]
	}
	for i := range s.sparse {
		if s.sparse[i].number == number {
			return &s.sparse[i].slot
		}
	}
	return nil
}

// tree is the tree of a slot, if it has one.
func (s *section) tree(of slot) decision.Level {
	if of.tree == 0 {
		return nil
	}
	return s.trees[of.tree-1]
}

// apply makes a planned change.
func (s *section) apply(c *change) {
	at := s.slot(c.number)
	if at == nil {
		s.sparse = append(s.sparse, sparseSlot{number: c.number})
		at = &s.sparse[len(s.sparse)-1].slot
	}
	next := slot{verdict: c.verdict, set: true, tree: at.tree}
	switch grown := c.tree.Add(c.add); {
	case len(grown) == 0:
		next.tree = 0
	case next.tree > 0:
		s.trees[next.tree-1] = grown
	default:
		s.trees = append(s.trees, grown)
		next.tree = uint16(len(s.trees))
	}
	*at = next
}

// change is what a rule does to one system call of a section.
type change struct {
	section *section
	number  int32
	verdict uint32
	tree    decision.Level // what there is to ask already
	add     decision.Level // what the rule adds to it
}

// plan appends what a rule changes in the section, for a call given by its
// number and, where the section needs it, the index of its name.
func (s *section) plan(changes []change, c located, r *rule) ([]change, error) {
	switch {
	case s.target.mux && c.known && multiplexed(table.Pseudo(c.index)):
		return s.planPair(changes, c.index, r)
	case s.target.mux && multiplexed(c.number):
		return nil, unrecognized(c.number)
	case c.number < 0 && r.exact:
		return nil, syscall.EDOM
	case c.number < 0 && s.target.mux:
		return changes, nil
	}
	return s.planCall(changes, c.number, r)
}

// planPair plans a rule for a multiplexed call and for the direct one. The
// multiplexer's first argument selects the call; what a rule asks of the
// others is asked there as well, as libseccomp does it.
func (s *section) planPair(changes []change, index int, r *rule) ([]change, error) {
	if r.exact && len(r.conditions) > 0 {
		return nil, errConditions
	}
	mux, selector := s.target.multiplexer(table.Pseudo(index))
	selected := rule{verdict: r.verdict, exact: r.exact}
	selected.conditions = append(make([]decision.Condition, 0, maxArguments), decision.Condition{
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
	var now decision.Level
	if at := s.slot(number); at != nil && at.set {
		if at.tree == 0 {
			return changes, nil
		}
		now = s.tree(*at)
	}
	var tree decision.Level
	if len(r.conditions) > 0 {
		tree = decision.Build(r.conditions, s.target.wide, r.verdict)
	}
	c := change{section: s, number: number, verdict: r.verdict, add: tree}
	if now != nil && tree != nil {
		var err error
		if c.tree, c.add, err = now.Check(tree, r.verdict); err != nil {
			return nil, syscall.EEXIST
		}
	}
	return append(changes, c), nil
}
