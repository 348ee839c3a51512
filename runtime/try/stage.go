package try

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// marker is the environment variable that tells the second stage of a try
// from the first. Its value names the process that made the stage and the
// mount namespace that was left, so that one that was inherited, or set by
// hand, never lets us mount on the host.
const marker = "BULKHEAD_TRY_STAGE"

// Isolate gets the process a mount namespace of its own. In it, inside is
// true. With root's rights the process is executed anew, with argv; Isolate
// does not return. Without, a child does the work, in a user namespace as
// well, and Isolate returns its status.
func Isolate(argv []string) (status int, inside bool, err error) {
	mounts, err := os.Readlink("/proc/self/ns/mnt")
	if err != nil {
		return -1, false, fmt.Errorf("look at the mount namespace: %w", err)
	}
	if isStage(os.Getenv(marker), mounts, os.Getpid(), os.Getppid()) {
		return 0, true, os.Unsetenv(marker)
	}
	env := append(os.Environ(), fmt.Sprintf("%s=%d %s", marker, os.Getpid(), mounts))
	err = again(argv, env)
	if !errors.Is(err, unix.EPERM) {
		return -1, false, err
	}
	status, err = child(argv, env)
	return status, false, err
}

// isStage says whether the marker was set for this very process.
func isStage(value, mounts string, pid, ppid int) bool {
	var by int
	var left string
	if _, err := fmt.Sscanf(value, "%d %s", &by, &left); err != nil {
		return false
	}
	return (by == pid || by == ppid) && left != mounts
}

// again moves this thread to a new mount namespace, which execve(2) then
// makes that of the whole process.
func again(argv, env []string) error {
	runtime.LockOSThread()
	if err := unix.Unshare(unix.CLONE_NEWNS); err != nil {
		runtime.UnlockOSThread()
		return fmt.Errorf("make a mount namespace: %w", err)
	}
	// The thread stays locked from here on: it sees other mounts than the
	// others. What the host unmounts goes here too, and nothing of ours goes
	// to the host.
	if err := unix.Mount("", "/", "", unix.MS_SLAVE|unix.MS_REC, ""); err != nil {
		return fmt.Errorf("part the mounts from the host's: %v", err)
	}
	return os.NewSyscallError("execve", unix.Exec("/proc/self/exe", argv, env))
}

// child is the way of a caller without root's rights: a user namespace, in
// which only that caller exists, gives the right to mount.
func child(argv, env []string) (int, error) {
	cmd := exec.Command("/proc/self/exe", argv[1:]...)
	cmd.Args[0], cmd.Env = argv[0], env
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  unix.CLONE_NEWUSER | unix.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{HostID: os.Geteuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{HostID: os.Getegid(), Size: 1}},
		Pdeathsig:   unix.SIGTERM,
	}
	// Pdeathsig comes when the thread ends, and not the process.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	// A terminal sends its signals to both of us; those are the child's.
	signals := make(chan os.Signal, 16)
	signal.Notify(signals, unix.SIGINT, unix.SIGQUIT, unix.SIGTERM, unix.SIGHUP,
		unix.SIGUSR1, unix.SIGUSR2)
	defer signal.Stop(signals)
	if err := cmd.Start(); err != nil {
		return -1, fmt.Errorf("make a user namespace (%v): this needs root, "+
			"or a kernel that lets users make them", reason(err))
	}
	go func() {
		for s := range signals {
			if s != unix.SIGINT && s != unix.SIGQUIT {
				cmd.Process.Signal(s) //nolint:errcheck // it may have ended
			}
		}
	}()
	err := cmd.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return -1, err
	}
	ws := cmd.ProcessState.Sys().(syscall.WaitStatus)
	if ws.Signaled() {
		return 128 + int(ws.Signal()), nil
	}
	return ws.ExitStatus(), nil
}

// reason is the errno of an error without what was tried.
func reason(err error) error {
	var errno syscall.Errno
	if errors.As(err, &errno) {
		return errno
	}
	return err
}
