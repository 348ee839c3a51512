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
// 4096 instructions, and so does ExportBPF.
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
	p := &program.Filter{
		Default:  f.defaultAction.verdict(),
		BadArch:  f.badArch.verdict(),
		Big:      f.sections[0].target.big,
		Sections: make([]program.Section, 0, len(f.sections)),
	}
	x64, x32 := f.section(ArchAMD64), f.section(ArchX32)
	for _, s := range f.sections {
		section := program.Section{Arch: s.target.audit}
		switch {
		case s == x64 && x32 == nil:
			section.Mode = program.OnlyX64
		case s == x32 && x64 == nil:
			section.Mode = program.OnlyX32
		case s == x32:
			continue
		}
		section.Rules = s.rules(nil)
		if s == x64 && x32 != nil {
			section.Rules = x32.rules(section.Rules)
		}
		sortRules(section.Rules)
		p.Sections = append(p.Sections, section)
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

// rules appends the rules of all calls that can be made. Pseudo numbers were
// kept only to find conflicts.
func (s *section) rules(list []program.Rule) []program.Rule {
	list = slices.Grow(list, s.count())
	for at := range s.dense {
		if s.dense[at].set {
			number := uint32(s.target.base) + uint32(at)
			list = append(list, s.get(int32(number)).rule(number))
		}
	}
	for i := range s.sparse {
		if c := &s.sparse[i]; c.number >= 0 {
			list = append(list, c.rule(uint32(c.number)))
		}
	}
	return list
}

func (s *section) count() int {
	count := len(s.sparse)
	for at := range s.dense {
		if s.dense[at].set {
			count++
		}
	}
	return count
}

func (c call) rule(number uint32) program.Rule {
	return program.Rule{Number: number, Verdict: c.verdict, Tree: c.tree}
}

// sortRules sorts rules by number, which they mostly are.
func sortRules(list []program.Rule) {
	byNumber := func(a, b program.Rule) int { return int(int64(a.Number) - int64(b.Number)) }
	if !slices.IsSortedFunc(list, byNumber) {
		slices.SortStableFunc(list, byNumber)
	}
}
