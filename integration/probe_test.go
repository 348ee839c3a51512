package integration

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"

	"github.com/bulkhead-oci/bulkhead/integration/engine"
	"github.com/rogpeppe/go-internal/testscript"
)

// buildProbe compiles testdata/probe, which must be static to run in a
// rootfs that has no C library.
var buildProbe = sync.OnceValues(func() (string, error) {
	out := filepath.Join(engine.Scratch(), "probe")
	cmd := exec.Command("go", "build", "-o", out, "./testdata/probe")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if text, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the probe: %w: %s", err, text)
	}
	return out, nil
})

// probe is "probe DIR": put the program probe into the bundle's rootfs.
func probe(ts *testscript.TestScript, neg bool, args []string) {
	noNeg(ts, neg, "probe")
	if len(args) != 1 {
		ts.Fatalf("usage: probe DIR")
	}
	built, err := buildProbe()
	ts.Check(err)
	data, err := os.ReadFile(built)
	ts.Check(err)
	ts.Check(os.WriteFile(filepath.Join(ts.MkAbs(args[0]), "rootfs/bin/probe"), data, 0o755))
}
