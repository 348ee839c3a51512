package container

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// programImage makes a 64-bit program for this machine, which exits at once
// on amd64. Its first program header is PT_LOAD; the second, where there is an
// interpreter, PT_INTERP.
func programImage(interpreter string, edits ...func([]byte)) []byte {
	_, machines := programHost()
	if machines == nil {
		machines = []int{0}
	}
	exit := []byte{0xb8, 60, 0, 0, 0, 0x31, 0xff, 0x0f, 0x05} // exit(0)
	const code = 64 + 2*56
	b := make([]byte, code, 4096)
	copy(b, "\x7fELF\x02\x01\x01")
	put := binary.NativeEndian
	put.PutUint16(b[16:], 3)
	put.PutUint16(b[18:], uint16(machines[0]))
	put.PutUint32(b[20:], 1)
	put.PutUint64(b[24:], code)
	put.PutUint64(b[32:], 64)
	put.PutUint16(b[52:], 64)
	put.PutUint16(b[54:], 56)
	put.PutUint16(b[56:], 1)
	put.PutUint32(b[64:], 1) // PT_LOAD, readable and executable
	put.PutUint32(b[68:], 5)
	put.PutUint64(b[112:], 4096)
	b = append(b, exit...)
	if interpreter != "" {
		put.PutUint16(b[56:], 2)
		put.PutUint32(b[120:], 3) // PT_INTERP
		put.PutUint64(b[128:], uint64(len(b)))
		put.PutUint64(b[152:], uint64(len(interpreter)+1))
		b = append(b, interpreter+"\x00"...)
	}
	for _, edit := range edits {
		edit(b)
	}
	size := uint64(len(b))
	put.PutUint64(b[96:], size)
	put.PutUint64(b[104:], size)
	return b
}

// programImage32 makes one for the 32-bit sister of amd64.
func programImage32(interpreter string) []byte {
	b := make([]byte, 52+32)
	copy(b, "\x7fELF\x01\x01\x01")
	put := binary.LittleEndian
	put.PutUint16(b[16:], 2)
	put.PutUint16(b[18:], program386)
	put.PutUint32(b[28:], 52)
	put.PutUint16(b[42:], 32)
	put.PutUint16(b[44:], 1)
	put.PutUint32(b[52:], 3)
	put.PutUint32(b[56:], uint32(len(b)))
	put.PutUint32(b[68:], uint32(len(interpreter)+1))
	return append(b, interpreter+"\x00"...)
}

func program16(offset int, value uint16) func([]byte) {
	return func(b []byte) { binary.NativeEndian.PutUint16(b[offset:], value) }
}

func program64(offset int, value uint64) func([]byte) {
	return func(b []byte) { binary.NativeEndian.PutUint64(b[offset:], value) }
}

// programFar moves the interpreter's path beyond what is read at first.
func programFar(interpreter string) []byte {
	b := programImage(interpreter, program64(128, 9000))
	return append(append(b, make([]byte, 9000-len(b))...), interpreter+"\x00"...)
}

// programFarTable has its program headers beyond what is read at first.
func programFarTable() []byte {
	b := programImage("/none", program64(32, 8192))
	b = append(b, make([]byte, 8192-len(b))...)
	return append(b, b[64:176]...)
}

func programTooLong(interpreter string) []byte {
	b := programImage(interpreter, program64(152, 4097))
	return append(b, make([]byte, 8192)...)
}

