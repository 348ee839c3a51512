package integration

import (
	"encoding/json"
	"fmt"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The seccomp_notif and seccomp_notif_resp of linux/seccomp.h, which
// x/sys/unix does not have.
type (
	seccompData struct {
		nr   int32
		arch uint32
		ip   uint64
		args [6]uint64
	}
	seccompNotif struct {
		id    uint64
		pid   uint32
		flags uint32
		data  seccompData
	}
	seccompResp struct {
		id    uint64
		val   int64
		err   int32
		flags uint32
	}
)

const (
	notifRecv = 0xc0502100 // SECCOMP_IOCTL_NOTIF_RECV
	notifSend = 0xc0182101 // SECCOMP_IOCTL_NOTIF_SEND
)

// agentMain is "agent SOCKET": be the seccomp agent of one container, print
// the state it was sent, and answer every call with ENOMEDIUM, which nothing
// else in a container says.
func agentMain() {
	data, files, err := receive(os.Args[1])
	if err != nil {
		die(err)
	}
	var state struct {
		OCIVersion, ID string
		Fds            []string
		Metadata       string
	}
	if err := json.Unmarshal(data, &state); err != nil {
		die(err)
	}
	fmt.Printf("fds %v metadata %s received %d\n", state.Fds, state.Metadata, len(files))
	if len(files) != 1 {
		os.Exit(1)
	}
	for answer(files[0].Fd()) {
	}
}

// answer serves one call; it returns false when the last process with the
// filter has gone.
func answer(fd uintptr) bool {
	// Without the poll the ioctl below would wait for ever.
	poll := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
	if _, err := unix.Poll(poll, -1); err == unix.EINTR {
		return true
	}
	if poll[0].Revents&unix.POLLIN == 0 {
		return false
	}
	var req seccompNotif
	if ioctl(fd, notifRecv, unsafe.Pointer(&req)) != 0 {
		return true
	}
	fmt.Printf("call %d\n", req.data.nr)
	resp := seccompResp{id: req.id, err: -int32(unix.ENOMEDIUM)}
	ioctl(fd, notifSend, unsafe.Pointer(&resp))
	return true
}

func ioctl(fd uintptr, request uint, arg unsafe.Pointer) unix.Errno {
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, fd, uintptr(request), uintptr(arg))
	return errno
}
