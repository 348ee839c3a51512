package container

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"testing"

	"github.com/opencontainers/runc/libcontainer"
	"github.com/sirupsen/logrus"
	"golang.org/x/sys/unix"

	"github.com/bulkhead-oci/bulkhead/hooks"
)

// What engines make exit status 126 and 127 of.
var engineWords = []string{
	"executable file not found", "no such file or directory", "permission denied", "is a directory",
}

// Errors about the program keep these words: Docker makes 126 and 127 of
// them.
func TestProgramErrorsPass(t *testing.T) {
	for _, text := range []string{
		`error during container init: exec: "nope": executable file not found in $PATH`,
		`error during container init: exec: "/x": stat /x: no such file or directory`,
		`exec: "/etc": is a directory`,
		`unable to start container process: error during container init: exec: "/f": permission denied`,
		`error adding pid 12 to cgroups: open /sys/fs/cgroup/x/cgroup.procs: no such file or directory`,
	} {
		err := errors.New(text)
		if got := explain(err); got != err {
			t.Errorf("%s\nbecame %v", text, got)
		}
	}
}

func TestOtherErrorsAreReworded(t *testing.T) {
	for in, want := range map[string]string{
		"error mounting \"x\" to rootfs: open /x: no such file or directory"://
		"error mounting \"x\" to rootfs: open /x: not found (ENOENT)",
		"mkdir /x: permission denied":          "mkdir /x: not permitted (EACCES)",
		"open /x: is a directory":              "open /x: of the wrong kind (EISDIR)",
		"hook: executable file not found in x": "hook: program not found in x",
		"newly worded":                         "newly worded",
		"not a directory":                      "not a directory",
	} {
		got := explain(errors.New(in))
		says(t, got, want)
		for _, words := range engineWords {
			if strings.Contains(got.Error(), words) {
				t.Errorf("%v has engines' words", got)
			}
		}
	}
}

// libcontainer says of "hook-run", which runs a createContainer hook, what
// that has said already.
func TestHookRunIsNotMentioned(t *testing.T) {
	err := explain(errors.New("error during container init: error running createContainer hook #1: " +
		"exit status 1, stdout: , stderr: createContainer hook 1 (/x): exit status 3 after 1ms: no luck\n"))
	says(t, err, "error during container init: error running createContainer hook #1: "+
		"/x: exit status 3 after 1ms: no luck")
	for _, text := range []string{
		"error running createContainer hook #1: fork/exec /proc/self/exe: too many open files",
		"error running createContainer hook #1",
		"stderr: createContainer hook 1 (/x): said",
	} {
		says(t, explain(errors.New(text)), text)
	}
}

// Docker looks for its words in any case, and a hook may say anything: the
// container's program was found for all that.
func TestHookErrorsAreNoProgramErrors(t *testing.T) {
	for _, said := range []string{
		"cat: /x: No such file or directory", "sh: /x: Permission denied", `a: exec: "y": permission denied`,
		`nsenter: exec: "x": executable file not found in $PATH`, "cd: /: is a directory",
	} {
		he := &hooks.Error{Phase: hooks.CreateRuntime, Path: "/x", Started: true, Stderr: said}
		inner := &hooks.Error{Phase: hooks.CreateContainer, Path: "/x", Started: true, Stderr: said}
		for name, err := range map[string]error{
			"createRuntime": explain(fmt.Errorf("error running createRuntime hook #0: %w", hookCause(he))),
			"createContainer": explain(errors.New(
				"error running createContainer hook #0: exit status 1, stdout: , stderr: " + inner.Error())),
			"poststart": hookFailure(he),
		} {
			for _, words := range engineWords {
				if strings.Contains(strings.ToLower(err.Error()), words) {
					t.Errorf("%s: engines take it for a program's: %v", name, err)
				}
			}
		}
	}
}

func TestRewordedIsTheSameError(t *testing.T) {
	err := fmt.Errorf("open x: %w", fs.ErrNotExist)
	if got := plainWords(err); got != err {
		t.Errorf("nothing to reword: %v", got)
	}
	err = &fs.PathError{Op: "open", Path: "/x", Err: unix.ENOENT}
	if got := plainWords(err); !errors.Is(got, fs.ErrNotExist) || got.Error() == err.Error() {
		t.Errorf("got %v", got)
	}
	hint := &hinted{err: unix.EPERM, hint: "try"}
	says(t, hint, "operation not permitted (try)")
	if !errors.Is(hint, unix.EPERM) {
		t.Error("a hint hides the error")
	}
}