func programELFCases() []programCase {
	bad := func(name string, edits ...func([]byte)) programCase {
		content := programImage("/lib64/ld.so", edits...)
		return programCase{name: name, content: content, want: programBroken}
	}
	static, dynamic := programImage(""), programImage("/lib64/ld.so")
	return []programCase{
		{name: "static", content: static},
		{name: "dynamic", content: dynamic},
		{name: "interpreter far away", content: programFar("/lib64/ld.so")},
		{name: "relative interpreter", content: programImage("bin/rel")},
		{name: "no interpreter", content: programImage("/lib/ld.so"),
			want: ` needs the interpreter "/lib/ld.so"` + programLost},
		{name: "no interpreter, far away", content: programFar("/lib/ld.so"),
			want: ` needs the interpreter "/lib/ld.so"` + programLost},
		{name: "interpreter only outside", content: programImage("/bin/host"),
			want: ` needs the interpreter "/bin/host"` + programLost},
		{name: "object file", content: programImage("", program16(16, 1)),
			want: ` is an ELF file but no program`},
		{name: "4 bytes", content: static[:4], want: programBroken},
		{name: "19 bytes", content: static[:19], want: programBroken},
		{name: "header only", content: static[:64], want: programBroken},
		{name: "half a table", content: dynamic[:130], want: programBroken},
		{name: "no path", content: dynamic[:186], want: programBroken},
		bad("no headers", program16(56, 0)),
		bad("too many headers", program16(56, 0xffff)),
		bad("small headers", program16(54, 55)),
		bad("table outside", program64(32, 1<<20)),
		bad("table far outside", program64(32, ^uint64(0))),
		bad("path outside", program64(128, 1<<20)),
		bad("path far outside", program64(128, ^uint64(0)-4)),
		bad("huge path", program64(152, 1<<63)),
		bad("short path", program64(152, 1)),
		bad("path not ended", program64(152, 12)),
		{name: "too many headers for the kernel",
			content: append(programImage("", program16(56, 1171)), make([]byte, 70000)...),
			want:    programBroken},
		{name: "path too long", content: programTooLong("/lib64/ld.so"), want: programBroken},
		{name: "empty path", content: programImage("\x00"), want: programBroken},
		{"table out of sight", programFarTable(), "", true},
	}
}

func TestProgram32(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Skip("needs amd64")
	}
	dir, root := programRootfs(t)
	path := filepath.Join(dir, "p")
	programMust(t, os.WriteFile(path, programImage32("/lib/ld-linux.so.2"), 0o755))
	want := `"/p" needs the interpreter "/lib/ld-linux.so.2"` + programLost
	if got := root.problem("/p"); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	programMust(t, os.WriteFile(path, programImage32("/lib64/ld.so"), 0o755))
	if got := root.problem("/p"); got != "" {
		t.Errorf("got %s", got)
	}
}

func TestProgramMachine(t *testing.T) {
	host, _ := programHost()
	if host == "" {
		t.Skip("this machine is none that programs are compared with")
	}
	dir, root := programRootfs(t)
	for _, c := range []struct {
		class, data byte
		number      [2]byte
		want        string
	}{
		{1, 1, [2]byte{8, 0}, "mipsel"},
		{2, 2, [2]byte{0, 8}, "mips64"},
		{2, 1, [2]byte{2, 1}, "loongarch64"},
		{1, 1, [2]byte{2, 1}, "loongarch32"},
		{2, 1, [2]byte{0, 0}, "another machine (ELF number 0)"},
		{2, 2, [2]byte{0x90, 0x26}, "another machine (ELF number 36902)"},
	} {
		b := programImage("/none")
		b[4], b[5], b[18], b[19] = c.class, c.data, c.number[0], c.number[1]
		programMust(t, os.WriteFile(filepath.Join(dir, "p"), b, 0o755))
		want := `"/p" is a program for ` + c.want + ", this machine is " + host
		if got := root.problem("/p"); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

func TestProgramMachineNames(t *testing.T) {
	for _, c := range []struct {
		number    int
		wide, big bool
		want      string
	}{
		{program386, false, false, "i386"},
		{programX8664, true, false, "x86_64"},
		{programAarch64, true, false, "aarch64"},
		{programARM, false, false, "arm"},
		{programRISCV, true, false, "riscv64"},
		{programRISCV, false, false, "riscv32"},
		{programPPC, false, true, "ppc"},
		{programPPC64, true, true, "ppc64"},
		{programPPC64, true, false, "ppc64le"},
		{programS390, true, true, "s390x"},
		{programS390, false, true, "s390"},
		{9999, true, true, ""},
	} {
		if got := programMachine(c.number, c.wide, c.big); got != c.want {
			t.Errorf("%d: got %q, want %q", c.number, got, c.want)
		}
	}
}
