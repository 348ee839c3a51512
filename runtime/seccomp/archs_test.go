package seccomp

import (
	"encoding/binary"
	"testing"

	"github.com/seccomp/libseccomp-golang/internal/bpfvm"
)

func TestUnconditionalRules(t *testing.T) {
	condition := []ScmpCondition{{0, CompareEqual, 1, 0}}
	tests := []struct {
		name  string
		rules []entry
		want  uint32
	}{
		{"the first one holds", []entry{
			{"read", ActAllow, nil}, {"read", ActTrap, nil},
		}, retAllow},
		{"before conditions that come later", []entry{
			{"read", ActAllow, nil}, {"read", ActTrap, condition},
		}, retAllow},
		{"before conditions that came earlier", []entry{
			{"read", ActTrap, condition}, {"read", ActAllow, nil},
		}, retAllow},
		{"conditions that exclude nothing are none", []entry{
			{"read", ActTrap, condition},
			{"read", ActAllow, []ScmpCondition{{3, CompareMaskedEqual, 0, 9}}},
		}, retAllow},
	}
	for _, test := range tests {
		p := profile{byDefault: ActErrno, archs: []ScmpArch{ArchAMD64, ArchX86}, rules: test.rules}
		if got := verdictOf(t, &p, "read", 1); got != test.want {
			t.Errorf("%s: got %#x, want %#x", test.name, got, test.want)
		}
	}
}

func TestMultiplexedCalls(t *testing.T) {
	conditions := []ScmpCondition{{0, CompareEqual, 2, 0}, {1, CompareEqual, 3, 0}}
	tests := []struct {
		arch   ScmpArch
		rule   entry
		number uint32
		args   []uint64
		want   uint32
	}{
		{ArchX86, entry{"socket", ActAllow, nil}, 359, nil, retAllow},
		{ArchX86, entry{"socket", ActAllow, nil}, 102, []uint64{1}, retAllow},
		{ArchX86, entry{"socket", ActAllow, nil}, 102, []uint64{2}, retTrap},
		{ArchX86, entry{"accept", ActAllow, nil}, 102, []uint64{5}, retAllow},
		{ArchX86, entry{"sendmmsg", ActAllow, nil}, 102, []uint64{20}, retAllow},
		{ArchX86, entry{"shmctl", ActAllow, nil}, 117, []uint64{24}, retAllow},
		{ArchX86, entry{"shmctl", ActAllow, nil}, 396, nil, retAllow},
		{ArchX86, entry{"semtimedop", ActAllow, nil}, 117, []uint64{4}, retAllow},
		{ArchX86, entry{"socket", ActAllow, conditions}, 359, []uint64{2, 3}, retAllow},
		{ArchX86, entry{"socket", ActAllow, conditions}, 359, []uint64{1, 3}, retTrap},
		{ArchX86, entry{"socket", ActAllow, conditions}, 102, []uint64{1, 3}, retAllow},
		{ArchX86, entry{"socket", ActAllow, conditions}, 102, []uint64{1, 4}, retTrap},
		{ArchX86, entry{"socketcall", ActAllow, nil}, 102, []uint64{9}, retAllow},
		{ArchMIPSEL, entry{"socket", ActAllow, nil}, 4183, nil, retAllow},
		{ArchMIPSEL, entry{"socket", ActAllow, nil}, 4102, []uint64{1}, retAllow},
		{ArchPPC64LE, entry{"bind", ActAllow, nil}, 327, nil, retAllow},
		{ArchPPC64LE, entry{"bind", ActAllow, nil}, 102, []uint64{2}, retAllow},
		{ArchPPC64LE, entry{"bind", ActAllow, nil}, 102, []uint64{high | 2}, retTrap},
		{ArchS390X, entry{"recv", ActAllow, nil}, 102, []uint64{10}, retAllow},
		{ArchS390, entry{"msgrcv", ActAllow, nil}, 117, []uint64{12}, retAllow},
		{ArchM68K, entry{"socket", ActAllow, nil}, 356, nil, retAllow},
		{ArchSH, entry{"socket", ActAllow, nil}, 340, nil, retAllow},
		{ArchSHEB, entry{"socket", ActAllow, nil}, 102, []uint64{1}, retAllow},
		{ArchAMD64, entry{"socket", ActAllow, nil}, 102, []uint64{1}, retTrap}, // getuid
	}
	for _, test := range tests {
		p := profile{byDefault: ActTrap, archs: []ScmpArch{test.arch}, rules: []entry{test.rule}}
		got := verdictOfNumber(t, &p, targets[test.arch].audit, test.number, test.args...)
		if got != test.want {
			t.Errorf("%s on %v, number %d %v: got %#x, want %#x",
				test.rule.name, test.arch, test.number, test.args, got, test.want)
		}
	}
}

