package seccomp

import (
	"fmt"
	"testing"

	"github.com/seccomp/libseccomp-golang/internal/bpfvm"
)

const high = uint64(1) << 32

// verdictOf runs the filter of a profile on a call of its first architecture.
func verdictOf(t *testing.T, p *profile, name string, args ...uint64) uint32 {
	t.Helper()
	call, err := GetSyscallFromNameByArch(name, p.archs[0])
	if err != nil {
		t.Fatal(err)
	}
	return verdictOfNumber(t, p, targets[p.archs[0]].audit, uint32(call), args...)
}

func verdictOfNumber(
	t *testing.T, p *profile, audit, number uint32, args ...uint64,
) uint32 {
	t.Helper()
	program := exported(t, p.filter(t), p.order())
	data := bpfvm.Data{Nr: number, Arch: audit}
	copy(data.Args[:], args)
	words := data.Words(p.order())
	got, _, err := bpfvm.Run(program, &words)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestOperators(t *testing.T) {
	type expect struct {
		arg          uint64
		wide, narrow bool // whether the condition holds with 64 and 32 bits
	}
	tests := []struct {
		op   ScmpCompareOp
		a, b uint64
		args []expect
	}{
		{CompareEqual, high | 5, 0, []expect{
			{high | 5, true, true}, {5, false, true}, {high | 4, false, false}, {2*high | 5, false, true},
		}},
		{CompareNotEqual, high | 5, 0, []expect{
			{high | 5, false, false}, {5, true, false}, {high | 6, true, true},
		}},
		{CompareLess, high | 5, 0, []expect{
			{high | 4, true, true}, {high | 5, false, false}, {high | 6, false, false},
			{9, true, false}, {2*high | 1, false, true},
		}},
		{CompareLessOrEqual, high | 5, 0, []expect{
			{high | 4, true, true}, {high | 5, true, true}, {high | 6, false, false},
			{9, true, false}, {2*high | 1, false, true},
		}},
		{CompareGreater, high | 5, 0, []expect{
			{high | 4, false, false}, {high | 5, false, false}, {high | 6, true, true},
			{9, false, true}, {2*high | 1, true, false},
		}},
		{CompareGreaterEqual, high | 5, 0, []expect{
			{high | 4, false, false}, {high | 5, true, true}, {high | 6, true, true},
			{9, false, true}, {2*high | 1, true, false},
		}},
		{CompareMaskedEqual, 3*high | 6, 1*high | 2, []expect{
			{1*high | 2, true, true}, {5*high | 3, true, true}, {3*high | 2, false, true},
			{1*high | 6, false, false},
		}},
		{CompareMaskedEqual, 6, high | 3, []expect{ // values are masked as well
			{2, true, true}, {7*high | 3, true, true}, {6, false, false},
		}},
		{CompareMaskedEqual, 6 * high, 2 * high, []expect{
			{2 * high, true, true}, {4 * high, false, true},
		}},
		{CompareLess, 0, 0, []expect{{0, false, false}, {^uint64(0), false, false}}},
		{CompareGreater, ^uint64(0), 0, []expect{{^uint64(0), false, false}}},
		{CompareGreaterEqual, 0, 0, []expect{{0, true, true}, {^uint64(0), true, true}}},
	}
	for _, arch := range []ScmpArch{ArchAMD64, ArchX86, ArchS390X, ArchPPC, ArchMIPSEL64N32} {
		for _, test := range tests {
			t.Run(fmt.Sprintf("%v %v %#x", arch, test.op, test.a), func(t *testing.T) {
				p := profile{byDefault: ActTrap, archs: []ScmpArch{arch}, rules: []entry{
					{"fchmod", ActAllow, []ScmpCondition{{1, test.op, test.a, test.b}}},
				}}
				for _, e := range test.args {
					want, matches := uint32(retTrap), e.narrow
					if targets[arch].wide {
						matches = e.wide
					}
					if matches {
						want = retAllow
					}
					if got := verdictOf(t, &p, "fchmod", 0, e.arg); got != want {
						t.Errorf("argument %#x: got %#x, want %#x", e.arg, got, want)
					}
				}
			})
		}
	}
}

func TestSeveralConditions(t *testing.T) {
	p := profile{byDefault: ActTrap, archs: []ScmpArch{ArchAMD64}, rules: []entry{
		{"fchmod", ActAllow, []ScmpCondition{
			{5, CompareGreater, 7, 0}, {0, CompareEqual, 1, 0}, {2, CompareNotEqual, high, 0},
		}},
	}}
	tests := []struct {
		args []uint64
		want uint32
	}{
		{[]uint64{1, 0, 0, 0, 0, 8}, retAllow},
		{[]uint64{1, 0, 2 * high, 0, 0, high}, retAllow},
		{[]uint64{2, 0, 0, 0, 0, 8}, retTrap},
		{[]uint64{1, 0, high, 0, 0, 8}, retTrap},
		{[]uint64{1, 0, 0, 0, 0, 7}, retTrap},
	}
	for _, test := range tests {
		if got := verdictOf(t, &p, "fchmod", test.args...); got != test.want {
			t.Errorf("%v: got %#x, want %#x", test.args, got, test.want)
		}
	}
}

func TestActions(t *testing.T) {
	tests := []struct {
		action ScmpAction
		want   uint32
	}{
		{ActKillThread, 0},
		{ActKillProcess, 0x80000000},
		{ActTrap, 0x00030000},
		{ActErrno, 0x00050000},
		{ActErrno.SetReturnCode(38), 0x00050026},
		{ActNotify, 0x7fc00000},
		{ActTrace.SetReturnCode(0x1234), 0x7ff01234},
		{ActTrace.SetReturnCode(-1), 0x7ff0ffff},
		{ActLog, 0x7ffc0000},
	}
	for _, test := range tests {
		p := profile{byDefault: ActAllow, archs: []ScmpArch{ArchAMD64}, rules: []entry{
			{"read", test.action, nil},
		}}
		if got := verdictOf(t, &p, "read"); got != test.want {
			t.Errorf("%v: got %#x, want %#x", test.action, got, test.want)
		}
		if back := actionOf(test.want); back != test.action {
			t.Errorf("%#x: got %v, want %v", test.want, back, test.action)
		}
		if got := verdictOf(t, &p, "write"); got != retAllow {
			t.Errorf("%v: another call gets %#x", test.action, got)
		}
	}
}
