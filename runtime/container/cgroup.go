package container

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/opencontainers/cgroups"
	"golang.org/x/sys/unix"
)

// killCgroups kills every process in the given cgroups and below. A cgroup
// that does not exist is empty. With cgroup v2 (also the hierarchy that a
// hybrid host has beside v1) the kernel does it at once through cgroup.kill
// (Linux 5.14); else the pids are signalled one by one, and emptyCgroups
// repeats that until nobody forks any more.
func killCgroups(paths map[string]string) error {
	if v2 := paths[""]; v2 != "" {
		err := cgroups.WriteFile(v2, "cgroup.kill", "1")
		if err == nil && len(paths) == 1 {
			return nil
		}
		// On a hybrid host a process may have left the v2 cgroup and be in
		// those of v1 still.
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	for controller, path := range paths {
		pids, err := cgroups.GetAllPids(path)
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.ENODEV) {
			continue
		}
		if err != nil {
			return err
		}
		for _, pid := range pids {
			err := unix.Kill(pid, unix.SIGKILL)
			if err != nil && !errors.Is(err, unix.ESRCH) {
				return os.NewSyscallError("kill", err)
			}
		}
		if controller == "freezer" && len(pids) > 0 {
			if err := thaw(path); err != nil {
				return err
			}
		}
	}
	return nil
}

// thaw lets frozen processes of a v1 cgroup die.
func thaw(path string) error {
	err := cgroups.WriteFile(path, "freezer.state", "THAWED")
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// emptyCgroups kills until the cgroups are empty. With cgroup v2 it sleeps in
// poll(2) on cgroup.events; v1 has no such file, and is asked again and
// again.
func emptyCgroups(paths map[string]string, patience time.Duration) error {
	end := time.Now().Add(patience)
	for {
		if err := killCgroups(paths); err != nil {
			return fmt.Errorf("kill the container's processes: %w", err)
		}
		n, err := populated(paths)
		if err != nil || n == 0 {
			return err
		}
		if time.Now().After(end) {
			return fmt.Errorf("%d of the container's processes still run %v after SIGKILL",
				n, patience)
		}
		if !waitEvents(paths[""], pollStep) {
			time.Sleep(pollStep / 10) // v1 without an event to wait for
		}
	}
}

// populated counts the processes in the cgroups, each once a hierarchy at
// most: the largest count is what is left.
func populated(paths map[string]string) (most int, err error) {
	for _, path := range paths {
		pids, err := cgroups.GetAllPids(path)
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.ENODEV) {
			continue
		}
		if err != nil {
			return 0, err
		}
		most = max(most, len(pids))
	}
	return most, nil
}

// waitEvents waits for a change of a v2 cgroup's cgroup.events, limit at the
// longest. It returns false when there is nothing to wait for.
func waitEvents(path string, limit time.Duration) bool {
	if path == "" {
		return false
	}
	f, err := os.Open(filepath.Join(path, "cgroup.events"))
	if err != nil {
		return false
	}
	defer f.Close()
	buf := make([]byte, 256)
	n, err := f.Read(buf) // a change counts from the last read on
	if err != nil || !strings.Contains(string(buf[:n]), "populated 1") {
		return err == nil
	}
	fds := []unix.PollFd{{Fd: int32(f.Fd()), Events: unix.POLLPRI}}
	_, err = unix.Poll(fds, int(limit.Milliseconds()))
	return err == nil || errors.Is(err, unix.EINTR)
}
