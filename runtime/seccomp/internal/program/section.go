package program

import "github.com/seccomp/libseccomp-golang/internal/decision"

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
	arch     uint32
	mode     Mode
	fallback uint32
	runs     []run
	next     uint64 // the first number without a run
}

// run is a range of numbers that are treated alike: from first to the first
// of the next run.
type run struct {
	first   uint32
	verdict uint32         // if there is no tree
	tree    decision.Level // what to ask of the arguments
}

// Section adds a section to the filter. Without calls, it has the default
// verdict for all.
func (f *Filter) Section(arch uint32, mode Mode) *Section {
	f.sections = append(f.sections, Section{
		arch: arch, mode: mode, fallback: f.Default, runs: make([]run, 0, 96),
	})
	return &f.sections[len(f.sections)-1]
}

// Add says what happens to one system call: a verdict, or if there is a tree
// what the tree decides. Calls must come in the order of their numbers; the
// second of two with one number counts for nothing.
func (s *Section) Add(number, verdict uint32, tree decision.Level) {
	if uint64(number) < s.next {
		return
	}
	if uint64(number) > s.next {
		s.append(run{first: uint32(s.next), verdict: s.fallback})
	}
	s.append(run{number, verdict, tree})
	s.next = uint64(number) + 1
}

// all gives runs for all numbers.
func (s *Section) all() []run {
	if s.next <= 0xffffffff {
		s.append(run{first: uint32(s.next), verdict: s.fallback})
	}
	return s.runs
}

// append adds a run, joined to the last one where both have one verdict.
func (s *Section) append(r run) {
	if n := len(s.runs); n == 0 || !s.runs[n-1].same(&r) {
		s.runs = append(s.runs, r)
	}
}

// same says whether two runs have one verdict.
func (r *run) same(other *run) bool {
	return r.tree == nil && other.tree == nil && r.verdict == other.verdict
}

// section writes a section and gives its entry.
func (w *writer) section(s *Section) label {
	list := s.all()
	var entry label
	switch s.mode {
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
	return w.asm.before(codeLoad, offsetNumber, entry)
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

// target is where the calls of a run go.
func (w *writer) target(r *run) label {
	if r.tree == nil {
		return w.asm.verdict(r.verdict)
	}
	return w.tree(r.tree)
}
