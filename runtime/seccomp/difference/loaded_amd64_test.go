package difference

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccomp/libseccomp-golang/difference/filter"
	"github.com/seccomp/libseccomp-golang/difference/profile"
)

const (
	// loadedProfiles is how many random profiles are loaded: each takes the
	// start of two processes for every library.
	loadedProfiles = 150
	// longest is the length up to which a filter of libseccomp is loaded; the
	// kernel takes 4096 instructions, patchbpf's among them.
	longest = 3500
	// noSystem is the verdict of patchbpf's stub.
	noSystem = 0x00050000 | 38
)

// TestLoaded compares filters as they are in the kernel, after libcontainer
// has put its own instructions before them.
func TestLoaded(t *testing.T) {
	if os.Getuid() != 0 {
		t.Fatal("reading a filter from the kernel takes root")
	}
	all := setUp(t)
	own := buildLoader(t, "ours")
	c := buildLoader(t, "libseccomp", "-modfile=libseccomp.mod")
	cases := loadedCases(t)
	for _, name := range []string{Machine, Stable} {
		if r, ok := all[name]; ok {
			t.Run(name, func(t *testing.T) {
				l := &loadedBench{bench: newBench(t, r, all, walks), own: own, c: c, library: r.Path()}
				l.Accept = l.accept
				for _, c := range cases {
					l.compare(t, c)
				}
				t.Logf("%d filters in the kernel compared in %d calls, %d refused alike; allowances %v",
					l.Filters, l.Calls, l.Refusals, l.judge.Counts)
				if l.Filters < len(cases)/2 {
					t.Errorf("only %d of %d profiles could be loaded", l.Filters, len(cases))
				}
			})
		}
	}
}

func buildLoader(t *testing.T, name string, flags ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "loader-"+name)
	args := append([]string{"build", "-tags", "seccomp", "-o", path}, flags...)
	if text, err := exec.Command("go", append(args, "./loader")...).CombinedOutput(); err != nil {
		t.Fatalf("build the loader: %v\n%s", err, text)
	}
	return path
}

// loadedCases are profiles that libcontainer takes on this architecture.
func loadedCases(t *testing.T) []profile.Case {
	g := &profile.Generator{Seed: setting(t, EnvSeed, seed), Names: numbering(t).Names}
	cases := engines(t)
	for i := len(cases) - 1; i >= 0; i -= 1 + i%3 {
		cases = slices.Delete(cases, i, i+1)
	}
	cases = append(cases, smallCases()[:32]...)
	for n := range uint64(loadedProfiles) {
		cases = append(cases, g.Case(n))
	}
	return slices.DeleteFunc(cases, func(c profile.Case) bool {
		// the binding does not take LoongArch with the headers of 2.5
		return c.OnlyListed || slices.Contains(c.Seccomp.Architectures, specs.ArchLOONGARCH64)
	})
}

type loadedBench struct {
	*bench
	own, c, library string
}

// accept lets no difference pass that the stub makes.
func (l *loadedBench) accept(script *profile.Script, d *filter.Difference) bool {
	return d.Left != noSystem && d.Right != noSystem && l.judge.Accept(script, d)
}

func (l *loadedBench) compare(t *testing.T, c profile.Case) {
	t.Helper()
	c, script := l.prepare(t, c)
	if script == nil {
		return
	}
	left, leftErr := l.load(l.own, c)
	right, rightErr := l.load(l.c, c)
	if leftErr != nil && rightErr != nil && step(leftErr) == step(rightErr) {
		l.Refusals++
		return
	}
	text, _ := json.Marshal(c)
	if leftErr != nil || rightErr != nil {
		t.Errorf("%s: %v, want %v\n%s", c.Name, leftErr, rightErr, text)
		return
	}
	d, err := l.verdicts(&compiled{script, left, right})
	if err != nil {
		t.Fatal(err)
	}
	if d != nil {
		t.Errorf("%s: %s\n%s", c.Name, l.judge.Explain(script, d), text)
	}
}

// step is where libcontainer was when an error came up. What the binding for
// Go says of the error is its own affair; its number is compared elsewhere.
func step(err error) string {
	step, _, _ := strings.Cut(err.Error(), ":")
	return step
}

// prepare leaves out names that do not mean the same to both. There is no
// script for what libseccomp makes nothing of that the kernel takes.
func (l *loadedBench) prepare(t *testing.T, c profile.Case) (profile.Case, *profile.Script) {
	t.Helper()
	script, err := profile.NewScript(c)
	if err != nil {
		t.Fatal(err)
	}
	if script, err = l.common(script); err != nil {
		t.Fatal(err)
	}
	if script == nil {
		return c, nil
	}
	kept := map[string]bool{}
	for _, rule := range script.Rules {
		kept[rule.Name] = true
	}
	p := *c.Seccomp
	p.Syscalls = nil
	for _, entry := range c.Seccomp.Syscalls {
		entry.Names = slices.DeleteFunc(slices.Clone(entry.Names), func(name string) bool { return !kept[name] })
		p.Syscalls = append(p.Syscalls, entry)
	}
	c.Seccomp = &p
	if script, err = profile.NewScript(c); err != nil {
		t.Fatal(err)
	}
	result, err := l.Right.Filter(script)
	if err != nil || len(result.Program)/8 > longest {
		return c, nil
	}
	return c, script
}

// load gives the filter of a profile as the kernel has it.
func (l *loadedBench) load(loader string, c profile.Case) ([]byte, error) {
	text, err := json.Marshal(c.Seccomp)
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(loader)
	cmd.Stdin = bytes.NewReader(text)
	if l.library != "" {
		cmd.Env = append(os.Environ(), "LD_LIBRARY_PATH="+l.library)
	}
	program, err := trace(cmd)
	if message, ok := errors.AsType[errNotLoaded](err); ok && message != "" {
		return nil, message
	}
	if err != nil {
		err = fmt.Errorf("trace the loader: %w", err)
	}
	return program, err
}
