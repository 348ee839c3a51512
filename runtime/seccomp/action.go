package seccomp

import (
	"errors"
	"fmt"
)

// ScmpAction is what happens to a system call. The upper half of its low 32
// bits is the return code of ActErrno and ActTrace.
type ScmpAction uint

// The actions of libseccomp 2.6.
const (
	ActInvalid     ScmpAction = iota // no action
	ActKillThread                    // end the thread
	ActTrap                          // send SIGSYS
	ActNotify                        // ask the listener of the filter
	ActErrno                         // fail with the return code
	ActTrace                         // tell the tracer the return code
	ActAllow                         // let the call be made
	ActLog                           // let the call be made and log it
	ActKillProcess                   // end the process

	// ActKill is the old name of ActKillThread.
	ActKill = ActKillThread
)

// The kernel's names of the actions, SECCOMP_RET_*.
const (
	retKillProcess = 0x80000000
	retKillThread  = 0x00000000
	retTrap        = 0x00030000
	retErrno       = 0x00050000
	retNotify      = 0x7fc00000
	retTrace       = 0x7ff00000
	retLog         = 0x7ffc0000
	retAllow       = 0x7fff0000
)

// maxErrno is the first code the kernel does not return as an error.
const maxErrno = 4095

// kind is the action without its return code.
func (a ScmpAction) kind() ScmpAction {
	return a & 0xffff
}

// String describes the action.
func (a ScmpAction) String() string {
	switch a.kind() {
	case ActKillThread:
		return "Action: Kill thread"
	case ActKillProcess:
		return "Action: Kill process"
	case ActTrap:
		return "Action: Send SIGSYS"
	case ActErrno:
		return fmt.Sprintf("Action: Return error code %d", a>>16)
	case ActTrace:
		return fmt.Sprintf("Action: Notify tracing processes with code %d", a>>16)
	case ActNotify:
		return "Action: Notify userspace"
	case ActLog:
		return "Action: Log system call"
	case ActAllow:
		return "Action: Allow system call"
	}
	return fmt.Sprintf("Unrecognized Action %#x", uint(a))
}

// SetReturnCode gives an ActErrno or ActTrace with the return code, and any
// other action as it is.
func (a ScmpAction) SetReturnCode(code int16) ScmpAction {
	if kind := a.kind(); kind == ActErrno || kind == ActTrace {
		return kind | ScmpAction(uint16(code))<<16
	}
	return a
}

// GetReturnCode is the return code of the action.
func (a ScmpAction) GetReturnCode() int16 {
	return int16(a >> 16)
}

// check refuses what is no action.
func (a ScmpAction) check() error {
	kind := a.kind()
	if kind < ActKillThread || kind > ActKillProcess {
		return fmt.Errorf("unrecognized action %#x", uint(kind))
	}
	if kind != ActTrace && kind != ActErrno && a>>16 != 0 {
		return errors.New("only trace and errno actions have a return code")
	}
	return nil
}

// verdict is what a filter returns for the action.
func (a ScmpAction) verdict() uint32 {
	switch a.kind() {
	case ActKillProcess:
		return retKillProcess
	case ActTrap:
		return retTrap
	case ActErrno:
		return retErrno | uint32(uint16(a>>16))
	case ActTrace:
		return retTrace | uint32(uint16(a>>16))
	case ActNotify:
		return retNotify
	case ActLog:
		return retLog
	case ActAllow:
		return retAllow
	}
	return retKillThread
}

// actionOf is the action that a filter's verdict stands for.
func actionOf(verdict uint32) ScmpAction {
	code := int16(verdict)
	switch verdict & 0xffff0000 {
	case retKillProcess:
		return ActKillProcess
	case retKillThread:
		return ActKillThread
	case retTrap:
		return ActTrap
	case retErrno:
		return ActErrno.SetReturnCode(code)
	case retTrace:
		return ActTrace.SetReturnCode(code)
	case retNotify:
		return ActNotify
	case retLog:
		return ActLog
	}
	return ActAllow
}
