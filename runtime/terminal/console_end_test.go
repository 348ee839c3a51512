package terminal

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func TestConsoleHangsUpWhenReaderIsGone(t *testing.T) {
	noLeak(t)
	_, tty := newPair(t)
	r, w := newPipe(t)
	r.Close()
	_, slave := attached(t, Streams{tty, w, tty})
	write(t, slave, "nobody reads this\n")
	within(t, "read of the slave", func() {
		n, err := slave.Read(make([]byte, 100))
		if n > 0 || err == nil {
			t.Errorf("read %d bytes, %v; want a hang-up", n, err)
		}
	})
}

func TestConsoleOfVanishedTerminal(t *testing.T) {
	noLeak(t)
	user, tty := newPair(t)
	c, _ := attached(t, Streams{tty, tty, tty})
	user.Close()
	if err := c.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
}

// Close stops the copy at once, so that the next reader gets what is typed.
func TestConsoleCloseLeavesInput(t *testing.T) {
	noLeak(t)
	_, tty := newPair(t)
	r, w := newPipe(t)
	c, slave := attached(t, Streams{r, tty, tty})
	write(t, w, "for the process\n")
	within(t, "read of the slave", func() { slave.Read(make([]byte, 100)) })
	closeTwice(t, func() { c.Close() })
	write(t, w, "for the shell\n")
	expect(t, r, "for the shell\n")
}

// A process that does not read must not hold up Close.
func TestConsoleCloseWithInputStuck(t *testing.T) {
	noLeak(t)
	_, tty := newPair(t)
	r, w := newPipe(t)
	c, slave := attached(t, Streams{r, tty, tty})
	m := mode(t, slave)
	m.Lflag &^= unix.ICANON | unix.ECHO
	unix.IoctlSetTermios(int(slave.Fd()), unix.TCSETS, &m)
	fill(t, w)
	within(t, "Close", func() { c.Close() })
}

// fill writes to a pipe until it is full with its reader stuck.
func fill(t *testing.T, w *os.File) {
	t.Helper()
	chunk := make([]byte, 4096)
	control(t, w, func(fd int) {
		for {
			poll := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLOUT}}
			if n, _ := unix.Poll(poll, 300); n == 0 {
				return
			}
			unix.Write(fd, chunk)
		}
	})
}

func TestConsoleProcessEndsEarly(t *testing.T) {
	noLeak(t)
	_, tty := newPair(t)
	before := mode(t, tty)
	c := newConsole(t, Streams{tty, tty, tty})
	cmd := exec.Command("/bin/true")
	cmd.ExtraFiles = []*os.File{c.Socket()}
	start(t, cmd)
	c.CloseChild()
	err := receive(t, c)
	cmd.Wait()
	if !errors.Is(err, io.EOF) || !strings.Contains(err.Error(), "ended before it sent one") {
		t.Errorf("got %v", err)
	}
	if err := c.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	if mode(t, tty) != before {
		t.Error("the terminal's mode has changed")
	}
}

func TestConsoleRefusesMessage(t *testing.T) {
	for _, tt := range []struct {
		name string
		text string
		fds  func(master, slave int) []int
	}{
		{"no descriptor", "hello", func(m, s int) []int { return nil }},
		{"two", "x", func(m, s int) []int { return []int{m, m} }},
		{"many", "x", func(m, s int) []int { return make([]int, 253) }},
		{"slave", "x", func(m, s int) []int { return []int{s} }},
		{"file", "x", func(m, s int) []int { return []int{0} }},
		{"long name", strings.Repeat("n", 5000), func(m, s int) []int { return []int{m} }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			noLeak(t)
			_, tty := newPair(t)
			before := mode(t, tty)
			c := newConsole(t, Streams{tty, tty, tty})
			master, slave := newPair(t)
			fds := tt.fds(int(master.Fd()), int(slave.Fd()))
			if err := sendFDs(int(c.Socket().Fd()), tt.text, fds...); err != nil {
				t.Fatal(err)
			}
			err := receive(t, c)
			if !errors.Is(err, ErrNotConsole) {
				t.Errorf("got %v", err)
			}
			if mode(t, tty) != before {
				t.Error("the terminal's mode has changed")
			}
		})
	}
}

func TestConsoleReceiveIsCancelled(t *testing.T) {
	noLeak(t)
	_, tty := newPair(t)
	c := newConsole(t, Streams{tty, tty, tty})
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("enough")
	got := make(chan error)
	go func() { got <- c.Receive(ctx) }()
	cancel(why)
	within(t, "Receive", func() {
		if err := <-got; !errors.Is(err, why) {
			t.Errorf("got %v", err)
		}
	})
}

func TestConsoleCloseEndsReceive(t *testing.T) {
	noLeak(t)
	_, tty := newPair(t)
	c := newConsole(t, Streams{tty, tty, tty})
	got := make(chan error)
	go func() { got <- c.Receive(t.Context()) }()
	c.Close()
	within(t, "Receive", func() {
		if err := <-got; !errors.Is(err, os.ErrClosed) {
			t.Errorf("got %v", err)
		}
	})
}

func TestConsoleUnused(t *testing.T) {
	noLeak(t)
	_, tty := newPair(t)
	c := newConsole(t, Streams{tty, tty, tty})
	within(t, "Wait", c.Wait)
	for range 2 {
		if err := c.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	}
	if err := c.Resize(); err != nil {
		t.Errorf("Resize: %v", err)
	}
	if err := c.Receive(t.Context()); !errors.Is(err, os.ErrClosed) {
		t.Errorf("Receive: %v", err)
	}
}
