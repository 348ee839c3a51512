package program

import "encoding/binary"

// Filter is a whole filter.
type Filter struct {
	Default uint32 // verdict of calls without a rule
	BadArch uint32 // verdict of calls of architectures without a section
	Big     bool   // the architectures are big-endian

	sections []Section
}

// New makes a filter that will have a number of sections.
func New(sections int) *Filter {
	return &Filter{sections: make([]Section, 0, sections)}
}

// writer writes a filter.
type writer struct {
	filter *Filter
	asm    assembler
}

// Bytes is the program of the filter, as the kernel of its architectures
// reads it: an array of struct sock_filter.
func (f *Filter) Bytes() ([]byte, error) {
	w := writer{filter: f}
	w.asm.code = make([]instruction, 0, 512)
	entry := w.asm.verdict(f.BadArch)
	for i := len(f.sections) - 1; i >= 0; i-- {
		s := &f.sections[i]
		entry = w.asm.branch(codeEqual, s.arch, w.section(s), entry)
	}
	start := w.asm.loadThen(offsetArch, entry)
	if f.Big {
		return w.asm.bytes(start, binary.BigEndian)
	}
	return w.asm.bytes(start, binary.LittleEndian)
}
