package difference

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"unsafe"
)

const (
	ptraceSeccompGetFilter = 0x420c
	ptraceOptionExitKill   = 1 << 20
	seccompSetModeFilter   = 1
	prctlSetSeccomp        = 22
	syscallSeccomp         = 317
	// syscallStop is how a stop at a system call differs from a trap.
	syscallStop = 0x80
)

// errNotLoaded is what a loader ended with instead of loading a filter.
type errNotLoaded string

func (e errNotLoaded) Error() string { return string(e) }

// trace runs a program until it has loaded a seccomp filter, reads the filter
// from the kernel and kills the program.
func trace(cmd *exec.Cmd) ([]byte, error) {
	// only the thread that started it can trace it
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	messages, err := os.CreateTemp("", "loader-")
	if err != nil {
		return nil, err
	}
	defer os.Remove(messages.Name())
	defer messages.Close()
	cmd.Stderr = messages
	cmd.SysProcAttr = &syscall.SysProcAttr{Ptrace: true, Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	pid := cmd.Process.Pid
	defer end(cmd)
	if _, err := wait(pid); err != nil {
		return nil, err
	}
	options := syscall.PTRACE_O_TRACESYSGOOD | ptraceOptionExitKill
	if err := syscall.PtraceSetOptions(pid, options); err != nil {
		return nil, fmt.Errorf("set trace options: %w", err)
	}
	if err := untilLoaded(pid); err != nil {
		text, _ := os.ReadFile(messages.Name())
		return nil, errors.Join(err, errNotLoaded(strings.TrimSpace(string(text))))
	}
	return readFilter(pid)
}

func end(cmd *exec.Cmd) {
	syscall.Kill(cmd.Process.Pid, syscall.SIGKILL)
	for {
		status, err := wait(cmd.Process.Pid)
		if err != nil || status.Exited() || status.Signaled() {
			break
		}
	}
	cmd.Process.Release()
}

func wait(pid int) (status syscall.WaitStatus, err error) {
	for {
		_, err = syscall.Wait4(pid, &status, syscall.WALL, nil)
		if err != syscall.EINTR {
			return status, err
		}
	}
}

var errEnded = errors.New("the loader ended")

// untilStopped lets the thread go on until it stops itself.
func untilStopped(pid int) error {
	signal := 0
	for {
		if err := syscall.PtraceCont(pid, signal); err != nil {
			return fmt.Errorf("continue the loader: %w", err)
		}
		status, err := wait(pid)
		if err != nil {
			return err
		}
		if status.Exited() || status.Signaled() {
			return errEnded
		}
		if signal = int(status.StopSignal()); signal == int(syscall.SIGSTOP) {
			return nil
		}
	}
}

// untilLoaded lets the thread go on, one system call at a time, until one
// that loads a filter has done so.
func untilLoaded(pid int) error {
	if err := untilStopped(pid); err != nil {
		return err
	}
	signal, entered := 0, false
	for {
		if err := syscall.PtraceSyscall(pid, signal); err != nil {
			return fmt.Errorf("continue the loader: %w", err)
		}
		status, err := wait(pid)
		if err != nil {
			return err
		}
		if status.Exited() || status.Signaled() {
			return errEnded
		}
		signal = 0
		if status.StopSignal() != syscall.SIGTRAP|syscallStop {
			signal = int(status.StopSignal())
			continue
		}
		if entered = !entered; entered {
			continue
		}
		var regs syscall.PtraceRegs
		if err := syscall.PtraceGetRegs(pid, &regs); err != nil {
			return fmt.Errorf("read registers: %w", err)
		}
		if loads(&regs) && int64(regs.Rax) >= 0 {
			return nil
		}
	}
}

func loads(regs *syscall.PtraceRegs) bool {
	return regs.Orig_rax == syscallSeccomp && regs.Rdi == seccompSetModeFilter ||
		regs.Orig_rax == syscall.SYS_PRCTL && regs.Rdi == prctlSetSeccomp
}

// readFilter reads the filter that was loaded last.
func readFilter(pid int) ([]byte, error) {
	n, _, errno := syscall.Syscall6(syscall.SYS_PTRACE, ptraceSeccompGetFilter, uintptr(pid), 0, 0, 0, 0)
	if errno != 0 {
		return nil, fmt.Errorf("read the filter's length: %w", errno)
	}
	program := make([]byte, 8*n)
	_, _, errno = syscall.Syscall6(syscall.SYS_PTRACE, ptraceSeccompGetFilter, uintptr(pid), 0,
		uintptr(unsafe.Pointer(&program[0])), 0, 0)
	if errno != 0 {
		return nil, fmt.Errorf("read the filter: %w", errno)
	}
	return program, nil
}
