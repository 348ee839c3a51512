package seccomp

import (
	"fmt"
	"runtime"
	"strings"
)

// ScmpArch is an architecture, or one ABI of an architecture that has
// several.
type ScmpArch uint

// The architectures of libseccomp 2.6.
const (
	ArchInvalid     ScmpArch = iota // no architecture
	ArchNative                      // the one this program is built for
	ArchX86                         // 32-bit x86
	ArchAMD64                       // 64-bit x86
	ArchX32                         // 64-bit x86 with 32-bit pointers
	ArchARM                         // 32-bit ARM, EABI
	ArchARM64                       // 64-bit ARM
	ArchMIPS                        // MIPS o32
	ArchMIPS64                      // MIPS n64
	ArchMIPS64N32                   // MIPS n32
	ArchMIPSEL                      // MIPS o32, little-endian
	ArchMIPSEL64                    // MIPS n64, little-endian
	ArchMIPSEL64N32                 // MIPS n32, little-endian
	ArchPPC                         // 32-bit PowerPC
	ArchPPC64                       // 64-bit PowerPC
	ArchPPC64LE                     // 64-bit PowerPC, little-endian
	ArchS390                        // 31-bit S/390
	ArchS390X                       // z/Architecture
	ArchPARISC                      // 32-bit PA-RISC
	ArchPARISC64                    // 64-bit PA-RISC
	ArchRISCV64                     // 64-bit RISC-V
	ArchLOONGARCH64                 // 64-bit LoongArch
	ArchM68K                        // Motorola 68000
	ArchSH                          // SuperH, little-endian
	ArchSHEB                        // SuperH, big-endian
)

// native is the architecture of this program.
func native() ScmpArch {
	switch runtime.GOARCH {
	case "386":
		return ArchX86
	case "amd64":
		return ArchAMD64
	case "arm":
		return ArchARM
	case "arm64":
		return ArchARM64
	case "loong64":
		return ArchLOONGARCH64
	case "mips":
		return ArchMIPS
	case "mipsle":
		return ArchMIPSEL
	case "mips64":
		return ArchMIPS64
	case "mips64le":
		return ArchMIPSEL64
	case "ppc64":
		return ArchPPC64
	case "ppc64le":
		return ArchPPC64LE
	case "riscv64":
		return ArchRISCV64
	case "s390x":
		return ArchS390X
	}
	return ArchInvalid
}

// GetNativeArch gives the architecture this program is built for.
func GetNativeArch() (ScmpArch, error) {
	arch := native()
	if arch == ArchInvalid {
		return ArchInvalid, fmt.Errorf("unknown native architecture %s", runtime.GOARCH)
	}
	return arch, nil
}

// resolve puts the native architecture in the place of ArchNative and refuses
// what is no architecture.
func (a ScmpArch) resolve() (ScmpArch, error) {
	if a == ArchNative {
		return GetNativeArch()
	}
	if a <= ArchNative || a > ArchSHEB {
		return ArchInvalid, fmt.Errorf("unrecognized architecture %#x", uint(a))
	}
	return a, nil
}

// GetArchFromString gives the architecture that a name stands for. Upper and
// lower case are the same; besides what String gives, "x86_64", "x86-64",
// "x64", "aarch64" and "loongarch64" are understood.
func GetArchFromString(arch string) (ScmpArch, error) {
	name := strings.ToLower(arch)
	switch name {
	case "x86_64", "x86-64", "x64":
		return ArchAMD64, nil
	case "aarch64":
		return ArchARM64, nil
	case "loongarch64":
		return ArchLOONGARCH64, nil
	}
	for a := ArchX86; a <= ArchSHEB; a++ {
		if targets[a].name == name {
			return a, nil
		}
	}
	return ArchInvalid, fmt.Errorf("unrecognized architecture %q", arch)
}

// String is the name of the architecture.
func (a ScmpArch) String() string {
	switch {
	case a == ArchInvalid:
		return "Invalid architecture"
	case a == ArchNative:
		return "native"
	case a > ArchSHEB:
		return fmt.Sprintf("Unknown architecture %#x", uint(a))
	}
	return targets[a].name
}
