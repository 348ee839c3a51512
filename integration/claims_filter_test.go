package integration

import (
	"errors"
	"runtime"
	"slices"
	"testing"
	"unsafe"

	"github.com/bulkhead-oci/bulkhead/integration/engine"
	"golang.org/x/sys/unix"
)

// A seccompFilter is what the kernel has of a process's filter.
type seccompFilter struct {
	program []unix.SockFilter
	flags   uint64 // of those that change the filter: SECCOMP_FILTER_FLAG_LOG
}

// readFilter reads the filter that was loaded last, as a debugger does.
// Kernels that cannot checkpoint processes do not show it.
func readFilter(t *testing.T, pid int) seccompFilter {
	t.Helper()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := stopTraced(pid); err != nil {
		t.Fatalf("trace %d: %v", pid, err)
	}
	defer unix.PtraceDetach(pid)
	length, err := ptrace(unix.PTRACE_SECCOMP_GET_FILTER, pid, 0, nil)
	if errors.Is(err, unix.EIO) {
		engine.Skip(t, "the kernel does not show seccomp filters")
	}
	if err != nil {
		t.Fatalf("length of the filter: %v", err)
	}
	f := seccompFilter{program: make([]unix.SockFilter, length)}
	start := unsafe.Pointer(unsafe.SliceData(f.program))
	if _, err := ptrace(unix.PTRACE_SECCOMP_GET_FILTER, pid, 0, start); err != nil {
		t.Fatalf("read the filter: %v", err)
	}
	// The struct seccomp_metadata of linux/ptrace.h.
	var metadata struct{ index, flags uint64 }
	start = unsafe.Pointer(&metadata)
	size := unsafe.Sizeof(metadata)
	if _, err := ptrace(unix.PTRACE_SECCOMP_GET_METADATA, pid, size, start); err != nil {
		t.Fatalf("read the filter's flags: %v", err)
	}
	f.flags = metadata.flags
	return f
}

// stopTraced stops the process without a signal that it could see.
func stopTraced(pid int) error {
	if err := unix.PtraceSeize(pid); err != nil {
		return err
	}
	if err := unix.PtraceInterrupt(pid); err != nil {
		return err
	}
	_, err := unix.Wait4(pid, nil, unix.WALL, nil)
	return err
}

func ptrace(request, pid int, addr uintptr, data unsafe.Pointer) (int, error) {
	n, _, errno := unix.Syscall6(unix.SYS_PTRACE,
		uintptr(request), uintptr(pid), addr, uintptr(data), 0, 0)
	if errno != 0 {
		return 0, errno
	}
	return int(n), nil
}

// returns lists what the filter returns, but for what every filter does:
// allow, kill for a strange architecture, ENOSYS for system calls newer than
// itself.
func (f seccompFilter) returns() []uint32 {
	usual := []uint32{
		unix.SECCOMP_RET_ALLOW, unix.SECCOMP_RET_KILL_THREAD,
		unix.SECCOMP_RET_ERRNO | uint32(unix.ENOSYS),
	}
	var values []uint32
	for _, ins := range f.program {
		if ins.Code == unix.BPF_RET|unix.BPF_K && !slices.Contains(usual, ins.K) {
			values = append(values, ins.K)
		}
	}
	slices.Sort(values)
	return slices.Compact(values)
}

// compared lists the numbers that the filter looks for.
func (f seccompFilter) compared() []uint32 {
	var values []uint32
	for _, ins := range f.program {
		if ins.Code == unix.BPF_JMP|unix.BPF_JEQ|unix.BPF_K {
			values = append(values, ins.K)
		}
	}
	return values
}
