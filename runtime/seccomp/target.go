package seccomp

import "github.com/seccomp/libseccomp-golang/internal/table"

// target is what the compiler knows of an architecture.
type target struct {
	name    string
	audit   uint32       // AUDIT_ARCH_*, what the kernel calls it
	numbers table.Column // the numbers of system calls, less base
	base    int32        // what all numbers are raised by
	wide    bool         // arguments have 64 bits
	big     bool         // upper halves come first
	mux     bool         // has socketcall and ipc
}

// The bits of AUDIT_ARCH_* beside the ELF machine.
const (
	audit64  = 0x80000000
	auditLE  = 0x40000000
	auditN32 = 0x20000000
)

// x32Base is the bit that all numbers of x32 have.
const x32Base = 0x40000000

// The ELF machines of the architectures.
const (
	machine386       = 3
	machine68k       = 4
	machineMIPS      = 8
	machinePARISC    = 15
	machinePPC       = 20
	machinePPC64     = 21
	machineS390      = 22
	machineARM       = 40
	machineSH        = 42
	machineX8664     = 62
	machineAARCH64   = 183
	machineRISCV     = 243
	machineLOONGARCH = 258
)

// targets is indexed by ScmpArch and never written to.
var targets = [...]target{
	ArchX86: {
		name: "x86", audit: machine386 | auditLE, numbers: table.X86, mux: true,
	},
	ArchAMD64: {
		name: "amd64", audit: machineX8664 | audit64 | auditLE, numbers: table.X8664, wide: true,
	},
	ArchX32: {
		name: "x32", audit: machineX8664 | audit64 | auditLE, numbers: table.X32, base: x32Base,
	},
	ArchARM: {
		name: "arm", audit: machineARM | auditLE, numbers: table.ARM,
	},
	ArchARM64: {
		name: "arm64", audit: machineAARCH64 | audit64 | auditLE, numbers: table.AARCH64, wide: true,
	},
	ArchMIPS: {
		name: "mips", audit: machineMIPS, numbers: table.MIPS, base: 4000, big: true, mux: true,
	},
	ArchMIPS64: {
		name: "mips64", audit: machineMIPS | audit64, numbers: table.MIPS64, base: 5000,
		wide: true, big: true,
	},
	ArchMIPS64N32: {
		name: "mips64n32", audit: machineMIPS | audit64 | auditN32, numbers: table.MIPS64N32,
		base: 6000, big: true,
	},
	ArchMIPSEL: {
		name: "mipsel", audit: machineMIPS | auditLE, numbers: table.MIPS, base: 4000, mux: true,
	},
	ArchMIPSEL64: {
		name: "mipsel64", audit: machineMIPS | audit64 | auditLE, numbers: table.MIPS64, base: 5000,
		wide: true,
	},
	ArchMIPSEL64N32: {
		name: "mipsel64n32", audit: machineMIPS | audit64 | auditLE | auditN32,
		numbers: table.MIPS64N32, base: 6000,
	},
	ArchPPC: {
		name: "ppc", audit: machinePPC, numbers: table.PPC, big: true, mux: true,
	},
	ArchPPC64: {
		name: "ppc64", audit: machinePPC64 | audit64, numbers: table.PPC64,
		wide: true, big: true, mux: true,
	},
	ArchPPC64LE: {
		name: "ppc64le", audit: machinePPC64 | audit64 | auditLE, numbers: table.PPC64,
		wide: true, mux: true,
	},
	ArchS390: {
		name: "s390", audit: machineS390, numbers: table.S390, big: true, mux: true,
	},
	ArchS390X: {
		name: "s390x", audit: machineS390 | audit64, numbers: table.S390X,
		wide: true, big: true, mux: true,
	},
	ArchPARISC: {
		name: "parisc", audit: machinePARISC, numbers: table.PARISC, big: true,
	},
	ArchPARISC64: {
		name: "parisc64", audit: machinePARISC | audit64, numbers: table.PARISC64,
		wide: true, big: true,
	},
	ArchRISCV64: {
		name: "riscv64", audit: machineRISCV | audit64 | auditLE, numbers: table.RISCV64, wide: true,
	},
	ArchLOONGARCH64: {
		name: "loong64", audit: machineLOONGARCH | audit64 | auditLE, numbers: table.LOONGARCH64,
		wide: true,
	},
	ArchM68K: {
		name: "m68k", audit: machine68k, numbers: table.M68K, big: true, mux: true,
	},
	ArchSH: {
		name: "sh", audit: machineSH | auditLE, numbers: table.SH, mux: true,
	},
	ArchSHEB: {
		name: "sheb", audit: machineSH, numbers: table.SH, big: true, mux: true,
	},
}

// number is the number of the name with an index. An architecture with
// socketcall and ipc has pseudo numbers for all calls that these two make,
// for a rule must cover both ways to make them.
func (t *target) number(index int) int32 {
	if t.mux {
		if pseudo := table.Pseudo(index); multiplexed(pseudo) {
			return pseudo
		}
	}
	return t.direct(index)
}

// direct is the number without regard to socketcall and ipc.
func (t *target) direct(index int) int32 {
	number := t.numbers.Number(index)
	if number < 0 {
		return number
	}
	return number + t.base
}

// index is the index of the name that a number stands for.
func (t *target) index(number int32) (int, bool) {
	if t.mux && multiplexed(number) {
		return pseudoIndex(number)
	}
	return t.directIndex(number)
}

func (t *target) directIndex(number int32) (int, bool) {
	if number >= t.base {
		number -= t.base
	}
	return t.numbers.Index(number)
}
