package container

import (
	"bytes"
	"encoding/binary"
	"runtime"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"
)

// programLayout tells where the fields are that matter here.
type programLayout struct {
	phoff, phentsize, phnum int // in the ELF header
	entry, offset, filesz   int // a program header's size and fields
	word                    int // size of phoff, offset and filesz
}

var (
	programELF64 = programLayout{32, 54, 56, 56, 8, 32, 8}
	programELF32 = programLayout{28, 42, 44, 32, 4, 16, 4}
)

// at reads a word, in this machine's byte order as the kernel does.
func (l programLayout) at(b []byte, offset int) uint64 {
	if l.word == 4 {
		return uint64(binary.NativeEndian.Uint32(b[offset:]))
	}
	return binary.NativeEndian.Uint64(b[offset:])
}

// Numbers of ELF machines.
const (
	program386       = 3
	program486       = 6
	programMIPS      = 8
	programPPC       = 20
	programPPC64     = 21
	programS390      = 22
	programARM       = 40
	programX8664     = 62
	programAarch64   = 183
	programRISCV     = 243
	programLoongArch = 258
)

// programELFStart is what comes before the fields whose place depends on the
// class.
const programELFStart = 20

// elfProblem checks what the kernel checks before it gives up the old
// program; the machine first, for it decides how to read the rest.
func (f *programFile) elfProblem() string {
	const executable, shared = 2, 3
	const damage = " is a truncated or damaged ELF file"
	if f.n < programELFStart {
		return programQuote(f.name) + damage
	}
	host, machines := programHost()
	if host == "" {
		return ""
	}
	if !slices.Contains(machines, f.half(18)) {
		return f.foreign(host)
	}
	if kind := f.half(16); kind != executable && kind != shared {
		return programQuote(f.name) + " is an ELF file but no program"
	}
	interpreter, damaged := f.interpreter()
	switch {
	case damaged:
		return programQuote(f.name) + damage
	case interpreter != "" && !f.root.has(interpreter):
		return programQuote(f.name) + " needs the interpreter " + programQuote(interpreter) +
			", which the root file system does not have"
	}
	return ""
}

// interpreter returns what the first PT_INTERP says. Program headers that are
// not in the file's head are not looked at.
func (f *programFile) interpreter() (path string, damaged bool) {
	const ptInterp, most = 3, 64 << 10
	l := programELF64
	if f.half(l.phentsize) != l.entry {
		l = programELF32
	}
	table, size := l.at(f.head[:], l.phoff), l.entry*f.half(l.phnum)
	if f.half(l.phentsize) != l.entry || size == 0 || size > most ||
		!f.holds(table, uint64(size)) {
		return "", true
	}
	for ; size > 0 && table <= uint64(programHead-l.entry); size -= l.entry {
		header := f.head[table:][:l.entry]
		if binary.NativeEndian.Uint32(header) == ptInterp {
			return f.interpreterAt(l.at(header, l.offset), l.at(header, l.filesz))
		}
		table += uint64(l.entry)
	}
	return "", false
}

func (f *programFile) half(offset int) int {
	return int(binary.NativeEndian.Uint16(f.head[offset:]))
}

// holds is written so that no sum can overflow.
func (f *programFile) holds(offset, size uint64) bool {
	return offset <= f.size && size <= f.size-offset
}

// interpreterAt reads a path with the zero byte behind it.
func (f *programFile) interpreterAt(offset, size uint64) (path string, damaged bool) {
	if size < 2 || size > unix.PathMax || !f.holds(offset, size) {
		return "", true
	}
	text := make([]byte, size)
	if offset+size <= uint64(f.n) {
		copy(text, f.head[offset:])
	} else if n, _ := unix.Pread(f.fd, text, int64(offset)); n != len(text) {
		return "", false // the file is changing, or cannot be read
	}
	name, _, _ := bytes.Cut(text, []byte{0})
	return string(name), text[size-1] != 0 || len(name) == 0
}

// programHost is this machine and the ELF machines its kernel may run.
// Whether it is configured to run the 32-bit ones is not asked.
func programHost() (name string, machines []int) {
	switch runtime.GOARCH {
	case "amd64":
		return "x86_64", []int{programX8664, program386, program486}
	case "arm64":
		return "aarch64", []int{programAarch64, programARM}
	case "ppc64le":
		return "ppc64le", []int{programPPC64, programPPC}
	case "riscv64":
		return "riscv64", []int{programRISCV}
	case "s390x":
		return "s390x", []int{programS390}
	}
	return "", nil
}

// foreign words that a program is for another machine, unless an emulator
// may be set up to run it.
func (f *programFile) foreign(host string) string {
	if programHandlers(f.root.binfmt).any {
		return ""
	}
	return programQuote(f.name) + " is a program for " + f.machine() +
		", this machine is " + host
}

// machine names a program's machine as uname(1) does there.
func (f *programFile) machine() string {
	wide, big := f.head[4] == 2, f.head[5] == 2
	number := binary.LittleEndian.Uint16(f.head[18:])
	if big {
		number = binary.BigEndian.Uint16(f.head[18:])
	}
	if name := programMachine(int(number), wide, big); name != "" {
		return name
	}
	return "another machine (ELF number " + strconv.Itoa(int(number)) + ")"
}

func programMachine(number int, wide, big bool) string {
	pick := func(yes bool, name, other string) string {
		if yes {
			return name
		}
		return other
	}
	switch number {
	case program386, program486:
		return "i386"
	case programMIPS:
		return pick(wide, "mips64", "mips") + pick(big, "", "el")
	case programPPC:
		return "ppc"
	case programPPC64:
		return pick(big, "ppc64", "ppc64le")
	case programS390:
		return pick(wide, "s390x", "s390")
	case programARM:
		return "arm"
	case programX8664:
		return "x86_64"
	case programAarch64:
		return "aarch64"
	case programRISCV:
		return pick(wide, "riscv64", "riscv32")
	case programLoongArch:
		return pick(wide, "loongarch64", "loongarch32")
	}
	return ""
}
