package profile

import (
	"encoding/binary"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// Arch is an architecture as the three parties name it.
type Arch struct {
	OCI    specs.Arch
	Name   string // in libcontainer's configuration
	Token  uint32 // in libseccomp
	Audit  uint32 // in the kernel's seccomp_data
	Order  binary.ByteOrder
	Offset uint32 // the first system call number
}

// Native is the architecture that every filter has from the start.
const Native = specs.ArchX86_64

// X32Bit marks the numbers of x32's system calls.
const X32Bit = 0x40000000

var (
	little = binary.LittleEndian
	big    = binary.BigEndian
)

// Archs are the architectures that libcontainer takes.
var Archs = []Arch{
	{specs.ArchX86_64, "amd64", 0xc000003e, 0xc000003e, little, 0},
	{specs.ArchX86, "x86", 0x40000003, 0x40000003, little, 0},
	{specs.ArchX32, "x32", 0x4000003e, 0xc000003e, little, X32Bit},
	{specs.ArchAARCH64, "arm64", 0xc00000b7, 0xc00000b7, little, 0},
	{specs.ArchARM, "arm", 0x40000028, 0x40000028, little, 0},
	{specs.ArchMIPS, "mips", 0x8, 0x8, big, 4000},
	{specs.ArchMIPS64, "mips64", 0x80000008, 0x80000008, big, 5000},
	{specs.ArchMIPS64N32, "mips64n32", 0xa0000008, 0xa0000008, big, 6000},
	{specs.ArchMIPSEL, "mipsel", 0x40000008, 0x40000008, little, 4000},
	{specs.ArchMIPSEL64, "mipsel64", 0xc0000008, 0xc0000008, little, 5000},
	{specs.ArchMIPSEL64N32, "mipsel64n32", 0xe0000008, 0xe0000008, little, 6000},
	{specs.ArchPPC, "ppc", 0x14, 0x14, big, 0},
	{specs.ArchPPC64, "ppc64", 0x80000015, 0x80000015, big, 0},
	{specs.ArchPPC64LE, "ppc64le", 0xc0000015, 0xc0000015, little, 0},
	{specs.ArchS390, "s390", 0x16, 0x16, big, 0},
	{specs.ArchS390X, "s390x", 0x80000016, 0x80000016, big, 0},
	{specs.ArchRISCV64, "riscv64", 0xc00000f3, 0xc00000f3, little, 0},
	{specs.ArchLOONGARCH64, "loong64", 0xc0000102, 0xc0000102, little, 0},
}

// Find gives the architecture of that name in the specification.
func Find(name specs.Arch) (Arch, bool) {
	for _, arch := range Archs {
		if arch.OCI == name {
			return arch, true
		}
	}
	return Arch{}, false
}
