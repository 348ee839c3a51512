package terminal

import (
	"os/exec"
	"testing"

	"golang.org/x/sys/unix"
)

// spawn starts a child that ends with code and returns when it has ended, as
// a zombie, its pid.
func spawn(t *testing.T, code string) int {
	t.Helper()
	cmd := exec.Command("/bin/sh", "-c", "exit "+code)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	pid := cmd.Process.Pid
	peek(pid)
	cmd.Process.Release() // nobody waits for it
	return pid
}

// peek waits for the end of a child without taking its status.
func peek(pid int) {
	for unix.Waitid(unix.P_PID, pid, nil, unix.WEXITED|unix.WNOWAIT, nil) == unix.EINTR {
	}
}

func isChild(pid int) bool {
	return unix.Waitid(unix.P_PID, pid, nil, unix.WEXITED|unix.WNOHANG|unix.WNOWAIT, nil) == nil
}

func TestReapOrphans(t *testing.T) {
	keep := exec.Command("/bin/sh", "-c", "read x; exit 3")
	hold, err := keep.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	start(t, keep)

	first, second := spawn(t, "0"), spawn(t, "1")
	ReapOrphans(keep.Process.Pid)
	for _, pid := range []int{first, second} {
		if isChild(pid) {
			t.Errorf("%d is not reaped", pid)
		}
	}

	hold.Close()
	peek(keep.Process.Pid)
	third := spawn(t, "0")
	within(t, "ReapOrphans", func() { ReapOrphans(keep.Process.Pid) })
	keep.Wait()
	if code := keep.ProcessState.ExitCode(); code != 3 {
		t.Errorf("exit code of the kept child: %d", code)
	}
	ReapOrphans(keep.Process.Pid)
	if isChild(third) {
		t.Error("the last orphan is not reaped")
	}
}

func TestReapOrphansWithoutChildren(t *testing.T) {
	within(t, "ReapOrphans", func() { ReapOrphans(0) })
}
