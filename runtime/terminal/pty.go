package terminal

import (
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
	"time"

	"github.com/containerd/console"
	"golang.org/x/sys/unix"
)

// drainLimit is far above what the kernel buffers in a pseudo-terminal. It
// keeps a process that outlives its parent from holding up the end.
const drainLimit = 1 << 20

// past is a deadline that ends what blocks now.
var past = time.Unix(1, 0)

// pty is the master of a process's pseudo-terminal. While no process has the
// slave open, the master answers EIO. That is no end: a process may close
// its standard files and open /dev/console later. So EIO means wait, as EAGAIN
// does, for the poller of the Go runtime, which is edge-triggered and does not
// spin over the lasting EPOLLHUP; the end is what drain says it is.
type pty struct {
	file *os.File
	raw  syscall.RawConn
	left int
}

// newPty takes over fd.
func newPty(fd int) (*pty, error) {
	if err := prepareMaster(fd); err != nil {
		closeFD(fd)
		return nil, err
	}
	file := os.NewFile(uintptr(fd), "pty")
	raw, err := file.SyscallConn()
	if err == nil {
		// NewFile is silent about a poller that is out of watches.
		err = file.SetDeadline(time.Time{})
	}
	if err != nil {
		file.Close()
		return nil, fmt.Errorf("poll pseudo-terminal: %w", err)
	}
	return &pty{file: file, raw: raw, left: drainLimit}, nil
}

// prepareMaster turns off the line feed's carriage return: the caller's
// terminal, whose output processing stays on, adds its own.
func prepareMaster(fd int) error {
	if _, err := unix.IoctlGetUint32(fd, unix.TIOCGPTN); err != nil {
		return ErrNotConsole
	}
	if err := console.ClearONLCR(uintptr(fd)); err != nil {
		return fmt.Errorf("set mode of pseudo-terminal: %w", err)
	}
	return os.NewSyscallError("fcntl", unix.SetNonblock(fd, true))
}

// Read returns what the process wrote; io.EOF only after drain.
func (p *pty) Read(b []byte) (n int, err error) {
	waitErr := p.raw.Read(func(fd uintptr) bool {
		n, err = retry(unix.Read, fd, b)
		return !pending(err)
	})
	if errors.Is(waitErr, os.ErrDeadlineExceeded) {
		return p.readLast(b)
	}
	if waitErr != nil {
		return 0, waitErr
	}
	return result(n, err)
}

// readLast reads what is there, without waiting for more.
func (p *pty) readLast(b []byte) (n int, err error) {
	if p.left <= 0 {
		return 0, io.EOF
	}
	ctlErr := p.raw.Control(func(fd uintptr) {
		n, err = retry(unix.Read, fd, b)
	})
	if ctlErr != nil {
		return 0, ctlErr
	}
	if pending(err) {
		return 0, io.EOF
	}
	p.left -= n
	return result(n, err)
}

func result(n int, err error) (int, error) {
	if err != nil {
		return 0, err
	}
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

// Write gives b to the process as typed.
func (p *pty) Write(b []byte) (int, error) {
	var done int
	for done < len(b) {
		var n int
		var err error
		waitErr := p.raw.Write(func(fd uintptr) bool {
			n, err = retry(unix.Write, fd, b[done:])
			return !pending(err)
		})
		if waitErr != nil {
			return done, waitErr
		}
		if err != nil {
			return done, err
		}
		done += n
	}
	return done, nil
}

// retry makes a system call again that a signal handler of C code interrupted;
// those of Go are installed with SA_RESTART.
func retry(call func(int, []byte) (int, error), fd uintptr, b []byte) (int, error) {
	for {
		n, err := call(int(fd), b)
		if !errors.Is(err, unix.EINTR) {
			return n, err
		}
	}
}

func pending(err error) bool {
	return errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.EIO)
}

// refuse ends a Write that blocks and all later ones.
func (p *pty) refuse() { _ = p.file.SetWriteDeadline(past) }

// drain lets Read go on to the end of what is there now.
func (p *pty) drain() { _ = p.file.SetReadDeadline(past) }

func (p *pty) resize(ws *unix.Winsize) (err error) {
	ctlErr := p.raw.Control(func(fd uintptr) {
		err = unix.IoctlSetWinsize(int(fd), unix.TIOCSWINSZ, ws)
	})
	if ctlErr != nil {
		return nil // closed: no window any more
	}
	return os.NewSyscallError("TIOCSWINSZ", err)
}

func (p *pty) close() { p.file.Close() }
