package seccomp

import (
	"fmt"
	"os"
	"slices"
	"syscall"

	"github.com/seccomp/libseccomp-golang/internal/program"
)

// ExportBPF writes the filter to a file: an array of struct sock_filter, in
// the byte order of the filter's architectures. The kernel refuses more than
// 4096 instructions, and so does ExportBPF; it counts those that libcontainer
// puts before a filter, so that what it gives can be loaded.
func (f *ScmpFilter) ExportBPF(file *os.File) error {
	raw, err := f.ExportBPFMem()
	if err != nil {
		return err
	}
	if _, err := file.Write(raw); err != nil {
		return fmt.Errorf("export filter: %w", err)
	}
	return nil
}

// ExportBPFMem gives the bytes that ExportBPF writes.
func (f *ScmpFilter) ExportBPFMem() ([]byte, error) {
	f.lock.Lock()
	defer f.lock.Unlock()
	if !f.usable() {
		return nil, f.unusable()
	}
	raw, err := f.program().Bytes()
	if err != nil {
		return nil, fmt.Errorf("export filter: %w: %w", syscall.E2BIG, err)
	}
	return raw, nil
}

// program is the filter as it is written. The two ABIs of x86-64 are one
// architecture to the kernel.
func (f *ScmpFilter) program() *program.Filter {
	p := program.New(len(f.sections))
	p.Default = f.defaultAction.verdict()
	p.BadArch = f.badArch.verdict()
	p.Big = f.sections[0].target.big
	p.Before = f.stub()
	x64, x32 := f.section(ArchAMD64), f.section(ArchX32)
	for _, s := range f.sections {
		switch {
		case s == x64 && x32 == nil:
			s.export(p.Section(s.target.audit, program.OnlyX64))
		case s == x32 && x64 == nil:
			s.export(p.Section(s.target.audit, program.OnlyX32))
		case s == x64:
			s.export(p.Section(s.target.audit, program.AllNumbers), x32)
		case s != x32:
			s.export(p.Section(s.target.audit, program.AllNumbers))
		}
	}
	return p
}

func (f *ScmpFilter) section(arch ScmpArch) *section {
	for _, s := range f.sections {
		if s.arch == arch {
			return s
		}
	}
	return nil
}

// export adds the calls of the section to a program's, and those of others
// with a higher base.
func (s *section) export(to *program.Section, others ...*section) {
	scattered := s.scattered(nil)
	for _, other := range others {
		scattered = other.scattered(scattered)
	}
	slices.SortStableFunc(scattered, func(a, b placed) int { return int(a.number - b.number) })
	scattered = s.exportDense(to, scattered)
	for _, other := range others {
		scattered = other.exportDense(to, scattered)
	}
	for _, p := range scattered {
		p.add(to)
	}
}

// placed is a call with its number and the section that has its tree.
type placed struct {
	section *section
	number  int64
	slot    slot
}

func (p *placed) add(to *program.Section) {
	to.Add(uint32(p.number), p.slot.verdict, p.section.tree(p.slot))
}

// scattered appends the calls outside the array that can be made. Pseudo
// numbers were kept only to find conflicts.
func (s *section) scattered(list []placed) []placed {
	for i := range s.sparse {
		if c := &s.sparse[i]; c.number >= 0 {
			list = append(list, placed{s, int64(c.number), c.slot})
		}
	}
	return list
}

// exportDense adds the calls in the array, and before each of them those of
// a sorted list that come first. It gives what is left of the list.
func (s *section) exportDense(to *program.Section, scattered []placed) []placed {
	for at := range denseCalls {
		if !s.dense[at].set {
			continue
		}
		number := int64(s.target.base) + int64(at)
		for len(scattered) > 0 && scattered[0].number < number {
			scattered[0].add(to)
			scattered = scattered[1:]
		}
		to.Add(uint32(number), s.dense[at].verdict, s.tree(s.dense[at]))
	}
	return scattered
}
