package program

import "encoding/binary"

// Filter is a whole filter.
type Filter struct {
	Default  uint32 // verdict of calls without a rule
	BadArch  uint32 // verdict of calls of architectures without a section
	Big      bool   // the architectures are big-endian
	Sections []Section
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
	for i := len(f.Sections) - 1; i >= 0; i-- {
		s := &f.Sections[i]
		entry = w.asm.branch(codeEqual, s.Arch, w.section(s), entry)
	}
	start := w.asm.loadThen(offsetArch, entry)
	if f.Big {
		return w.asm.bytes(start, binary.BigEndian)
	}
	return w.asm.bytes(start, binary.LittleEndian)
}
