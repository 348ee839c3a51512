package program

import "github.com/seccomp/libseccomp-golang/internal/decision"

// held is what the accumulator holds: a word of an argument under a mask.
type held struct {
	word int
	mask uint32
}

// What it may hold other than that: something unknown, or anything at all
// where no way leads.
var (
	unknown     = held{word: -1}
	unreachable = held{word: -2}
)

// allBits is the mask of a test of a whole word.
const allBits = 0xffffffff

// block is a level that has been written, for another way to it.
type block struct {
	first *decision.Node
	needs need
	after label
	entry label
}

// tree writes the tests of one system call.
func (w *writer) tree(tree decision.Level) label {
	w.blocks = w.blocks[:0]
	return w.level(tree, unknown, w.asm.verdict(w.filter.Default))
}

// level writes a level and gives its entry. On entry the accumulator holds a
// word; where no test leads to a verdict the level goes on at after.
func (w *writer) level(l decision.Level, has held, after label) label {
	needs := has.needs(&l[0])
	for _, b := range w.blocks {
		if b.first == &l[0] && b.needs == needs && b.after == after {
			return b.entry
		}
	}
	entry := after
	for i := len(l) - 1; i > 0; i-- {
		entry = w.node(&l[i], heldAfter(&l[i-1]), entry)
	}
	entry = w.node(&l[0], has, entry)
	w.blocks = append(w.blocks, block{&l[0], needs, after, entry})
	return entry
}

// node writes a test; next is where it goes without a verdict.
func (w *writer) node(n *decision.Node, has held, next label) label {
	yes := w.exit(n.Yes, heldBy(n), next)
	if n.Mask == 0 && n.Test == decision.TestEqual {
		// Every word is equal where no bit counts.
		return yes
	}
	no := w.exit(n.No, heldBy(n), next)
	at := w.asm.conditional(codeOf(n.Test), n.Value, yes, no)
	needs := has.needs(n)
	if needs != needsNothing && n.Mask != allBits {
		at = w.asm.before(codeAnd, n.Mask, at)
	}
	if needs == needsLoad {
		at = w.asm.before(codeLoad, w.offset(n.Word), at)
	}
	return at
}

func (w *writer) exit(e decision.Exit, has held, next label) label {
	switch {
	case e.Decided:
		return w.asm.verdict(e.Verdict)
	case len(e.Next) > 0:
		return w.level(e.Next, has, next)
	}
	return next
}

// offset is where a word of an argument lies; big-endian machines have the
// upper half first.
func (w *writer) offset(word uint8) uint32 {
	if w.filter.Big {
		word ^= 1
	}
	return offsetArguments + 4*uint32(word)
}

func codeOf(test decision.Test) uint16 {
	switch test {
	case decision.TestGreater:
		return codeGreater
	case decision.TestGreaterOrEqual:
		return codeGreaterOrEqual
	}
	return codeEqual
}

// need is what a test needs first.
type need uint8

const (
	needsNothing need = iota
	needsMask         // the word is there, with more bits
	needsLoad
)

// needs says what a test needs where the accumulator holds something.
func (h held) needs(n *decision.Node) need {
	switch {
	case h == heldBy(n):
		return needsNothing
	case h.word == int(n.Word) && h.mask&n.Mask == n.Mask:
		return needsMask
	}
	return needsLoad
}

// heldBy is what the accumulator holds once the test is made.
func heldBy(n *decision.Node) held {
	return held{int(n.Word), n.Mask}
}

// heldAfter is what the accumulator holds where the node, and all it leads
// to, gave no verdict.
func heldAfter(n *decision.Node) held {
	by := heldBy(n)
	return join(heldBehind(n.Yes, by), heldBehind(n.No, by))
}

func heldBehind(e decision.Exit, by held) held {
	switch {
	case e.Decided:
		return unreachable
	case len(e.Next) > 0:
		return heldAfter(&e.Next[len(e.Next)-1])
	}
	return by
}

func join(a, b held) held {
	switch {
	case a == unreachable:
		return b
	case b == unreachable || a == b:
		return a
	}
	return unknown
}
