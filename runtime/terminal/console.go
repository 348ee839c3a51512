package terminal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"golang.org/x/sys/unix"
)

// Console connects a process that has a pseudo-terminal of its own with the
// caller's terminal.
type Console struct {
	streams     Streams
	ours, child *os.File // the socketpair
	once        sync.Once

	mu     sync.Mutex // guards what follows
	host   *host
	pty    *pty
	in     *input
	copied chan struct{}
	closed bool
}

// NewConsole finds the caller's terminal, among its standard files or as the
// controlling terminal, and makes the socket that the process's one comes
// over. The terminal's mode is not changed before Receive.
func NewConsole(s Streams) (*Console, error) {
	h, err := findHost(s)
	if err != nil {
		return nil, err
	}
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		_ = h.Close()
		return nil, os.NewSyscallError("socketpair", err)
	}
	// Non-blocking on our side only, for the sake of contexts; the process
	// sends in the ordinary way.
	_ = unix.SetNonblock(fds[0], true)
	return &Console{
		streams: s,
		host:    h,
		ours:    os.NewFile(uintptr(fds[0]), "console socket"),
		child:   os.NewFile(uintptr(fds[1]), "console socket of the process"),
	}, nil
}

// Socket returns the end of the socket that the process sends its master
// over.
func (c *Console) Socket() *os.File { return c.child }

// Size returns the window's size, zeroes if it is not known. A process that
// makes its terminal this large need not race Receive to see the right size.
func (c *Console) Size() (width, height uint16) {
	c.mu.Lock()
	defer c.mu.Unlock()
	ws, err := c.host.size()
	if err != nil || ws == nil {
		return 0, 0
	}
	return ws.Col, ws.Row
}

// CloseChild closes Socket in this process. It is called when the process has
// started, or has not: as long as the socket is open here, Receive cannot tell
// that nobody will send.
func (c *Console) CloseChild() { c.child.Close() }

// Receive waits for the master, sets the caller's terminal raw and starts to
// copy. One call is all a Console has. It is best made in a goroutine before
// the process starts: what a process writes before the master's mode is set
// has two carriage returns a line. If the process ends without having sent
// anything, that is told by io.EOF, once CloseChild was called.
func (c *Console) Receive(ctx context.Context) error {
	defer c.ours.Close()
	fd, err := receiveFD(ctx, c.ours)
	if err == nil {
		err = c.attach(fd)
	}
	if errors.Is(err, io.EOF) {
		return fmt.Errorf("receive console: the process ended before it sent one: %w", err)
	}
	if err != nil {
		return fmt.Errorf("receive console: %w", err)
	}
	return nil
}

// attach takes over fd.
func (c *Console) attach(fd int) (retErr error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		closeFD(fd)
		return os.ErrClosed
	}
	p, err := newPty(fd)
	if err != nil {
		return err
	}
	in, err := newInput(c.streams.Stdin)
	if err != nil {
		p.close()
		return err
	}
	if err := c.host.setRaw(); err != nil {
		_ = c.host.restore()
		p.close()
		in.stop()
		return err
	}
	c.pty, c.in, c.copied = p, in, make(chan struct{})
	_ = c.resize() // the terminal works without
	in.start(p, func() {})
	go c.copyOut()
	return nil
}

// copyOut ends early when the caller's reader is gone. The process is told by
// the hang-up of its terminal, as it would be by a terminal of its own.
func (c *Console) copyOut() {
	defer close(c.copied)
	_, _ = io.Copy(output(c.streams.Stdout), c.pty)
	c.pty.close()
}

// Resize gives the process's terminal the size of the caller's. There is
// nothing to do, and no error, before Receive and after Close, and for a
// window whose size is not known.
func (c *Console) Resize() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.pty == nil || c.closed {
		return nil
	}
	return c.resize()
}

func (c *Console) resize() error {
	ws, err := c.host.size()
	if err != nil || ws == nil {
		return err
	}
	return c.pty.resize(ws)
}

// Wait copies the rest of the output. It is called when the process has
// ended: a terminal has no end of its own, since any process may open it
// again.
func (c *Console) Wait() {
	c.mu.Lock()
	p, copied := c.pty, c.copied
	c.mu.Unlock()
	if p == nil {
		return
	}
	p.drain()
	<-copied
}

// Close stops copying, output last and to its end, and restores the mode of
// the caller's terminal. It may be called at any time, and ends a Receive that
// waits.
func (c *Console) Close() (err error) {
	c.once.Do(func() { err = c.close() })
	return err
}

func (c *Console) close() error {
	c.mu.Lock()
	c.closed = true
	p, in := c.pty, c.in
	c.mu.Unlock()

	c.ours.Close()
	c.child.Close()
	if p != nil {
		p.refuse()
		in.stop()
		c.Wait()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	defer func() { _ = c.host.Close() }()
	return c.host.restore()
}
