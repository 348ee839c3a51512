package seccomp

import (
	"errors"
	"testing"
)

func TestSyscallNames(t *testing.T) {
	tests := []struct {
		name   string
		arch   ScmpArch
		number ScmpSyscall
	}{
		{"read", ArchAMD64, 0},
		{"read", ArchX86, 3},
		{"read", ArchX32, 0x40000000},
		{"execve", ArchX32, 0x40000000 + 520},
		{"read", ArchMIPS, 4003},
		{"read", ArchMIPSEL64, 5000},
		{"read", ArchMIPS64N32, 6000},
		{"set_tls", ArchARM, 0xf0005},
		{"socket", ArchAMD64, 41},
		{"socket", ArchX86, -101},
		{"sendmmsg", ArchS390X, -120},
		{"semop", ArchPPC, -201},
		{"shmctl", ArchM68K, -224},
		{"socketcall", ArchX86, 102},
		{"socketcall", ArchMIPS, 4102},
		{"chown32", ArchAMD64, -10004},
		{"sigreturn", ArchSHEB, 119},
		{"clone3", ArchLOONGARCH64, 435},
		{"riscv_hwprobe", ArchRISCV64, 258},
		{"alloc_hugepages", ArchAMD64, 0},
	}
	for _, test := range tests {
		number, err := GetSyscallFromNameByArch(test.name, test.arch)
		if test.name == "alloc_hugepages" {
			if !errors.Is(err, ErrSyscallDoesNotExist) {
				t.Errorf("%s: got %v", test.name, err)
			}
			continue
		}
		if err != nil || number != test.number {
			t.Errorf("%s on %v: got %d, %v; want %d", test.name, test.arch, number, err, test.number)
		}
		if name, err := test.number.GetNameByArch(test.arch); err != nil || name != test.name {
			t.Errorf("%d on %v: got %q, %v; want %q", test.number, test.arch, name, err, test.name)
		}
	}
}

func TestUnknownSyscalls(t *testing.T) {
	if _, err := GetSyscallFromName("nosuchcall"); !errors.Is(err, ErrSyscallDoesNotExist) {
		t.Errorf("got %v", err)
	}
	if _, err := GetSyscallFromNameByArch("read", ArchInvalid); err == nil {
		t.Error("an invalid architecture was accepted")
	}
	for _, number := range []ScmpSyscall{9999, -1, -205, -20000} {
		if name, err := number.GetName(); !errors.Is(err, ErrSyscallDoesNotExist) {
			t.Errorf("%d: got %q, %v", number, name, err)
		}
		if name, err := number.GetNameByArch(ArchX86); !errors.Is(err, ErrSyscallDoesNotExist) {
			t.Errorf("%d on x86: got %q, %v", number, name, err)
		}
	}
}

func TestNativeNames(t *testing.T) {
	number, err := GetSyscallFromName("getpid")
	if err != nil {
		t.Fatal(err)
	}
	if name, err := number.GetName(); err != nil || name != "getpid" {
		t.Errorf("got %q, %v", name, err)
	}
	if arch, err := GetNativeArch(); err != nil || arch != native() {
		t.Errorf("got %v, %v", arch, err)
	}
}

func TestArchNames(t *testing.T) {
	for arch := ArchX86; arch <= ArchSHEB; arch++ {
		if got, err := GetArchFromString(arch.String()); err != nil || got != arch {
			t.Errorf("%v: got %v, %v", arch, got, err)
		}
	}
	others := map[string]ScmpArch{
		"x86_64": ArchAMD64, "x86-64": ArchAMD64, "x64": ArchAMD64, "AMD64": ArchAMD64,
		"aarch64": ArchARM64, "loongarch64": ArchLOONGARCH64,
	}
	for name, want := range others {
		if got, err := GetArchFromString(name); err != nil || got != want {
			t.Errorf("%s: got %v, %v", name, got, err)
		}
	}
	for _, name := range []string{"", "native", "vax"} {
		if got, err := GetArchFromString(name); err == nil {
			t.Errorf("%q: got %v", name, got)
		}
	}
}

func TestStrings(t *testing.T) {
	tests := []struct{ got, want string }{
		{ArchInvalid.String(), "Invalid architecture"},
		{ArchNative.String(), "native"},
		{ScmpArch(99).String(), "Unknown architecture 0x63"},
		{ActAllow.String(), "Action: Allow system call"},
		{ActErrno.SetReturnCode(5).String(), "Action: Return error code 5"},
		{ActTrace.SetReturnCode(6).String(), "Action: Notify tracing processes with code 6"},
		{ActInvalid.String(), "Unrecognized Action 0x0"},
		{CompareMaskedEqual.String(), "Masked equality"},
		{CompareInvalid.String(), "Invalid comparison operator"},
		{ScmpCompareOp(9).String(), "Unrecognized comparison operator 0x9"},
	}
	for _, test := range tests {
		if test.got != test.want {
			t.Errorf("got %q, want %q", test.got, test.want)
		}
	}
}