func TestX32(t *testing.T) {
	const audit = 0xc000003e
	rules := []entry{{"execve", ActAllow, nil}}
	tests := []struct {
		archs  []ScmpArch
		number uint32
		want   uint32
	}{
		{[]ScmpArch{ArchAMD64}, 59, retAllow},
		{[]ScmpArch{ArchAMD64}, x32First | 520, retKillThread},
		{[]ScmpArch{ArchAMD64}, x32First | 1, retKillThread},
		{[]ScmpArch{ArchAMD64}, 0xffffffff, retTrap},
		{[]ScmpArch{ArchAMD64}, 0xfffffffe, retKillThread},
		{[]ScmpArch{ArchX32}, x32First | 520, retAllow},
		{[]ScmpArch{ArchX32}, x32First | 59, retTrap},
		{[]ScmpArch{ArchX32}, 59, retKillThread},
		{[]ScmpArch{ArchAMD64, ArchX32}, 59, retAllow},
		{[]ScmpArch{ArchX32, ArchAMD64}, x32First | 520, retAllow},
		{[]ScmpArch{ArchAMD64, ArchX32}, x32First | 1, retTrap},
		{[]ScmpArch{ArchAMD64, ArchX32}, 0xffffffff, retTrap},
	}
	for _, test := range tests {
		p := profile{byDefault: ActTrap, archs: test.archs, rules: rules}
		if got := verdictOfNumber(t, &p, audit, test.number); got != test.want {
			t.Errorf("%v, number %#x: got %#x, want %#x", test.archs, test.number, got, test.want)
		}
	}
}

func TestBadArchAction(t *testing.T) {
	f, err := NewFilter(ActAllow)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.SetBadArchAction(ActErrno.SetReturnCode(7)); err != nil {
		t.Fatal(err)
	}
	program := exported(t, f, binary.LittleEndian)
	data := bpfvm.Data{Arch: 12345}
	words := data.Words(binary.LittleEndian)
	if got, _, _ := bpfvm.Run(program, &words); got != retErrno|7 {
		t.Errorf("got %#x", got)
	}
}

func TestArchs(t *testing.T) {
	f, err := NewFilter(ActAllow)
	if err != nil {
		t.Fatal(err)
	}
	present := func(arch ScmpArch, want bool) {
		t.Helper()
		if got, err := f.IsArchPresent(arch); err != nil || got != want {
			t.Errorf("%v: got %v, %v; want %v", arch, got, err, want)
		}
	}
	present(ArchNative, true)
	present(native(), true)
	present(ArchARM64, native() == ArchARM64)
	for range 2 {
		if err := f.AddArch(ArchARM64); err != nil {
			t.Error(err)
		}
	}
	present(ArchARM64, true)
	if f.AddArch(ArchS390X) == nil {
		t.Error("a big-endian architecture was added")
	}
	for range 2 {
		if err := f.RemoveArch(ArchARM64); err != nil {
			t.Error(err)
		}
	}
	present(ArchARM64, false)
	for _, arch := range []ScmpArch{ArchInvalid, ArchSHEB + 1} {
		if f.AddArch(arch) == nil || f.RemoveArch(arch) == nil {
			t.Errorf("%v was accepted", arch)
		}
	}
}

