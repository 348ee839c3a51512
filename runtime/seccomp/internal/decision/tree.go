package decision

import (
	"errors"
	"slices"
)

// ErrConflict is what Add gives for a rule that says something else than an
// earlier one about the same calls.
var ErrConflict = errors.New("conflicts with an earlier rule")

// Test is a comparison that BPF has an instruction for.
type Test uint8

// The tests; the word is masked first.
const (
	TestEqual Test = iota
	TestGreater
	TestGreaterOrEqual
)

// Level is a row of tests, to be tried in order.
type Level []Node

// Node is a test of one word of an argument, and where it leads.
type Node struct {
	Word    uint8 // twice the argument, one more for the upper half
	Test    Test
	op      Op // the comparison that the test was first made for
	Mask    uint32
	Value   uint32
	full    uint64 // the value of that comparison
	Yes, No Exit
}

// Exit is where a test leads: to a verdict, to further tests, or, with
// neither, to the next test of the level. Tests that end without a verdict
// also go on there.
type Exit struct {
	Decided bool
	Verdict uint32
	Next    Level
}

// Add merges the tree of one more rule, as Build makes it, into the level.
// The level itself stays as it is.
func (l Level) Add(rule Level) (Level, error) {
	n := &rule[0]
	for i := range l {
		switch {
		case l[i].sameTest(n):
			merged, err := l[i].merge(n)
			if err != nil {
				return nil, err
			}
			level := slices.Clone(l)
			level[i] = merged
			return level, nil
		case l[i].after(n):
			return l.insert(i, n), nil
		}
	}
	return l.insert(len(l), n), nil
}

// insert gives the level with one more node.
func (l Level) insert(at int, n *Node) Level {
	level := make(Level, len(l)+1)
	copy(level, l[:at])
	level[at] = *n
	copy(level[at+1:], l[at:])
	return level
}

func (n *Node) sameTest(other *Node) bool {
	return n.Word == other.Word && n.Test == other.Test &&
		n.Mask == other.Mask && n.Value == other.Value
}

// after says whether the node comes after the other one in a level.
func (n *Node) after(other *Node) bool {
	if n.Word != other.Word {
		return n.Word < other.Word
	}
	if a, b := n.rank(), other.rank(); a != b {
		return a < b
	}
	if n.rank() == rankLess {
		return n.Value > other.Value
	}
	return n.Value < other.Value
}

// The ranks of comparisons in a level; the highest is asked first.
const (
	rankGreater = iota
	rankLess
	rankEqual
)

func (n *Node) rank() int {
	switch n.op {
	case Greater, GreaterOrEqual:
		return rankGreater
	case Less, LessOrEqual:
		return rankLess
	}
	return rankEqual
}

func (n *Node) leaf() bool {
	return len(n.Yes.Next) == 0 && len(n.No.Next) == 0
}

// merge joins two nodes with the same test. Two rules may differ in the
// verdict of a shared upper half, and be told apart by the lower half; then
// the larger value's verdict is the one for what is above, the smaller one's
// for what is below.
func (n *Node) merge(other *Node) (Node, error) {
	merged := *n
	open := !n.leaf() && !other.leaf() && n.Word%2 == 1
	larger := other.full > n.full
	smaller := other.full < n.full
	var err error
	if merged.Yes, err = n.Yes.merge(other.Yes, open, larger); err != nil {
		return Node{}, err
	}
	if merged.No, err = n.No.merge(other.No, open, smaller); err != nil {
		return Node{}, err
	}
	return merged, nil
}

// merge joins what two rules say of the same outcome. A verdict covers
// whatever else would have been asked; it may replace tests only if they all
// lead to itself.
func (e Exit) merge(other Exit, open, override bool) (Exit, error) {
	switch {
	case e.Decided && other.Decided:
		return e.settle(other, open, override)
	case e.Decided:
		return e, nil
	case other.Decided:
		if !e.Next.only(other.Verdict) {
			return Exit{}, ErrConflict
		}
		return other, nil
	case len(e.Next) == 0:
		return other, nil
	case len(other.Next) == 0:
		return e, nil
	}
	next, err := e.Next.Add(other.Next)
	return Exit{Next: next}, err
}

func (e Exit) settle(other Exit, open, override bool) (Exit, error) {
	switch {
	case e.Verdict == other.Verdict:
		return e, nil
	case !open:
		return Exit{}, ErrConflict
	case override:
		return other, nil
	}
	return e, nil
}

// only says whether the level leads to no other verdict.
func (l Level) only(verdict uint32) bool {
	for i := range l {
		for _, exit := range [...]*Exit{&l[i].Yes, &l[i].No} {
			if exit.Decided && exit.Verdict != verdict || !exit.Next.only(verdict) {
				return false
			}
		}
	}
	return true
}
