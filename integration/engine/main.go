package engine

import (
	"fmt"
	"os"
	"sync"
	"testing"
)

const (
	stageEnv   = "BULKHEAD_TEST_STAGE"
	scratchEnv = "BULKHEAD_TEST_SCRATCH"
)

// Main runs the tests of m in namespaces of their own and returns the exit
// code for TestMain. Without root it runs them where they are, so that each can
// say what it needs.
func Main(m *testing.M) int {
	stage := os.Getenv(stageEnv)
	os.Unsetenv(stageEnv)
	switch {
	case os.Geteuid() != 0:
		return m.Run()
	case stage == "init":
		return report(runInit())
	case stage == "inner":
		return inner(m)
	default:
		return report(runOuter())
	}
}

func report(code int, err error) int {
	if err != nil {
		fmt.Fprintln(os.Stderr, "engine:", err)
		return 1
	}
	return code
}

// inner runs the tests, stops what they started, and fails the package when
// something is left over.
func inner(m *testing.M) int {
	allowParallel()
	code := m.Run()
	stopAll()
	left := leftovers()
	for _, what := range left[:min(len(left), 20)] {
		fmt.Fprintln(os.Stderr, "left behind:", what)
	}
	if code == 0 && len(left) > 0 {
		return 1
	}
	return code
}

// Scratch is the directory on disk that belongs to this run of the package.
func Scratch() string { return os.Getenv(scratchEnv) }

var (
	startedMu sync.Mutex
	started   []func()
)

// AtEnd has f called after the last test, last registered first.
func AtEnd(f func()) {
	startedMu.Lock()
	defer startedMu.Unlock()
	started = append(started, f)
}

func stopAll() {
	for i := len(started) - 1; i >= 0; i-- {
		started[i]()
	}
}