// A rule is not made up for an architecture that comes after it.
func TestRulesOfLaterArchs(t *testing.T) {
	f, err := NewFilter(ActTrap)
	if err != nil {
		t.Fatal(err)
	}
	read, err := GetSyscallFromName("read")
	if err != nil {
		t.Fatal(err)
	}
	if err := f.AddRule(read, ActAllow); err != nil {
		t.Fatal(err)
	}
	if err := f.AddArch(ArchARM); err != nil {
		t.Fatal(err)
	}
	program := exported(t, f, binary.LittleEndian)
	data := bpfvm.Data{Nr: 3, Arch: targets[ArchARM].audit}
	words := data.Words(binary.LittleEndian)
	if got, _, _ := bpfvm.Run(program, &words); got != retTrap {
		t.Errorf("got %#x", got)
	}
}

func TestAuditArchs(t *testing.T) {
	tests := map[ScmpArch]uint32{ // from linux/audit.h
		ArchX86: 0x40000003, ArchAMD64: 0xc000003e, ArchX32: 0xc000003e,
		ArchARM: 0x40000028, ArchARM64: 0xc00000b7,
		ArchMIPS: 0x00000008, ArchMIPS64: 0x80000008, ArchMIPS64N32: 0xa0000008,
		ArchMIPSEL: 0x40000008, ArchMIPSEL64: 0xc0000008, ArchMIPSEL64N32: 0xe0000008,
		ArchPPC: 0x00000014, ArchPPC64: 0x80000015, ArchPPC64LE: 0xc0000015,
		ArchS390: 0x00000016, ArchS390X: 0x80000016,
		ArchPARISC: 0x0000000f, ArchPARISC64: 0x8000000f,
		ArchRISCV64: 0xc00000f3, ArchLOONGARCH64: 0xc0000102,
		ArchM68K: 0x00000004, ArchSH: 0x4000002a, ArchSHEB: 0x0000002a,
	}
	for arch := ArchX86; arch <= ArchSHEB; arch++ {
		if got := targets[arch].audit; got != tests[arch] {
			t.Errorf("%v: got %#x, want %#x", arch, got, tests[arch])
		}
	}
}

// Two calls of PowerPC have one pseudo number elsewhere; libseccomp takes it
// for this one.
func TestOnePseudoNumberForTwoNames(t *testing.T) {
	p := profile{byDefault: ActTrap, archs: []ScmpArch{ArchPPC64LE}, rules: []entry{
		{"sys_debug_setcontext", ActAllow, nil},
	}}
	if got := verdictOf(t, &p, "sys_debug_setcontext"); got != retAllow {
		t.Errorf("got %#x", got)
	}
}

// Numbers that are no known call's may come in any order.
func TestUnknownNumbers(t *testing.T) {
	f := newFilter(t, ActTrap)
	numbers := []ScmpSyscall{100000, 700, 1 << 20, 650, 5}
	for _, call := range numbers {
		if err := f.AddRule(call, ActAllow); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.RemoveArch(ArchX32); err != nil {
		t.Fatal(err)
	}
	if native() == ArchAMD64 { // their numbers lie between those of two ABIs
		if err := f.AddArch(ArchX32); err != nil {
			t.Fatal(err)
		}
		if err := f.AddRule(0, ActAllow); err != nil {
			t.Fatal(err)
		}
	}
	program := exported(t, f, binary.NativeEndian)
	for _, call := range numbers {
		for off, want := range []uint32{retAllow, retTrap} {
			data := bpfvm.Data{Nr: uint32(call) + uint32(off), Arch: targets[native()].audit}
			words := data.Words(binary.NativeEndian)
			if got, _, _ := bpfvm.Run(program, &words); got != want {
				t.Errorf("number %d: got %#x, want %#x", data.Nr, got, want)
			}
		}
	}
}
