package terminal

import (
	"encoding/binary"
	"errors"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// input copies what a caller types or pipes in. A read of a terminal cannot
// be called off, so it is only made when poll(2) says that it will not block:
// that way the copy can be stopped, and what is typed after the process has
// ended stays for whoever reads next.
type input struct {
	src     int // -1: at its end
	wake    int // an eventfd
	started bool
	done    chan struct{}
}

func newInput(f *os.File) (*input, error) {
	src := -1
	if f != nil {
		fd, err := duplicate(f)
		if err != nil && !errors.Is(err, unix.EBADF) && !errors.Is(err, os.ErrClosed) {
			return nil, os.NewSyscallError("fcntl", err)
		}
		if err == nil {
			src = fd
		}
	}
	wake, err := unix.Eventfd(0, unix.EFD_CLOEXEC)
	if err != nil {
		closeFD(src)
		return nil, os.NewSyscallError("eventfd", err)
	}
	return &input{src: src, wake: wake, done: make(chan struct{})}, nil
}

// start copies to dst until the input ends, dst refuses or stop is called,
// and calls end last.
func (in *input) start(dst io.Writer, end func()) {
	in.started = true
	go func() {
		defer close(in.done)
		in.copy(dst)
		end()
	}()
}

func (in *input) copy(dst io.Writer) {
	buf := make([]byte, 32<<10)
	for in.ready() {
		n, err := unix.Read(in.src, buf)
		if err == unix.EAGAIN || err == unix.EINTR {
			continue
		}
		if n <= 0 || err != nil {
			return
		}
		if _, err := dst.Write(buf[:n]); err != nil {
			return
		}
	}
}

// ready waits for something to read; false means stop.
func (in *input) ready() bool {
	if in.src < 0 {
		return false
	}
	poll := []unix.PollFd{
		{Fd: int32(in.src), Events: unix.POLLIN},
		{Fd: int32(in.wake), Events: unix.POLLIN},
	}
	for {
		_, err := unix.Poll(poll, -1)
		if err == unix.EINTR {
			continue
		}
		return err == nil && poll[1].Revents == 0
	}
}

// stop ends the copy and frees its descriptors. It is called once, after
// dst has been made to refuse: a write that blocks is not ended here.
func (in *input) stop() {
	if in.started {
		_, _ = unix.Write(in.wake, binary.NativeEndian.AppendUint64(nil, 1))
		<-in.done
	}
	closeFD(in.src)
	closeFD(in.wake)
}

func closeFD(fd int) {
	if fd >= 0 {
		unix.Close(fd)
	}
}
