package program

import "github.com/seccomp/libseccomp-golang/internal/decision"

// What the accumulator may hold other than a whole word of an argument:
// something unknown, or anything at all where no way leads.
const (
	unknown     = -1
	unreachable = -2
)

// allBits is the mask of a test of a whole word.
const allBits = 0xffffffff

// block is a level that has been written, for another way to it.
type block struct {
	first *decision.Node
	loads bool
	after label
	entry label
}

// treeWriter writes the tests of one system call.
type treeWriter struct {
	*writer
	blocks []block
}

func (w *writer) tree(tree decision.Level) label {
	t := treeWriter{writer: w}
	return t.level(tree, unknown, w.asm.verdict(w.filter.Default))
}

// level writes a level and gives its entry. On entry the accumulator holds a
// word; where no test leads to a verdict the level goes on at after.
func (t *treeWriter) level(l decision.Level, held int, after label) label {
	loads := int(l[0].Word) != held
	for _, b := range t.blocks {
		if b.first == &l[0] && b.loads == loads && b.after == after {
			return b.entry
		}
	}
	entry := after
	for i := len(l) - 1; i > 0; i-- {
		entry = t.node(&l[i], heldAfter(&l[i-1]), entry)
	}
	entry = t.node(&l[0], held, entry)
	t.blocks = append(t.blocks, block{&l[0], loads, after, entry})
	return entry
}

// node writes a test; next is where it goes without a verdict.
func (t *treeWriter) node(n *decision.Node, held int, next label) label {
	yes := t.exit(n.Yes, heldBy(n), next)
	if n.Mask == 0 && n.Test == decision.TestEqual {
		// Every word is equal where no bit counts.
		return yes
	}
	no := t.exit(n.No, heldBy(n), next)
	at := t.asm.conditional(codeOf(n.Test), n.Value, yes, no)
	if n.Mask != allBits {
		at = t.asm.emit(instruction{code: codeAnd, k: n.Mask})
	}
	if held != int(n.Word) {
		at = t.asm.load(t.offset(n.Word))
	}
	return at
}

func (t *treeWriter) exit(e decision.Exit, held int, next label) label {
	switch {
	case e.Decided:
		return t.asm.verdict(e.Verdict)
	case len(e.Next) > 0:
		return t.level(e.Next, held, next)
	}
	return next
}

// offset is where a word of an argument lies; big-endian machines have the
// upper half first.
func (t *treeWriter) offset(word uint8) uint32 {
	if t.filter.Big {
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

// heldBy is what the accumulator holds once the test is made.
func heldBy(n *decision.Node) int {
	if n.Mask != allBits {
		return unknown
	}
	return int(n.Word)
}

// heldAfter is what the accumulator holds where the node, and all it leads
// to, gave no verdict.
func heldAfter(n *decision.Node) int {
	held := heldBy(n)
	return join(heldBehind(n.Yes, held), heldBehind(n.No, held))
}

func heldBehind(e decision.Exit, held int) int {
	switch {
	case e.Decided:
		return unreachable
	case len(e.Next) > 0:
		return heldAfter(&e.Next[len(e.Next)-1])
	}
	return held
}

func join(a, b int) int {
	switch {
	case a == unreachable:
		return b
	case b == unreachable || a == b:
		return a
	}
	return unknown
}
