package engine

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// Alive says whether the process exists and is no zombie.
func Alive(pid int) bool {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, unix.ESRCH) {
		return false
	}
	_, rest, ok := strings.Cut(string(stat), ") ")
	return ok && !strings.HasPrefix(rest, "Z") && !strings.HasPrefix(rest, "X")
}

// Kill sends SIGKILL to a container's process behind its engine's back.
func Kill(t testing.TB, pid int) {
	t.Helper()
	if err := unix.Kill(pid, unix.SIGKILL); err != nil {
		t.Fatal(err)
	}
}

// Namespace names a namespace of a process, as /proc/self/ns does: the text is
// the same for two processes when they share it.
func Namespace(t testing.TB, pid int, kind string) string {
	t.Helper()
	name, err := os.Readlink("/proc/" + strconv.Itoa(pid) + "/ns/" + kind)
	if err != nil {
		t.Fatal(err)
	}
	return name
}

// Runs says whether a process with this command line exists.
func Runs(cmdline string) bool {
	dirs, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, path := range dirs {
		data, err := os.ReadFile(path)
		if err == nil && strings.Contains(strings.ReplaceAll(string(data), "\x00", " "), cmdline) {
			return true
		}
	}
	return false
}

// Owner is the uid that owns a file.
func Owner(st os.FileInfo) int { return int(st.Sys().(*syscall.Stat_t).Uid) }