// The texts are those libcontainer v1.6.0-rc.1 makes.
func TestStartHints(t *testing.T) {
	for text, want := range map[string]string{
		"error during container init: unable to join session keyring: " +
			"unable to create session key: disk quota exceeded": "key quota",
		"container init was OOM-killed (memory limit too low?)": "linux.resources.memory.limit",
		"nsexec-1[12]: failed to use newuid map on 17":          "subuid(5)",
		"nsexec-1[12]: failed to use newgid map on 17":          "subgid(5)",
	} {
		err := explain(errors.New(text))
		mentions(t, err, text+" (")
		mentions(t, err, want)
	}
	for _, text := range []string{"", "write /x: disk quota exceeded", "out of memory"} {
		if got := startHint(text); got != "" {
			t.Errorf("%q: %s", text, got)
		}
	}
}

func TestIsEmptyFifo(t *testing.T) {
	for text, want := range map[string]bool{
		"exec fifo is empty: container init did not signal execve readiness": true,
		"exec fifo: open /x/exec.fifo: no such file or directory":            true,
		"read exec fifo: input/output error":                                 true,
		"remove /x/exec.fifo: device or resource busy":                       false,
		"something else": false,
	} {
		if got := isEmptyFifo(errors.New(text)); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
}

func TestKillError(t *testing.T) {
	if err := killError(nil); err != nil {
		t.Errorf("nil: %v", err)
	}
	for _, err := range []error{libcontainer.ErrNotRunning, libcontainer.ErrCgroupNotExist,
		fmt.Errorf("x: %w", libcontainer.ErrNotRunning)} {
		if got := killError(err); got != ErrNotRunning {
			t.Errorf("%v: %v", err, got)
		}
	}
	says(t, killError(unix.EACCES), "not permitted (EACCES)")
}

func TestCgroupHint(t *testing.T) {
	if err := cgroupHint("pause", nil); err != nil {
		t.Errorf("nil: %v", err)
	}
	j := watchLog(t)
	if err := cgroupHint("pause", fmt.Errorf("x: %w", libcontainer.ErrNotRunning)); err != ErrNotRunning {
		t.Errorf("got %v", err)
	}
	if err := cgroupHint("pause", unix.EBUSY); err != unix.EBUSY || len(j.all()) != 0 {
		t.Errorf("%v; log: %q", err, j.all())
	}
	if err := cgroupHint("pause", unix.EACCES); err != unix.EACCES {
		t.Errorf("got %v", err)
	}
	if !j.has("warning", "pause failure might be caused by lack of full access to cgroups") {
		t.Errorf("log: %q", j.all())
	}
}

func TestLoadError(t *testing.T) {
	r := newRuntime(t)
	for in, want := range map[error]error{
		libcontainer.ErrNotExist:  ErrNotExist,
		fs.ErrNotExist:            ErrNotExist,
		libcontainer.ErrInvalidID: ErrInvalidID,
		unix.EACCES:               unix.EACCES,
	} {
		if got := r.loadError("web1", fmt.Errorf("x: %w", in)); !errors.Is(got, want) {
			t.Errorf("%v: %v", in, got)
		}
	}
	says(t, r.loadError("web1", unix.EACCES), "read state: not permitted (EACCES)")
	// With its state there, the container is: something else has gone.
	ok(t, os.MkdirAll(r.stateDir("web1"), 0o700))
	if got := r.loadError("web1", fs.ErrNotExist); errors.Is(got, ErrNotExist) {
		t.Errorf("a container with a state directory: %v", got)
	}
}

// Only the one message is dropped.
func TestQuietFormatter(t *testing.T) {
	q := QuietFormatter{Formatter: &logrus.TextFormatter{DisableTimestamp: true}}
	for message, want := range map[string]string{
		"cannot serialize hook of type configs.FuncHook, skipping":  "",
		"cannot serialize hook of type configs.OtherHook, skipping": "msg=",
		"cannot serialize": "msg=",
		"hook failed: cannot serialize hook of type configs.FuncHook": "msg=",
	} {
		e := logrus.NewEntry(logrus.New())
		e.Message, e.Level = message, logrus.WarnLevel
		line, err := q.Format(e)
		if err != nil || (len(line) == 0) != (want == "") || !strings.Contains(string(line), want) {
			t.Errorf("%s: %q, %v", message, line, err)
		}
	}
}
