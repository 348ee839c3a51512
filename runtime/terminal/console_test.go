package terminal

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func newConsole(t *testing.T, s Streams) *Console {
	t.Helper()
	c, err := NewConsole(s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { within(t, "Close", func() { c.Close() }) })
	return c
}

func receive(t *testing.T, c *Console) error {
	t.Helper()
	var err error
	within(t, "Receive", func() { err = c.Receive(t.Context()) })
	return err
}

// shell runs a script on a terminal of its own, attached to s.
func shell(t *testing.T, s Streams, script string) (*Console, *exec.Cmd) {
	t.Helper()
	c := newConsole(t, s)
	cmd := child("shell", script)
	cmd.ExtraFiles = []*os.File{c.Socket()}
	cmd.Stderr = os.Stderr
	start(t, cmd)
	c.CloseChild()
	if err := receive(t, c); err != nil {
		t.Fatal(err)
	}
	return c, cmd
}

// finish waits for the process and its output and returns its exit code.
func finish(t *testing.T, c *Console, cmd *exec.Cmd) int {
	t.Helper()
	within(t, "the end", func() {
		cmd.Wait()
		c.Wait()
	})
	var err error
	within(t, "Close", func() { err = c.Close() })
	if err != nil {
		t.Errorf("Close: %v", err)
	}
	return cmd.ProcessState.ExitCode()
}

// attached returns a console whose process is this test: slave is the
// process's end.
func attached(t *testing.T, s Streams) (c *Console, slave *os.File) {
	t.Helper()
	c = newConsole(t, s)
	master, slave := newPair(t)
	control(t, master, func(fd int) {
		if err := sendFDs(int(c.Socket().Fd()), "ptmx", fd); err != nil {
			t.Fatal(err)
		}
	})
	master.Close()
	if err := receive(t, c); err != nil {
		t.Fatal(err)
	}
	return c, slave
}

func mode(t *testing.T, f *os.File) unix.Termios {
	t.Helper()
	m, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	return *m
}

func setSize(t *testing.T, f *os.File, rows, cols uint16) {
	t.Helper()
	ws := &unix.Winsize{Row: rows, Col: cols}
	if err := unix.IoctlSetWinsize(int(f.Fd()), unix.TIOCSWINSZ, ws); err != nil {
		t.Fatal(err)
	}
}

func TestConsoleRunsProcess(t *testing.T) {
	noLeak(t)
	user, tty := newPair(t)
	setSize(t, tty, 40, 100)
	before := mode(t, tty)

	c, cmd := shell(t, Streams{tty, tty, tty}, "stty size; read x; echo got:$x; exit 3")
	expect(t, user, "40 100")
	if mode(t, tty).Lflag&(unix.ICANON|unix.ISIG|unix.ECHO) != 0 {
		t.Error("the terminal is not raw")
	}
	write(t, user, "hello\r")
	got := expect(t, user, "got:hello\r\n")
	if strings.Contains(got, "\r\r") {
		t.Errorf("carriage returns are doubled: %q", got)
	}
	if code := finish(t, c, cmd); code != 3 {
		t.Errorf("exit code %d", code)
	}
	if mode(t, tty) != before {
		t.Error("the terminal's mode is not restored")
	}
}

func TestConsoleInterruptGoesToProcess(t *testing.T) {
	user, tty := newPair(t)
	script := "trap 'echo caught; exit 7' INT; echo ready; while :; do sleep 0.05; done"
	c, cmd := shell(t, Streams{tty, tty, tty}, script)
	expect(t, user, "ready")
	write(t, user, "\x03")
	expect(t, user, "caught")
	if code := finish(t, c, cmd); code != 7 {
		t.Errorf("exit code %d", code)
	}
}

func TestConsoleResize(t *testing.T) {
	user, tty := newPair(t)
	script := "trap 'stty size' WINCH; stty size; echo ready; while :; do sleep 0.05; done"
	c, cmd := shell(t, Streams{tty, tty, tty}, script)
	if got := expect(t, user, "ready"); !strings.Contains(got, "24 80") {
		t.Errorf("a window of 0x0 is passed on: %q", got)
	}
	setSize(t, tty, 33, 77)
	if err := c.Resize(); err != nil {
		t.Fatal(err)
	}
	expect(t, user, "33 77")
	cmd.Process.Kill()
	finish(t, c, cmd)
	if err := c.Resize(); err != nil {
		t.Errorf("Resize after Close: %v", err)
	}
}

