package terminal

import (
	"errors"
	"io/fs"

	"golang.org/x/sys/unix"
)

var (
	// ErrNoTerminal says that a process wants a terminal and its caller has
	// none.
	ErrNoTerminal = errors.New("no terminal")

	// ErrNotConsole says that what came over a console socket is not exactly
	// one master of a pseudo-terminal.
	ErrNotConsole = errors.New("not one pseudo-terminal")
)

// A reworded error is one of the kernel's in other words: engines take "no
// such file or directory" and "permission denied" for verdicts on the
// container's program.
type reworded struct {
	text  string
	cause error
}

func (e *reworded) Error() string { return e.text }

func (e *reworded) Unwrap() error { return e.cause }

func withoutVerdict(err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return &reworded{"not found", err}
	case errors.Is(err, unix.EPERM):
		return err
	case errors.Is(err, fs.ErrPermission):
		return &reworded{"not allowed for this user", err}
	case errors.Is(err, unix.ENOTDIR):
		return &reworded{"a file stands where a folder should", err}
	}
	return err
}
