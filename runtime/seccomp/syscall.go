package seccomp

import (
	"errors"

	"github.com/seccomp/libseccomp-golang/internal/table"
)

// ScmpSyscall is the number of a system call. A negative one stands for
// a call that the architecture lacks, or makes by way of another one.
type ScmpSyscall int32

// ErrSyscallDoesNotExist is the error for a name or a number that is no
// system call.
var ErrSyscallDoesNotExist = errors.New("no system call of that name or number")

// GetSyscallFromName gives the number of a system call on the native
// architecture.
func GetSyscallFromName(name string) (ScmpSyscall, error) {
	return GetSyscallFromNameByArch(name, ArchNative)
}

// GetSyscallFromNameByArch gives the number of a system call on an
// architecture.
func GetSyscallFromNameByArch(name string, arch ScmpArch) (ScmpSyscall, error) {
	arch, err := arch.resolve()
	if err != nil {
		return 0, err
	}
	index, ok := table.Find(name)
	if !ok {
		return 0, ErrSyscallDoesNotExist
	}
	return ScmpSyscall(targets[arch].number(index)), nil
}

// GetName gives the name of a system call of the native architecture.
func (s ScmpSyscall) GetName() (string, error) {
	return s.GetNameByArch(ArchNative)
}

// GetNameByArch gives the name of a system call of an architecture.
func (s ScmpSyscall) GetNameByArch(arch ScmpArch) (string, error) {
	arch, err := arch.resolve()
	if err != nil {
		return "", err
	}
	index, ok := targets[arch].index(int32(s))
	if !ok {
		return "", ErrSyscallDoesNotExist
	}
	return table.Name(index), nil
}
