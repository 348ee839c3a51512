package terminal

import (
	"errors"
	"fmt"
	"os"

	"github.com/containerd/console"
	"golang.org/x/sys/unix"
)

// host is the caller's terminal: its mode and its window, not its data,
// which goes through the caller's streams.
type host struct {
	console.Console
	raw bool
}

// findHost takes the first terminal among the caller's files, the ones least
// often redirected first, and the controlling terminal if there is none.
func findHost(s Streams) (*host, error) {
	for _, f := range []*os.File{s.Stderr, s.Stdout, s.Stdin} {
		if f == nil {
			continue
		}
		if fd, err := duplicate(f); err == nil {
			if h, err := newHost(fd); err == nil {
				return h, nil
			}
		}
	}
	fd, err := unix.Open("/dev/tty", unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("%w: open /dev/tty: %w", ErrNoTerminal, withoutVerdict(err))
	}
	h, err := newHost(fd)
	if err != nil {
		return nil, fmt.Errorf("%w: read mode of /dev/tty: %w", ErrNoTerminal, err)
	}
	return h, nil
}

// newHost takes over fd and remembers the mode the terminal is in.
func newHost(fd int) (*host, error) {
	f := os.NewFile(uintptr(fd), "terminal")
	c, err := console.ConsoleFromFile(f)
	if err != nil {
		f.Close()
		return nil, err
	}
	return &host{Console: c}, nil
}

func (h *host) setRaw() error {
	h.raw = true
	if err := h.SetRaw(); err != nil {
		return fmt.Errorf("set terminal raw: %w", err)
	}
	return nil
}

// restore undoes setRaw. A terminal that hung up has nothing to restore.
func (h *host) restore() error {
	if !h.raw {
		return nil
	}
	h.raw = false
	if err := h.Reset(); err != nil && !errors.Is(err, unix.EIO) {
		return fmt.Errorf("restore terminal: %w", err)
	}
	return nil
}

// size returns the window's size, nil if the terminal does not know it.
func (h *host) size() (*unix.Winsize, error) {
	ws, err := unix.IoctlGetWinsize(int(h.Fd()), unix.TIOCGWINSZ)
	if err != nil {
		return nil, fmt.Errorf("read window size: %w", err)
	}
	if ws.Row == 0 && ws.Col == 0 {
		return nil, nil
	}
	return ws, nil
}
