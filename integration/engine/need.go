package engine

import (
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// A Check says what the machine lacks, or nothing when all is there.
type Check func() string

// Need skips the test with the reason when a check fails. On the CI machine a
// skip that integration/skips.txt does not list is a failure.
func Need(t testing.TB, checks ...Check) {
	t.Helper()
	for _, check := range append([]Check{Root}, checks...) {
		if lack := check(); lack != "" {
			Skip(t, lack)
		}
	}
}

// Skip skips the test, or fails it where skips are not allowed.
func Skip(t testing.TB, reason string) {
	t.Helper()
	if strict() && !listed(t) {
		t.Fatalf("skip not in integration/skips.txt: %s", reason)
	}
	t.Skip(reason)
}

func strict() bool {
	return os.Getenv("CI") == "true" || os.Getenv("BULKHEAD_NO_SKIP") == "1"
}

// listed looks for the test in skips.txt.
func listed(t testing.TB) bool {
	t.Helper()
	list, err := os.ReadFile(filepath.Join(sourceRoot(), "integration", "skips.txt"))
	if err != nil {
		t.Fatal(err)
	}
	ok, err := inList(string(list), t.Name())
	if err != nil {
		t.Fatal(err)
	}
	return ok
}

// inList looks for a test in a list of lines that read "pattern # reason"; a
// pattern is one of path.Match for the test's full name.
func inList(list, name string) (found bool, err error) {
	for line := range strings.Lines(list) {
		pattern, reason, _ := strings.Cut(strings.TrimSpace(line), "#")
		pattern = strings.TrimSpace(pattern)
		if pattern == "" {
			continue
		}
		if strings.TrimSpace(reason) == "" {
			return false, fmt.Errorf("skips.txt: %s: no reason given", pattern)
		}
		ok, err := path.Match(pattern, name)
		if err != nil {
			return false, fmt.Errorf("skips.txt: %s: %w", pattern, err)
		}
		found = found || ok
	}
	return found, nil
}

// Root asks for uid 0.
func Root() string {
	if os.Geteuid() != 0 {
		return "needs root"
	}
	return ""
}

// Program asks for programs in PATH.
func Program(names ...string) Check {
	return func() string {
		for _, name := range names {
			if _, err := exec.LookPath(name); err != nil {
				return "needs the program " + name
			}
		}
		return ""
	}
}

// Controller asks for cgroup controllers.
func Controller(names ...string) Check {
	return func() string {
		have := controllers()
		for _, name := range names {
			if !strings.Contains(have, " "+name+" ") {
				return "needs the cgroup controller " + name
			}
		}
		return ""
	}
}

func controllers() string {
	if Unified() {
		data, _ := os.ReadFile(cgroupRoot + "/cgroup.controllers")
		return " " + strings.TrimSpace(string(data)) + " devices freezer "
	}
	list := " "
	for _, h := range hierarchies() {
		list += filepath.Base(h) + " "
	}
	return list
}

// AllCapabilities asks for a bounding set that lacks nothing: Docker's
// --privileged wants every capability that the kernel knows.
func AllCapabilities() string {
	last, err := os.ReadFile("/proc/sys/kernel/cap_last_cap")
	if err != nil {
		return err.Error()
	}
	n, err := strconv.Atoi(strings.TrimSpace(string(last)))
	if err != nil {
		return err.Error()
	}
	for c := range n + 1 {
		if have, err := unix.PrctlRetInt(unix.PR_CAPBSET_READ, uintptr(c), 0, 0, 0); have != 1 {
			return fmt.Sprintf("needs capability %d in the bounding set (%v)", c, err)
		}
	}
	return ""
}

// Device asks for a device node.
func Device(path string) Check {
	return func() string {
		if _, err := os.Stat(path); err != nil {
			return "needs " + path
		}
		return ""
	}
}