func TestConsoleCopiesAllOutput(t *testing.T) {
	noLeak(t)
	_, tty := newPair(t)
	r, w := newPipe(t)
	c, cmd := shell(t, Streams{tty, w, tty}, "head -c 200000 /dev/zero | tr '\\0' x; echo; echo end")
	read := make(chan []byte)
	go func() {
		all, _ := io.ReadAll(r)
		read <- all
	}()
	finish(t, c, cmd)
	w.Close()
	all := string(<-read)
	if n := strings.Count(all, "x"); n != 200000 || !strings.HasSuffix(all, "\nend\n") {
		t.Errorf("%d bytes of 200000, end %q", n, all[max(0, len(all)-9):])
	}
}

// What the process wrote last is in the kernel when Wait is called.
func TestConsoleWaitDrains(t *testing.T) {
	noLeak(t)
	_, tty := newPair(t)
	r, w := newPipe(t)
	c, slave := attached(t, Streams{tty, w, w})
	for range 50 {
		write(t, slave, "line\n")
	}
	slave.Close()
	within(t, "Wait", c.Wait)
	w.Close()
	if all, _ := io.ReadAll(r); string(all) != strings.Repeat("line\n", 50) {
		t.Errorf("got %q", all)
	}
}

// A process that outlives the one waited for may write for ever.
func TestConsoleWaitEndsBesideWriter(t *testing.T) {
	_, tty := newPair(t)
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	c, slave := attached(t, Streams{tty, null, tty})
	go func() {
		line := strings.Repeat("y", 1000)
		for {
			if _, err := slave.WriteString(line); err != nil {
				return
			}
		}
	}()
	within(t, "Wait", c.Wait)
}

func TestConsoleSurvivesHangup(t *testing.T) {
	noLeak(t)
	user, tty := newPair(t)
	c, slave := attached(t, Streams{tty, tty, tty})
	write(t, slave, "first\n")
	expect(t, user, "first")

	var master *os.File
	c.mu.Lock()
	master = c.pty.file
	c.mu.Unlock()
	slave.Close()
	write(t, user, "typed\r") // nobody there: must wait, not end the copy
	time.Sleep(100 * time.Millisecond)
	control(t, master, func(fd int) {
		again, err := openSlave(fd)
		if err != nil {
			t.Fatal(err)
		}
		slave = again
	})
	defer slave.Close()
	write(t, slave, "second\n")
	expect(t, user, "second")
	within(t, "read of the slave", func() {
		buf := make([]byte, 100)
		if n, err := slave.Read(buf); err != nil || string(buf[:n]) != "typed\n" {
			t.Errorf("read %q, %v", buf[:n], err)
		}
	})
	within(t, "Close", func() { c.Close() })
}

func TestConsoleSize(t *testing.T) {
	user, tty := newPair(t)
	c := newConsole(t, Streams{tty, tty, tty})
	if w, h := c.Size(); w != 0 || h != 0 {
		t.Errorf("size %dx%d of a window of unknown size", w, h)
	}
	setSize(t, tty, 33, 77)
	if w, h := c.Size(); w != 77 || h != 33 {
		t.Errorf("size %dx%d, want 77x33", w, h)
	}
	user.Close()
	c.Close()
	if w, h := c.Size(); w != 0 || h != 0 {
		t.Errorf("size %dx%d after Close", w, h)
	}
}

func TestConsoleIsNotInherited(t *testing.T) {
	before := strings.Split(descriptors(t), "\n")
	_, tty := newPair(t)
	c, _ := attached(t, Streams{tty, tty, tty})
	again := newConsole(t, Streams{tty, tty, tty})
	again.Size()
	c.Size()
	for _, line := range strings.Split(descriptors(t), "\n") {
		if line == "" || slices.Contains(before, line) {
			continue
		}
		var fd int
		fmt.Sscan(line, &fd)
		if flags, _ := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); flags&unix.FD_CLOEXEC == 0 {
			t.Errorf("programs inherit %s", line)
		}
	}
}

func TestConsoleFindsTerminal(t *testing.T) {
	user, tty := newPair(t)
	for _, tt := range []struct {
		name    string
		in, err *os.File
		control bool
		want    string
	}{
		{name: "stderr", err: tty, want: "found\n"},
		{name: "stdin", in: tty, want: "found\n"},
		{name: "controlling", control: true, want: "found\n"},
		{name: "none", want: "no terminal: open /dev/tty: no such device or address\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cmd := child("host")
			if tt.in != nil {
				cmd.Stdin = tt.in
			}
			if tt.err != nil {
				cmd.Stderr = tt.err
			}
			if tt.control {
				cmd.ExtraFiles = []*os.File{tty}
				cmd.SysProcAttr.Setctty, cmd.SysProcAttr.Ctty = true, 3
			}
			out, _ := cmd.Output()
			if string(out) != tt.want {
				t.Errorf("got %q, want %q", out, tt.want)
			}
		})
	}
	_ = user
}
