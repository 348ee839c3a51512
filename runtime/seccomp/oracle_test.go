package seccomp

import (
	"encoding/binary"
	"errors"
	"slices"
	"syscall"
	"testing"

	"github.com/seccomp/libseccomp-golang/internal/bpfvm"
	"github.com/seccomp/libseccomp-golang/internal/table"
)

// profile is a filter as somebody writes it down.
type profile struct {
	byDefault ScmpAction
	archs     []ScmpArch // without the native one, unless it is listed
	rules     []entry
}

// x32First is the first number that is not of x86-64.
const x32First = 0x40000000

// filter makes a filter of the profile. It takes the rules that conflict with
// earlier ones out of the profile, and fails on any other error.
func (p *profile) filter(t testing.TB) *ScmpFilter {
	t.Helper()
	f, err := NewFilter(p.byDefault)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(p.archs, native()) {
		if err := f.RemoveArch(ArchNative); err != nil {
			t.Fatal(err)
		}
	}
	for _, arch := range p.archs {
		if err := f.AddArch(arch); err != nil {
			t.Fatal(err)
		}
	}
	var accepted []entry
	for _, e := range p.rules {
		call, err := GetSyscallFromName(e.name)
		if err != nil {
			t.Fatal(err)
		}
		switch err := f.AddRuleConditional(call, e.action, e.conds); {
		case err == nil:
			accepted = append(accepted, e)
		case !errors.Is(err, syscall.EEXIST):
			t.Fatalf("%v: %v", e, err)
		}
	}
	p.rules = accepted
	return f
}

// exported is the filter's program, checked as the kernel does.
func exported(t testing.TB, f *ScmpFilter, order binary.ByteOrder) bpfvm.Program {
	t.Helper()
	raw, err := f.ExportBPFMem()
	if err != nil {
		t.Fatal(err)
	}
	program, err := bpfvm.Parse(raw, order)
	if err != nil {
		t.Fatal(err)
	}
	if err := bpfvm.Check(program); err != nil {
		t.Fatal(err)
	}
	return program
}

func (p *profile) order() binary.ByteOrder {
	if targets[p.archs[0]].big {
		return binary.BigEndian
	}
	return binary.LittleEndian
}

// verdicts is what the profile may mean for a call, by going through its
// rules one by one: the verdict of the first rule that asks nothing, or those
// of the rules that match, or the default.
func (p *profile) verdicts(data bpfvm.Data) []uint32 {
	found := false
	var matched []uint32
	for _, arch := range p.archs {
		if targets[arch].audit != data.Arch || !p.owns(arch, data.Nr) {
			continue
		}
		found = true
		for _, e := range p.rules {
			for _, way := range ways(e, arch) {
				switch {
				case way.number != int32(data.Nr):
				case !asks(way.conds, arch):
					return []uint32{e.action.verdict()}
				case holds(way.conds, data.Args, targets[arch].wide):
					matched = append(matched, e.action.verdict())
				}
			}
		}
	}
	switch {
	case !found:
		return []uint32{ActKillThread.verdict()}
	case len(matched) == 0:
		return []uint32{p.byDefault.verdict()}
	}
	// A rule that asks nothing goes before all others wherever it stands.
	return matched
}

// owns says whether a number belongs to the ABI, of those two that x86-64
// has; with both in the filter neither is asked.
func (p *profile) owns(arch ScmpArch, number uint32) bool {
	both := slices.Contains(p.archs, ArchAMD64) && slices.Contains(p.archs, ArchX32)
	switch {
	case both || number == 0xffffffff && arch == ArchAMD64:
		return true
	case arch == ArchAMD64:
		return number < x32First
	case arch == ArchX32:
		return number >= x32First
	}
	return true
}

// way is one way to make a call.
type way struct {
	number int32
	conds  []ScmpCondition
}

// ways lists the direct call and the one through a multiplexer.
func ways(e entry, arch ScmpArch) []way {
	index, _ := table.Find(e.name)
	to := &targets[arch]
	var list []way
	if number := to.direct(index); number >= 0 { // others cannot be made
		list = append(list, way{number, e.conds})
	}
	pseudo := table.Pseudo(index)
	if !to.mux || pseudo > -100 || pseudo < -300 {
		return list
	}
	selector := ScmpCondition{Op: CompareEqual, Operand1: uint64(-pseudo % 100)}
	number := int32(102)
	if pseudo <= -200 {
		number = 117
	}
	conds := []ScmpCondition{selector}
	for _, c := range e.conds {
		if c.Argument != 0 {
			conds = append(conds, c)
		}
	}
	return append(list, way{number + to.base, conds})
}

// asks says whether conditions exclude any call.
func asks(conds []ScmpCondition, arch ScmpArch) bool {
	for _, c := range conds {
		mask := c.Operand1
		if !targets[arch].wide {
			mask = uint64(uint32(mask))
		}
		if c.Op != CompareMaskedEqual || mask != 0 {
			return true
		}
	}
	return false
}

// holds says whether all conditions do. Arguments of 32 bits are compared
// with the lower halves of values.
func holds(conds []ScmpCondition, args [6]uint64, wide bool) bool {
	for _, c := range conds {
		arg, a, b := args[c.Argument], c.Operand1, c.Operand2
		if !wide {
			arg, a, b = uint64(uint32(arg)), uint64(uint32(a)), uint64(uint32(b))
		}
		if !compare(c.Op, arg, a, b) {
			return false
		}
	}
	return true
}

func compare(op ScmpCompareOp, arg, a, b uint64) bool {
	switch op {
	case CompareNotEqual:
		return arg != a
	case CompareLess:
		return arg < a
	case CompareLessOrEqual:
		return arg <= a
	case CompareEqual:
		return arg == a
	case CompareGreaterEqual:
		return arg >= a
	case CompareGreater:
		return arg > a
	}
	return arg&a == b&a
}
