package seccomp

import (
	"sync"
	"syscall"
	"unsafe"

	"github.com/seccomp/libseccomp-golang/internal/table"
)

// Operations and filter flags of seccomp(2), from linux/seccomp.h.
const (
	opSetModeStrict  = 0
	opSetModeFilter  = 1
	opActionAvail    = 2
	opNotifSizes     = 3
	flagTsync        = 1 << 0
	flagLog          = 1 << 1
	flagSpecAllow    = 1 << 2
	flagNewListener  = 1 << 3
	flagTsyncEsrch   = 1 << 4
	flagWaitKillable = 1 << 5
)

// support is what the running kernel can do.
type support struct {
	level uint // libseccomp's API level

	tsync, tsyncEsrch, log, specAllow bool
	actLog, actKillProcess, actNotify bool
}

// kernel holds what was found, once; a filter loaded later may forbid to look
// again. SetAPI replaces it.
var kernel struct {
	sync.Mutex
	known bool
	support
}

// probe asks the kernel, once.
func probe() support {
	kernel.Lock()
	defer kernel.Unlock()
	if !kernel.known {
		kernel.support, kernel.known = askKernel(), true
	}
	return kernel.support
}

func askKernel() support {
	call, ok := probeCall()
	if !ok {
		return support{level: 1}
	}
	s := support{
		tsync:          call.flag(flagTsync),
		tsyncEsrch:     call.flag(flagTsyncEsrch),
		log:            call.flag(flagLog),
		specAllow:      call.flag(flagSpecAllow),
		actLog:         call.action(retLog),
		actKillProcess: call.action(retKillProcess),
		actNotify:      call.notify(),
	}
	listener := call.flag(flagNewListener)
	s.level = levelOf(
		s.tsync,
		s.log && s.actLog && s.actKillProcess,
		s.specAllow,
		listener && s.actNotify,
		s.tsyncEsrch,
		listener && call.flag(flagNewListener|flagWaitKillable),
	)
	return s
}

// levelOf is the API level of a kernel that has what makes each level above
// the first.
func levelOf(steps ...bool) uint {
	level := uint(1)
	for _, has := range steps {
		if !has {
			break
		}
		level++
	}
	return level
}

// probeNumber is the number of seccomp(2), if the kernel has it.
type probeNumber uintptr

// probeCall finds the number. A strict mode with a flag is invalid, which
// only a kernel that has the call says.
func probeCall() (probeNumber, bool) {
	index, ok := table.Find("seccomp")
	if !ok || native() == ArchInvalid {
		return 0, false
	}
	number := uintptr(targets[native()].number(index))
	_, _, errno := syscall.RawSyscall(number, opSetModeStrict, 1, 0)
	return probeNumber(number), errno == syscall.EINVAL
}

// flag says whether the kernel knows filter flags: it then gets as far as to
// miss the filter.
func (n probeNumber) flag(flags uintptr) bool {
	_, _, errno := syscall.RawSyscall(uintptr(n), opSetModeFilter, flags, 0)
	return errno == syscall.EFAULT
}

func (n probeNumber) action(verdict uint32) bool {
	_, _, errno := syscall.RawSyscall(uintptr(n), opActionAvail, 0, uintptr(unsafe.Pointer(&verdict)))
	return errno == 0
}

// notify says whether listeners exist, by asking for the sizes of their
// messages.
func (n probeNumber) notify() bool {
	var sizes [3]uint16
	_, _, errno := syscall.RawSyscall(uintptr(n), opNotifSizes, 0, uintptr(unsafe.Pointer(&sizes)))
	return errno == 0
}
