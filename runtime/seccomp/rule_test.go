package seccomp

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
)

func newFilter(t *testing.T, byDefault ScmpAction) *ScmpFilter {
	t.Helper()
	f, err := NewFilter(byDefault)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func number(t *testing.T, name string) ScmpSyscall {
	t.Helper()
	call, err := GetSyscallFromName(name)
	if err != nil {
		t.Fatal(err)
	}
	return call
}

func TestRefusedRules(t *testing.T) {
	read := number(t, "read")
	condition := ScmpCondition{0, CompareEqual, 1, 0}
	tests := []struct {
		name string
		add  func(*ScmpFilter) error
		want error // or nil for any
	}{
		{"default action", func(f *ScmpFilter) error {
			return f.AddRule(read, ActAllow)
		}, errDefAction},
		{"invalid action", func(f *ScmpFilter) error {
			return f.AddRule(read, ActInvalid)
		}, nil},
		{"return code of another action", func(f *ScmpFilter) error {
			return f.AddRule(read, ActTrap|5<<16)
		}, nil},
		{"errno that the kernel lacks", func(f *ScmpFilter) error {
			return f.AddRule(read, ActErrno.SetReturnCode(maxErrno))
		}, syscall.EINVAL},
		{"reserved number", func(f *ScmpFilter) error {
			return f.AddRule(-1, ActTrap)
		}, nil},
		{"two conditions on an argument", func(f *ScmpFilter) error {
			return f.AddRuleConditional(read, ActTrap, []ScmpCondition{condition, condition})
		}, errConditions},
		{"condition on no argument", func(f *ScmpFilter) error {
			return f.AddRuleConditional(read, ActTrap, []ScmpCondition{{6, CompareEqual, 1, 0}})
		}, errConditions},
		{"condition that does not compare", func(f *ScmpFilter) error {
			return f.AddRuleConditional(read, ActTrap, []ScmpCondition{{}})
		}, errConditions},
		{"conflict", func(f *ScmpFilter) error {
			if err := f.AddRuleConditional(read, ActTrap, []ScmpCondition{condition}); err != nil {
				t.Fatal(err)
			}
			return f.AddRuleConditional(read, ActErrno, []ScmpCondition{condition})
		}, syscall.EEXIST},
		{"unknown number with another architecture", func(f *ScmpFilter) error {
			if err := f.AddArch(ArchARM); err != nil {
				t.Fatal(err)
			}
			return f.AddRule(9999, ActTrap)
		}, nil},
		{"exact rule of two architectures", func(f *ScmpFilter) error {
			if err := f.AddArch(ArchARM); err != nil {
				t.Fatal(err)
			}
			return f.AddRuleExact(read, ActTrap)
		}, syscall.EOPNOTSUPP},
		{"exact rule of an absent call", func(f *ScmpFilter) error {
			return f.AddRuleExact(-10250, ActTrap)
		}, syscall.EDOM},
		{"no architecture", func(f *ScmpFilter) error {
			if err := f.RemoveArch(ArchNative); err != nil {
				t.Fatal(err)
			}
			return f.AddRule(read, ActTrap)
		}, syscall.EINVAL},
		{"released filter", func(f *ScmpFilter) error {
			f.Release()
			return f.AddRule(read, ActTrap)
		}, errBadFilter},
	}
	for _, test := range tests {
		err := test.add(newFilter(t, ActAllow))
		if err == nil || test.want != nil && !errors.Is(err, test.want) {
			t.Errorf("%s: got %v, want %v", test.name, err, test.want)
		}
	}
}

func TestExactMultiplexedRules(t *testing.T) {
	f := newFilter(t, ActAllow)
	if err := f.AddArch(ArchX86); err != nil {
		t.Fatal(err)
	}
	if native() != ArchX86 {
		if err := f.RemoveArch(ArchNative); err != nil {
			t.Fatal(err)
		}
	}
	socket := number(t, "socket")
	conditions := []ScmpCondition{{1, CompareEqual, 1, 0}}
	if err := f.AddRuleConditionalExact(socket, ActTrap, conditions); err == nil {
		t.Error("conditions were accepted")
	}
	if err := f.AddRuleExact(socket, ActTrap); err != nil {
		t.Error(err)
	}
	if err := f.AddRuleConditional(number(t, "read"), ActTrap, conditions); err != nil {
		t.Error(err)
	}
}

// A rule that fails for one architecture leaves no trace in the others.
func TestRefusedRulesLeaveNoTrace(t *testing.T) {
	f := newFilter(t, ActAllow)
	if err := f.AddArch(ArchPARISC64); err == nil {
		t.Fatal("architectures of two byte orders")
	}
	if err := f.AddArch(ArchARM); err != nil {
		t.Fatal(err)
	}
	read := number(t, "read")
	low := []ScmpCondition{{0, CompareEqual, 1, 0}}
	if err := f.AddRuleConditional(read, ActTrap, low); err != nil {
		t.Fatal(err)
	}
	before, err := f.ExportBPFMem()
	if err != nil {
		t.Fatal(err)
	}
	// The same with 32 bits, but not with 64.
	both := []ScmpCondition{{0, CompareEqual, high | 1, 0}}
	if err := f.AddRuleConditional(read, ActErrno, both); !errors.Is(err, syscall.EEXIST) {
		t.Fatalf("got %v", err)
	}
	after, err := f.ExportBPFMem()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(before, after) {
		t.Error("the filter changed")
	}
}

func TestMakeCondition(t *testing.T) {
	got, err := MakeCondition(2, CompareMaskedEqual, 6, 4)
	if want := (ScmpCondition{2, CompareMaskedEqual, 6, 4}); err != nil || got != want {
		t.Errorf("got %v, %v", got, err)
	}
	got, err = MakeCondition(0, CompareLess, 9)
	if want := (ScmpCondition{0, CompareLess, 9, 0}); err != nil || got != want {
		t.Errorf("got %v, %v", got, err)
	}
	for _, make := range []func() (ScmpCondition, error){
		func() (ScmpCondition, error) { return MakeCondition(6, CompareEqual, 1) },
		func() (ScmpCondition, error) { return MakeCondition(0, CompareInvalid, 1) },
		func() (ScmpCondition, error) { return MakeCondition(0, CompareMaskedEqual+1, 1) },
		func() (ScmpCondition, error) { return MakeCondition(0, CompareEqual) },
		func() (ScmpCondition, error) { return MakeCondition(0, CompareEqual, 1, 2, 3) },
	} {
		if got, err := make(); err == nil {
			t.Errorf("got %v", got)
		}
	}
}

func TestExport(t *testing.T) {
	f := newFilter(t, ActTrap)
	if err := f.AddRule(number(t, "read"), ActAllow); err != nil {
		t.Fatal(err)
	}
	want, err := f.ExportBPFMem()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "filter")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.ExportBPF(file); err != nil {
		t.Error(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, want) {
		t.Errorf("got %x, %v; want %x", got, err, want)
	}
	if f.ExportBPF(file) == nil {
		t.Error("a closed file was written to")
	}
}

func TestTooManyInstructions(t *testing.T) {
	f := newFilter(t, ActTrap)
	for call := range ScmpSyscall(1500) {
		conditions := []ScmpCondition{{0, CompareEqual, uint64(call), 0}}
		if err := f.AddRuleConditional(call, ActAllow, conditions); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := f.ExportBPFMem(); !errors.Is(err, syscall.E2BIG) {
		t.Errorf("got %v", err)
	}
}

func TestFiltersAreSafeForConcurrentUse(t *testing.T) {
	f := newFilter(t, ActTrap)
	var group sync.WaitGroup
	for i := range ScmpSyscall(8) {
		group.Go(func() {
			if err := f.AddRule(i, ActAllow); err != nil {
				t.Error(err)
			}
			if _, err := f.ExportBPFMem(); err != nil {
				t.Error(err)
			}
			if _, err := GetAPI(); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
}
