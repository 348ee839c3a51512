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
	owned   bool   // in the first node: the level is in one place only
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

// conflicts says whether one more rule would say something else than an
// earlier one about the same calls.
func (l Level) conflicts(rule Level) bool {
	n := &rule[0]
	for i := range l {
		switch {
		case l[i].sameTest(n):
			return l[i].conflicts(n)
		case l[i].after(n):
			return false
		}
	}
	return false
}

// add merges the tree of one more rule into the level, which is changed.
func (l Level) add(rule Level) Level {
	n := &rule[0]
	for i := range l {
		switch {
		case l[i].sameTest(n):
			l = l.own()
			l[i].merge(n)
			return l
		case l[i].after(n):
			return l.insert(i, n)
		}
	}
	return l.insert(len(l), n)
}

// own gives the level if it belongs to one place of one tree, or else a copy
// that does, with room for more. A level that is not owned has none behind it
// that are: Build makes all of them, and Add comes from the top.
func (l Level) own() Level {
	if l[0].owned {
		return l
	}
	level := make(Level, len(l), 2*len(l)+1)
	copy(level, l)
	level[0].owned = true
	return level
}

// insert puts one more node into the level.
func (l Level) insert(at int, n *Node) Level {
	l = slices.Insert(l.own(), at, *n)
	l[0].owned = true
	return l
}

// sameTest says whether two tests are one. As in libseccomp, a masked
// comparison is not, even if its mask leaves nothing out.
func (n *Node) sameTest(other *Node) bool {
	return n.Word == other.Word && n.Test == other.Test &&
		n.Mask == other.Mask && n.Value == other.Value &&
		(n.op == MaskedEqual) == (other.op == MaskedEqual)
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

// conflicts and merge join two nodes with the same test. Two rules may differ
// in the verdict of a shared upper half, and be told apart by the lower half;
// then the larger value's verdict is the one for what is above, the smaller
// one's for what is below.
func (n *Node) conflicts(other *Node) bool {
	open := n.open(other)
	return n.Yes.conflicts(other.Yes, open) || n.No.conflicts(other.No, open)
}

func (n *Node) merge(other *Node) {
	open := n.open(other)
	n.Yes.merge(other.Yes, open && other.full > n.full)
	n.No.merge(other.No, open && other.full < n.full)
}

// open says whether the lower half is still to be asked.
func (n *Node) open(other *Node) bool {
	return n.Word%2 == 1 && !n.leaf() && !other.leaf()
}

func (e Exit) conflicts(other Exit, open bool) bool {
	switch {
	case e.Decided && other.Decided:
		return e.Verdict != other.Verdict && !open
	case other.Decided:
		return !e.Next.only(other.Verdict)
	case e.Decided || len(e.Next) == 0 || len(other.Next) == 0:
		return false
	}
	return e.Next.conflicts(other.Next)
}

// merge joins what two rules say of the same outcome. A verdict covers
// whatever else would have been asked.
func (e *Exit) merge(other Exit, override bool) {
	switch {
	case e.Decided && (!other.Decided || !override), other.none():
	case other.Decided, len(e.Next) == 0:
		*e = other
	default:
		e.Next = e.Next.add(other.Next)
	}
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
