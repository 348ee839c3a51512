package terminal

import (
	"errors"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// Streams are the caller's standard files. They stay the caller's: nothing
// here closes them or changes their flags. A nil Stdin is at its end, and
// what goes to a nil Stdout or Stderr is dropped.
type Streams struct {
	Stdin, Stdout, Stderr *os.File
}

// duplicate returns a descriptor of its own for f, so that f may be closed
// by its owner, at any time, without a wait or a mix-up of numbers. It leaves
// 0, 1 and 2 free: who starts without them must not get a terminal there.
func duplicate(f *os.File) (int, error) {
	raw, err := f.SyscallConn()
	if err != nil {
		return -1, err
	}
	var fd int
	var dupErr error
	err = raw.Control(func(old uintptr) {
		fd, dupErr = unix.FcntlInt(old, unix.F_DUPFD_CLOEXEC, 3)
	})
	if err != nil {
		// Control has an error of its own for this.
		return -1, os.ErrClosed
	}
	return fd, dupErr
}

// output returns a writer to f.
func output(f *os.File) io.Writer {
	if f == nil {
		return io.Discard
	}
	return patient{f}
}

// patient waits where a write would block. A terminal or a pipe is shared,
// and any program that has it may set O_NONBLOCK while we write; output must
// not be lost over that.
type patient struct{ file *os.File }

// Write writes all of b.
func (p patient) Write(b []byte) (int, error) {
	var done int
	for {
		n, err := p.file.Write(b[done:])
		done += n
		if !errors.Is(err, unix.EAGAIN) {
			return done, err
		}
		if err := waitWritable(p.file); err != nil {
			return done, err
		}
	}
}

func waitWritable(f *os.File) error {
	raw, err := f.SyscallConn()
	if err != nil {
		return err
	}
	return raw.Control(func(fd uintptr) {
		poll := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLOUT}}
		_, _ = unix.Poll(poll, -1)
	})
}
