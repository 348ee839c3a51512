package integration

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/bulkhead-oci/bulkhead/integration/engine"
	"github.com/opencontainers/runtime-spec/specs-go"
)

// buildCalls compiles testdata/seccomp/calls.c, which tells what it can do.
// It must be static to run in a rootfs that has no C library.
var buildCalls = sync.OnceValues(func() ([]byte, error) {
	out := filepath.Join(engine.Scratch(), "calls")
	cmd := exec.Command("gcc", "-O2", "-static", "-pthread", "-o", out, "testdata/seccomp/calls.c")
	if text, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build calls: %w: %s", err, text)
	}
	return os.ReadFile(out)
})

// peerEnv names a runtime that has to come to the same.
const peerEnv = "SECCOMP_PEER"

// A caller runs the program calls in containers. They have no capabilities,
// so that what a filter allows does no harm either.
type caller struct{ *claimant }

func newCaller(t *testing.T) caller {
	t.Helper()
	if runtime.GOARCH != "amd64" {
		t.Skip(onlyPrefix + "on x86_64: the program calls is written for it")
	}
	engine.Need(t, engine.Program("gcc"))
	program, err := buildCalls()
	if err != nil {
		t.Fatal(err)
	}
	c := caller{newClaimant(t)}
	name := filepath.Join(c.bundle, "rootfs/bin/calls")
	if err := os.WriteFile(name, program, 0o755); err != nil {
		t.Fatal(err)
	}
	if got := c.calls(t, nil, getppid386)[0]; becameOf(got) != "ok" {
		engine.Skip(t, "the kernel has no calls of i386: "+got)
	}
	return c
}

// under are the changes that give a container the profile, or none.
func under(profile *specs.LinuxSeccomp) []string {
	return []string{"linux.seccomp", asJSON(profile), "process.capabilities", "{}"}
}

// calls makes system calls in a container and returns "ABI NR OUTCOME" for
// each, as the program prints it.
func (c caller) calls(t *testing.T, profile *specs.LinuxSeccomp, words ...string) []string {
	t.Helper()
	return c.callsBy(t, c.runtime, profile, words...)
}

func (c caller) callsBy(
	t *testing.T, runtime string, profile *specs.LinuxSeccomp, words ...string,
) []string {
	t.Helper()
	words = append([]string{"calls"}, words...)
	dir, id := c.bundleWith(t, append(under(nil), "process.args", asJSON(words))...)
	// Numbers of 64 bits do not come through setPaths as they are.
	err := editConfig(dir, func(doc any) (any, error) {
		return setPath(doc, "linux.seccomp", profile)
	})
	if err != nil {
		t.Fatal(err)
	}
	cmd := c.command("run", "-b", dir, id)
	cmd.Path = runtime
	return callLines(t, finish(t, cmd))
}

func callLines(t *testing.T, r ended) []string {
	t.Helper()
	if r.status != 0 {
		t.Fatalf("status %d: %s%s", r.status, r.stdout, r.stderr)
	}
	return strings.Split(strings.TrimSuffix(r.stdout, "\n"), "\n")
}

// A call is one system call and what becomes of it.
type call struct {
	word, outcome string
}

// become holds the outcomes of calls under the profile to those wanted, and
// the peer's with them, where one is named.
func (c caller) become(t *testing.T, profile *specs.LinuxSeccomp, wanted []call, flags ...string) {
	t.Helper()
	words := flags
	for _, w := range wanted {
		words = append(words, w.word)
	}
	runtimes := []string{c.runtime}
	if peer := os.Getenv(peerEnv); peer != "" {
		runtimes = append(runtimes, peer)
	}
	for _, runtime := range runtimes {
		lines := c.callsBy(t, runtime, profile, words...)
		if len(lines) != len(wanted) {
			t.Fatalf("%d outcomes for %d calls: %q", len(lines), len(wanted), lines)
		}
		for i, w := range wanted {
			engine.Same(t, filepath.Base(runtime)+" "+w.word, becameOf(lines[i]), w.outcome)
		}
	}
}
