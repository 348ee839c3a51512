package engine

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Runtime is the absolute path of the runtime under test: what RUNTIME names
// (in PATH, or a path from the module's root), otherwise bin/bulkhead.
func Runtime(t testing.TB) string {
	t.Helper()
	name := os.Getenv("RUNTIME")
	if name == "" {
		name = "bin/bulkhead"
	}
	path, err := name, error(nil)
	if !strings.Contains(name, "/") {
		path, err = exec.LookPath(name)
	} else if !filepath.IsAbs(name) {
		path = filepath.Join(sourceRoot(), name)
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("no runtime to test, build it first: %v", err)
	}
	return path
}

// sourceRoot is the directory of go.mod, above the directory that go test
// starts a test in.
func sourceRoot() string {
	dir, err := os.Getwd()
	if err != nil {
		return "/"
	}
	for ; dir != "/"; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
	}
	return dir
}
