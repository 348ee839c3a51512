package terminal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

const (
	// maxName bounds the text beside a descriptor: a path.
	maxName = unix.PathMax
	// maxSocketPath leaves room for the final NUL of sun_path.
	maxSocketPath = 107
)

// A message is what one recvmsg(2) brings.
type message struct {
	name, oob []byte
	n, oobn   int
	flags     int
	err       error
}

// newMessage has room for one descriptor, or two where alignment makes it.
// The kernel does not install what is beyond, and sets MSG_CTRUNC.
func newMessage() *message {
	return &message{
		name: make([]byte, maxName+1),
		oob:  make([]byte, unix.CmsgSpace(4)),
	}
}

// receiveFD receives one descriptor over s, which must be non-blocking.
func receiveFD(ctx context.Context, s *os.File) (int, error) {
	raw, err := s.SyscallConn()
	if err != nil {
		return -1, err
	}
	defer context.AfterFunc(ctx, func() { _ = s.SetReadDeadline(past) })()
	m := newMessage()
	waitErr := raw.Read(func(fd uintptr) bool {
		m.n, m.oobn, m.flags, _, m.err = unix.Recvmsg(int(fd), m.name, m.oob, unix.MSG_CMSG_CLOEXEC)
		return !errors.Is(m.err, unix.EAGAIN)
	})
	switch {
	case waitErr != nil && ctx.Err() != nil:
		return -1, context.Cause(ctx)
	case waitErr != nil:
		return -1, os.ErrClosed
	case m.err != nil:
		return -1, os.NewSyscallError("recvmsg", m.err)
	case m.n == 0 && m.oobn == 0:
		return -1, io.EOF
	}
	return m.descriptor()
}

// descriptor returns the message's only descriptor. If there are others, or
// anything else is wrong, it closes all: they are ours from the moment of
// their arrival.
func (m *message) descriptor() (_ int, retErr error) {
	fds, err := m.rights()
	defer func() {
		if retErr != nil {
			for _, fd := range fds {
				closeFD(fd)
			}
		}
	}()
	switch {
	case err != nil:
		return -1, err
	case len(fds) == 0:
		return -1, fmt.Errorf("%w: no descriptor", ErrNotConsole)
	case len(fds) > 1 || m.flags&unix.MSG_CTRUNC != 0:
		return -1, fmt.Errorf("%w: several descriptors", ErrNotConsole)
	case m.n > maxName:
		return -1, fmt.Errorf("%w: its name is longer than %d bytes", ErrNotConsole, maxName)
	}
	return fds[0], nil
}

// rights returns all descriptors that can be found, whatever else is wrong.
func (m *message) rights() (fds []int, err error) {
	messages, err := unix.ParseSocketControlMessage(m.oob[:m.oobn])
	for i := range messages {
		if messages[i].Header.Type != unix.SCM_RIGHTS {
			continue
		}
		some, rightsErr := unix.ParseUnixRights(&messages[i])
		fds = append(fds, some...)
		err = errors.Join(err, rightsErr)
	}
	return fds, err
}

// DialSocket connects to the AF_UNIX stream socket at path, of any length; a
// leading @ stands for an abstract name.
func DialSocket(path string) (*os.File, error) {
	s, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, os.NewSyscallError("socket", err)
	}
	if err := connect(s, path); err != nil {
		closeFD(s)
		return nil, fmt.Errorf("connect to %q: %w", path, withoutVerdict(err))
	}
	return os.NewFile(uintptr(s), path), nil
}

// connect goes through a descriptor where path does not fit an address. One
// of the socket itself, not of its folder: a file name alone may be too long.
func connect(s int, path string) error {
	if len(path) > maxSocketPath {
		fd, err := unix.Open(path, unix.O_PATH|unix.O_CLOEXEC, 0)
		if err != nil {
			return err
		}
		defer closeFD(fd)
		path = fmt.Sprintf("/proc/self/fd/%d", fd)
	}
	for {
		err := unix.Connect(s, &unix.SockaddrUnix{Name: path})
		if err != unix.EINTR {
			return err
		}
	}
}
