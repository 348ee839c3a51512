package hooks

import (
	"fmt"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// An Error tells which hook failed and how.
type Error struct {
	Phase Phase
	Index int
	Path  string
	Args  []string

	// Status is how the hook ended. It means nothing while Started is false.
	Status  syscall.WaitStatus
	Started bool
	Elapsed time.Duration

	// TimedOut says that the hook was killed because Timeout had passed.
	TimedOut bool
	Timeout  time.Duration

	// Stderr and Stdout are the last KiB the hook wrote there, control
	// characters escaped.
	Stderr string
	Stdout string

	// Err is why the hook could not be started or waited for, or why the
	// context ended; nil when the hook failed by itself or timed out.
	Err error
}

// Error says it in one sentence. What the hook wrote to standard error is its
// end; where it wrote nothing there, standard output has to do.
func (e *Error) Error() string {
	text := fmt.Sprintf("%s hook %d (%s): %s", e.Phase, e.Index, printable([]byte(e.Path)), e.what())
	for _, said := range []string{e.Stderr, e.Stdout} {
		if said != "" {
			return text + ": " + said
		}
	}
	return text
}

// Unwrap gives the cause, for errors.Is.
func (e *Error) Unwrap() error { return e.Err }

func (e *Error) what() string {
	after := " after " + round(e.Elapsed).String()
	switch {
	case e.TimedOut:
		return "killed after its timeout of " + e.Timeout.String()
	case e.Err != nil && e.Started:
		return "given up" + after + ": " + e.Err.Error()
	case e.Err != nil:
		return "not started: " + e.Err.Error()
	case e.Status.Signaled():
		return "killed by " + signalName(e.Status.Signal()) + after
	}
	return fmt.Sprintf("exit status %d%s", e.Status.ExitStatus(), after)
}

func signalName(s syscall.Signal) string {
	if name := unix.SignalName(s); name != "" {
		return name
	}
	return fmt.Sprintf("signal %d", int(s))
}

// round keeps as much of a duration as a person wants to read.
func round(d time.Duration) time.Duration {
	if d < time.Millisecond {
		return d.Round(time.Microsecond)
	}
	return d.Round(time.Millisecond)
}

// A startError is a program that cannot be started, told without the kernel's
// words: engines take those for verdicts on the container's own program.
type startError struct {
	problem string
	cause   error
}

func (e *startError) Error() string { return e.problem }

func (e *startError) Unwrap() error { return e.cause }

// newStartError tells apart what one errno stands for.
func newStartError(path, dir string, cause syscall.Errno) error {
	var problem string
	switch {
	case dir != "" && !isDir(dir):
		problem = "there is no folder to run in at " + printable([]byte(dir))
	case cause == unix.ENOENT && !exists(path), cause == unix.ENOTDIR:
		problem = "hook program does not exist"
	case cause == unix.ENOENT:
		problem = "the interpreter that the hook program asks for does not exist"
	case cause == unix.EACCES && isDir(path):
		problem = "hook program is a folder"
	case cause == unix.EACCES:
		problem = "hook program may not be executed by this user"
	case cause == unix.ENOEXEC:
		problem = "hook program is neither an ELF program nor a script with a #! line"
	case cause == unix.ETXTBSY:
		problem = "hook program is being written to"
	case cause == unix.E2BIG:
		problem = "arguments and environment are too long"
	default:
		problem = strings.ToLower(cause.Error())
	}
	return &startError{problem, cause}
}

func exists(path string) bool {
	var st unix.Stat_t
	return unix.Stat(path, &st) == nil
}

func isDir(path string) bool {
	var st unix.Stat_t
	return unix.Stat(path, &st) == nil && st.Mode&unix.S_IFMT == unix.S_IFDIR
}
