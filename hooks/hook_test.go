package hooks

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

var someState = &specs.State{Version: "1.3.0", ID: "web1", Status: specs.StateCreating, Pid: 7}

// sh is a hook that runs a script; the words are its $1, $2, …
func sh(script string, words ...string) specs.Hook {
	return specs.Hook{
		Path: "/bin/sh",
		Args: append([]string{"sh", "-c", script, "sh"}, words...),
		Env:  []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin"},
	}
}

func withTimeout(h specs.Hook, seconds int) specs.Hook {
	h.Timeout = &seconds
	return h
}

// guard is a context that ends a hook which would otherwise hang the tests.
func guard(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// output runs a hook that prints, and returns what it printed.
func output(t *testing.T, h Hook) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "output")
	h.Args[2] = "exec >" + file + "; " + h.Args[2]
	if err := Run(guard(t), h, someState); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// failure runs a hook that must fail.
func failure(t *testing.T, h Hook) *Error {
	t.Helper()
	var e *Error
	if err := Run(guard(t), h, someState); !errors.As(err, &e) {
		t.Fatalf("got %v, want an *Error", err)
	}
	return e
}

func TestRunAllKeepsOrder(t *testing.T) {
	dir := t.TempDir()
	list := []specs.Hook{sh("echo a >>list"), sh("sleep 0.1; echo b >>list"), sh("echo c >>list")}
	if err := RunAll(guard(t), Prestart, list, dir, someState); err != nil {
		t.Fatal(err)
	}
	wantFile(t, filepath.Join(dir, "list"), "a\nb\nc\n")
}

func TestRunAllStopsAtFailure(t *testing.T) {
	dir := t.TempDir()
	list := []specs.Hook{sh("echo a >>list"), sh("exit 3"), sh("echo c >>list")}
	err := RunAll(guard(t), CreateRuntime, list, dir, someState)
	var e *Error
	if !errors.As(err, &e) || e.Phase != CreateRuntime || e.Index != 1 ||
		e.Status.ExitStatus() != 3 || e.Path != "/bin/sh" || !reflect.DeepEqual(e.Args, list[1].Args) {
		t.Errorf("got %#v", err)
	}
	wantFile(t, filepath.Join(dir, "list"), "a\n")
}

func TestRunEachGoesOn(t *testing.T) {
	dir := t.TempDir()
	list := []specs.Hook{sh("exit 4"), sh("echo b >>list"), sh("exit 5"), sh("echo d >>list")}
	var got []int
	for _, err := range RunEach(guard(t), Poststop, list, dir, someState) {
		var e *Error
		if errors.As(err, &e) {
			got = append(got, e.Index, e.Status.ExitStatus())
		}
	}
	if want := []int{0, 4, 2, 5}; !reflect.DeepEqual(got, want) {
		t.Errorf("index and status of the failures: %v, want %v", got, want)
	}
	wantFile(t, filepath.Join(dir, "list"), "b\nd\n")
}

func wantFile(t *testing.T, path, want string) {
	t.Helper()
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s holds %q, want %q", filepath.Base(path), got, want)
	}
}

func TestArgs(t *testing.T) {
	h := sh(`tr '\0' '|' </proc/$$/cmdline`, "one", "", "t w o")
	got := output(t, Hook{Hook: h})
	if !strings.HasPrefix(got, "sh|-c|") || !strings.HasSuffix(got, "|sh|one||t w o|") {
		t.Errorf("arguments %q", got)
	}
}

func TestNoArgsMeansPath(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hook")
	if err := os.Symlink("/bin/sh", path); err != nil {
		t.Fatal(err)
	}
	// The shell takes the state for a script, and complains under its name.
	e := failure(t, Hook{Hook: specs.Hook{Path: path}})
	if !strings.HasPrefix(e.Stderr, path+": ") || !reflect.DeepEqual(e.Args, []string{path}) {
		t.Errorf("got %v, arguments %q", e, e.Args)
	}
}

func TestEnv(t *testing.T) {
	t.Setenv("HOOK_TEST_INHERITED", "yes")
	h := sh(`tr '\0' '|' </proc/$$/environ`)
	for _, c := range []struct {
		name string
		env  []string
		want func(got string) bool
	}{
		{"given", []string{"B=2", "A=1", "A=x y"}, func(s string) bool { return s == "B=2|A=1|A=x y|" }},
		{"empty", []string{}, func(s string) bool { return s == "" }},
		{"absent", nil, func(s string) bool { return strings.Contains(s, "HOOK_TEST_INHERITED=yes|") }},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := sh("/usr/bin/" + h.Args[2])
			h.Env = c.env
			if got := output(t, Hook{Hook: h}); !c.want(got) {
				t.Errorf("environment %q", got)
			}
		})
	}
}

