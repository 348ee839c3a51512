package program

import (
	"encoding/binary"
	"fmt"
)

// Filter is a whole filter.
type Filter struct {
	Default uint32 // verdict of calls without a rule
	BadArch uint32 // verdict of calls of architectures without a section
	Big     bool   // the architectures are big-endian
	Before  int    // how many instructions will be put before the filter

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
	blocks []block // of the tree that is being written
}

// Bytes is the program of the filter, as the kernel of its architectures
// reads it: an array of struct sock_filter.
func (f *Filter) Bytes() ([]byte, error) {
	w := writer{filter: f}
	w.asm.code = make([]instruction, 0, 384)
	entry := w.asm.verdict(f.BadArch)
	for i := len(f.sections) - 1; i >= 0; i-- {
		s := &f.sections[i]
		entry = w.asm.branch(codeEqual, s.arch, w.section(s), entry)
	}
	start := w.asm.before(codeLoad, offsetArch, entry)
	if length := int(start) + 1; length+f.Before > MaxInstructions {
		return nil, fmt.Errorf("%w: %d, and %d to go before them", ErrTooLong, length, f.Before)
	}
	if f.Big {
		return w.asm.bytes(start, binary.BigEndian), nil
	}
	return w.asm.bytes(start, binary.LittleEndian), nil
}
