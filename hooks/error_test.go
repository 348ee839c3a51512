package hooks

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/opencontainers/runtime-spec/specs-go"
)

func TestErrorText(t *testing.T) {
	const exit3, sigsegv, rtmin = 3 << 8, 11, 34
	for _, c := range []struct {
		e    Error
		want string
	}{
		{Error{Status: exit3, Started: true, Elapsed: 12_345_678, Stderr: "why"},
			"createRuntime hook 0 (/usr/bin/foo): exit status 3 after 12ms: why"},
		{Error{Status: exit3, Started: true, Elapsed: 12_345},
			"createRuntime hook 0 (/usr/bin/foo): exit status 3 after 12µs"},
		{Error{Status: exit3, Started: true, Elapsed: 61_234_567_890, Stdout: "out"},
			"createRuntime hook 0 (/usr/bin/foo): exit status 3 after 1m1.235s: out"},
		{Error{Status: exit3, Started: true, Stdout: "out", Stderr: "err"},
			"createRuntime hook 0 (/usr/bin/foo): exit status 3 after 0s: err"},
		{Error{Status: sigsegv, Started: true, Elapsed: 2e6},
			"createRuntime hook 0 (/usr/bin/foo): killed by SIGSEGV after 2ms"},
		{Error{Status: rtmin, Started: true, Elapsed: 2e6},
			"createRuntime hook 0 (/usr/bin/foo): killed by signal 34 after 2ms"},
		{Error{Status: 9, Started: true, TimedOut: true, Timeout: time.Second, Elapsed: 1002e6},
			"createRuntime hook 0 (/usr/bin/foo): killed after its timeout of 1s"},
		{Error{Status: 9, Started: true, Elapsed: 5e6, Err: errors.New("context canceled")},
			"createRuntime hook 0 (/usr/bin/foo): given up after 5ms: context canceled"},
		{Error{Err: errors.New("hook program does not exist")},
			"createRuntime hook 0 (/usr/bin/foo): not started: hook program does not exist"},
	} {
		c.e.Phase, c.e.Path = CreateRuntime, "/usr/bin/foo"
		if got := c.e.Error(); got != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
}

func TestErrorPathIsEscaped(t *testing.T) {
	e := Error{Phase: Poststop, Path: "/a\x1b[2J\nb", Started: true, Status: 1 << 8}
	if want := `poststop hook 0 (/a\x1b[2J\nb): exit status 1 after 0s`; e.Error() != want {
		t.Errorf("got %s", e.Error())
	}
}

func TestNotStarted(t *testing.T) {
	dir := t.TempDir()
	file := func(name, content string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	script := file("fine", "#!/bin/sh\n", 0o755)
	for _, c := range []struct {
		name, path, dir, want string
		is                    error
	}{
		{"missing", dir + "/none", "", "hook program does not exist", fs.ErrNotExist},
		{"below a file", script + "/x", "", "hook program does not exist", syscall.ENOTDIR},
		{"folder", dir, "", "hook program is a folder", fs.ErrPermission},
		{"no x", file("nox", "#!/bin/sh\n", 0o644), "",
			"hook program may not be executed by this user", fs.ErrPermission},
		{"no interpreter", file("noint", "#!/none/sh\n", 0o755), "",
			"the interpreter that the hook program asks for does not exist", fs.ErrNotExist},
		{"text", file("text", "hello\n", 0o755), "",
			"hook program is neither an ELF program nor a script with a #! line", syscall.ENOEXEC},
		{"no folder", script, dir + "/none", "there is no folder to run in at " + dir + "/none",
			fs.ErrNotExist},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := failure(t, Hook{Hook: specs.Hook{Path: c.path}, Dir: c.dir})
			if e.Started || e.Err.Error() != c.want || !errors.Is(e, c.is) {
				t.Errorf("got %v, want %s", e, c.want)
			}
		})
	}
}

func TestStartErrorKeepsOtherCauses(t *testing.T) {
	e := newStartError("/bin/sh", "", syscall.EPERM)
	if want := "operation not permitted"; e.Error() != want {
		t.Errorf("got %q, want %q", e, want)
	}
	if e := newStartError("/bin/sh", "", syscall.E2BIG); !strings.Contains(e.Error(), "too long") {
		t.Errorf("got %q", e)
	}
}