func TestDir(t *testing.T) {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if got := output(t, Hook{Hook: sh("pwd -P"), Dir: dir}); got != dir+"\n" {
		t.Errorf("ran in %q, want %q", got, dir)
	}
}

func TestStateOnStdin(t *testing.T) {
	want, err := json.Marshal(someState)
	if err != nil {
		t.Fatal(err)
	}
	if got := output(t, Hook{Hook: sh("cat")}); got != string(want) {
		t.Errorf("read %s, want %s", got, want)
	}
}

// hugeState is many times what a pipe holds.
func hugeState() *specs.State {
	s := *someState
	s.Annotations = map[string]string{"long": strings.Repeat("x", 3<<20)}
	return &s
}

func TestHugeStateIsRead(t *testing.T) {
	dir := t.TempDir()
	state := hugeState()
	err := Run(guard(t), Hook{Hook: sh("sleep 0.1; cat >state"), Dir: dir}, state)
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(dir, "state"))
	if err != nil {
		t.Fatal(err)
	}
	if want, _ := json.Marshal(state); !bytes.Equal(got, want) {
		t.Errorf("the hook read %d bytes, not the state's %d", len(got), len(want))
	}
}

func TestStateNeedNotBeRead(t *testing.T) {
	for name, script := range map[string]string{
		"never read": "exit 0",
		"closed":     "exec <&-; sleep 0.1",
		"read a bit": "head -c 10 >/dev/null",
		// The sleeper holds the reading end: no EPIPE for the writer.
		"kept by a sleeper": "exec 3<&0; sleep 60 <&3 >/dev/null 2>&1 & echo $! >pid",
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			t.Cleanup(func() { killRecorded(filepath.Join(dir, "pid")) })
			if err := Run(guard(t), Hook{Hook: sh(script), Dir: dir}, hugeState()); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestOwnSession(t *testing.T) {
	// Fields of stat(5): pid, comm, state, ppid, pgrp, session, terminal.
	got := output(t, Hook{Hook: sh(`read -r line </proc/$$/stat; echo $line`)})
	f := strings.Fields(got)
	if f[0] != f[4] || f[0] != f[5] || f[6] != "0" {
		t.Errorf("pid %s has group %s, session %s, terminal %s", f[0], f[4], f[5], f[6])
	}
}

// inherited are the descriptors that the tests' own parent has left open;
// those are not ours to close.
var inherited = inheritable()

func inheritable() (list []int) {
	for fd := range 64 {
		flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
		if err == nil && flags&unix.FD_CLOEXEC == 0 {
			list = append(list, fd)
		}
	}
	return list
}

func TestNoDescriptorLeaks(t *testing.T) {
	var words []string
	for fd := range 64 {
		words = append(words, strconv.Itoa(fd))
	}
	dir := t.TempDir()
	script := `for f; do [ -e /proc/$$/fd/$f ] && list="$list $f"; done; echo [${list# }] >list`
	if err := Run(guard(t), Hook{Hook: sh(script, words...), Dir: dir}, someState); err != nil {
		t.Fatal(err)
	}
	wantFile(t, filepath.Join(dir, "list"), fmt.Sprintln(inherited))
}

func TestStreamsBlock(t *testing.T) {
	dir := t.TempDir()
	script := `for f in 0 1 2; do l="$l$(grep flags: /proc/$$/fdinfo/$f) "; done; echo $l >$1`
	h := Hook{Hook: sh(script, filepath.Join(dir, "flags"))}
	if err := Run(guard(t), h, someState); err != nil {
		t.Fatal(err)
	}
	// O_NONBLOCK is 04000.
	wantFile(t, filepath.Join(dir, "flags"), "flags: 00 flags: 01 flags: 01\n")
}

func TestSignalDeath(t *testing.T) {
	e := failure(t, Hook{Hook: sh("kill -TERM $$")})
	if !e.Status.Signaled() || e.Status.Signal() != syscall.SIGTERM || e.Elapsed <= 0 {
		t.Errorf("got %#v", e)
	}
}

func TestLog(t *testing.T) {
	var got []string
	long := strings.Repeat("x", lineSize)
	h := Hook{
		Hook: sh(`printf 'a\n\nb\tc\n%s%s' "$1" d`, long),
		Log:  func(line string) { got = append(got, line) },
	}
	if err := Run(guard(t), h, someState); err != nil {
		t.Fatal(err)
	}
	if want := []string{"a", "", `b\tc`, long, "d"}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %q", got)
	}
}
