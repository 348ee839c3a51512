package table

import "testing"

func TestNumbers(t *testing.T) {
	tests := []struct {
		column Column
		arch   string
		name   string
		want   int32
	}{
		{X8664, "x86_64", "read", 0},
		{X8664, "x86_64", "seccomp", 317},
		{X8664, "x86_64", "chown32", -10004},
		{X86, "x86", "socketcall", 102},
		{X86, "x86", "socket", 359},
		{X86, "x86", "accept", -105},
		{X32, "x32", "execve", 520},
		{ARM, "arm", "breakpoint", 0xf0001},
		{ARM, "arm", "set_tls", 0xf0005},
		{AARCH64, "aarch64", "open", -10166},
		{MIPS, "mips", "read", 3},
		{MIPS64, "mips64", "read", 0},
		{S390X, "s390x", "ipc", 117},
		{RISCV64, "riscv64", "riscv_flush_icache", 259},
		{LOONGARCH64, "loongarch64", "clone3", 435},
	}
	for _, test := range tests {
		index, ok := Find(test.name)
		if !ok {
			t.Errorf("%s is unknown", test.name)
			continue
		}
		if got := test.column.Number(index); got != test.want {
			t.Errorf("%s on %s: got %d, want %d", test.name, test.arch, got, test.want)
		}
	}
}

func TestNamesAndIndexes(t *testing.T) {
	previous := ""
	for i := range Count {
		name := Name(i)
		if name <= previous {
			t.Errorf("%q follows %q", name, previous)
		}
		previous = name
		if got, ok := Find(name); !ok || got != i {
			t.Errorf("Find(%q): got %d, %v; want %d", name, got, ok, i)
		}
	}
}

func TestNumbersAreUnique(t *testing.T) {
	columns := []Column{
		X86, X8664, X32, ARM, AARCH64, LOONGARCH64, M68K, MIPS, MIPS64, MIPS64N32,
		PARISC, PARISC64, PPC, PPC64, RISCV64, S390, S390X, SH,
	}
	for c, column := range columns {
		for i := range Count {
			if Name(i) == "switch_endian" && column.Number(i) < 0 {
				continue // is the pseudo number of sys_debug_setcontext
			}
			if got, ok := column.Index(column.Number(i)); !ok || got != i {
				t.Errorf("column %d: %s has the number %d of %s",
					c, Name(i), column.Number(i), Name(got))
			}
		}
	}
}

func TestUnknown(t *testing.T) {
	for _, name := range []string{"", "rea", "reads", "READ", "no_such_call"} {
		if index, ok := Find(name); ok {
			t.Errorf("Find(%q): got %d", name, index)
		}
	}
	if index, ok := X8664.Index(9999); ok {
		t.Errorf("number 9999 is %s", Name(index))
	}
}

func TestPack(t *testing.T) {
	for _, number := range []int{0, 471, -10254, 0xf0001} {
		packed, err := Pack(number)
		if err != nil {
			t.Fatal(err)
		}
		column := Column([]byte{byte(packed), byte(packed >> 8)})
		if got := column.Number(0); int(got) != number {
			t.Errorf("got %d, want %d", got, number)
		}
	}
	for _, number := range []int{0x7000, 0x10000, -0x8001} {
		if _, err := Pack(number); err == nil {
			t.Errorf("%d was packed", number)
		}
	}
}

func TestLookupsDoNotAllocate(t *testing.T) {
	if n := testing.AllocsPerRun(100, func() {
		index, _ := Find("clock_nanosleep_time64")
		_ = X86.Number(index)
	}); n != 0 {
		t.Errorf("got %v allocations", n)
	}
}
