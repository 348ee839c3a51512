package program

import "github.com/seccomp/libseccomp-golang/internal/decision"

// Rule is what a filter says of one system call.
type Rule struct {
	Number  uint32
	Verdict uint32         // of every call, if there is no tree
	Tree    decision.Level // what to ask of the arguments
}

// Mode says which numbers an x86-64 section takes for its own.
type Mode uint8

// Of the two ABIs that share an architecture, one or both may be in a filter.
const (
	AllNumbers Mode = iota
	OnlyX64         // others than -1, with which tracers skip a call, are bad
	OnlyX32         // others are bad
)

// x32Bit is set in all numbers of x32.
const x32Bit = 0x40000000

// Section is the part of a filter for one architecture.
type Section struct {
	Arch  uint32
	Mode  Mode
	Rules []Rule // in the order of their numbers
}

// run is a range of numbers that are treated alike: from first to the first
// of the next run.
type run struct {
	first   uint32
	verdict uint32
	tree    decision.Level
}

// runs covers all numbers.
func (w *writer) runs(rules []Rule) []run {
	list := make([]run, 0, 64)
	next := uint64(0)
	for i := range rules {
		rule := &rules[i]
		if uint64(rule.Number) < next {
			continue
		}
		if uint64(rule.Number) > next {
			list = appendRun(list, run{first: uint32(next), verdict: w.filter.Default})
		}
		list = appendRun(list, run{rule.Number, rule.Verdict, rule.Tree})
		next = uint64(rule.Number) + 1
	}
	if next <= 0xffffffff {
		list = appendRun(list, run{first: uint32(next), verdict: w.filter.Default})
	}
	return list
}

// appendRun adds a run, joined to the last one where both have one verdict.
func appendRun(list []run, r run) []run {
	if n := len(list); n > 0 && r.tree == nil && list[n-1].tree == nil &&
		list[n-1].verdict == r.verdict {
		return list
	}
	return append(list, r)
}

// section writes a section and gives its entry.
func (w *writer) section(s *Section) label {
	list := w.runs(s.Rules)
	var entry label
	switch s.Mode {
	case OnlyX64:
		entry = w.onlyX64(list)
	case OnlyX32:
		bad := w.asm.verdict(w.filter.BadArch)
		entry = w.asm.branch(codeGreaterOrEqual, x32Bit, w.search(list), bad)
	default:
		if entry = w.search(list); len(list) == 1 {
			return entry
		}
	}
	return w.asm.loadThen(offsetNumber, entry)
}

// onlyX64 writes the search for a filter without x32. The number -1 is no
// call of any ABI: no rule can be for it, so it gets the default verdict.
func (w *writer) onlyX64(list []run) label {
	bad, fallback := w.asm.verdict(w.filter.BadArch), w.asm.verdict(w.filter.Default)
	high := w.asm.branch(codeEqual, 0xffffffff, fallback, bad)
	return w.asm.branch(codeGreaterOrEqual, x32Bit, high, w.search(below(list, x32Bit)))
}

// below keeps the runs that begin under a limit.
func below(list []run, limit uint32) []run {
	for len(list) > 1 && list[len(list)-1].first >= limit {
		list = list[:len(list)-1]
	}
	return list
}

// search writes a balanced search for the run of the number, which is loaded.
func (w *writer) search(list []run) label {
	if len(list) == 1 {
		return w.target(&list[0])
	}
	if len(list) == 3 && list[2].first-list[1].first == 1 && list[0].same(&list[2]) {
		// One number in the midst of a range is told apart by one test.
		around, single := w.target(&list[0]), w.target(&list[1])
		return w.asm.branch(codeEqual, list[1].first, single, around)
	}
	middle := len(list) / 2
	upper := w.search(list[middle:])
	lower := w.search(list[:middle])
	return w.asm.branch(codeGreaterOrEqual, list[middle].first, upper, lower)
}

func (r *run) same(other *run) bool {
	return r.tree == nil && other.tree == nil && r.verdict == other.verdict
}

// target is where the calls of a run go.
func (w *writer) target(r *run) label {
	if r.tree == nil {
		return w.asm.verdict(r.verdict)
	}
	return w.tree(r.tree)
}
