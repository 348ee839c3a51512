package engine

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/containerd/console"
)

// A Terminal is a pseudo terminal with a client on it.
type Terminal struct {
	console.Console
	cmd *exec.Cmd
	mu  sync.Mutex
	out bytes.Buffer
	end chan struct{}
}

// Terminal starts the client on a new terminal of the given size.
func (c *CLI) Terminal(t testing.TB, rows, cols uint16, args ...string) *Terminal {
	t.Helper()
	pty, path, err := console.NewPty()
	if err != nil {
		t.Fatal(err)
	}
	tty, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer tty.Close()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	term := &Terminal{Console: pty, cmd: c.Cmd(ctx, args...), end: make(chan struct{})}
	term.Size(t, rows, cols)
	term.cmd.Stdin, term.cmd.Stdout, term.cmd.Stderr = tty, tty, tty
	if term.cmd.SysProcAttr == nil {
		term.cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	term.cmd.SysProcAttr.Setsid, term.cmd.SysProcAttr.Setctty = true, true
	if err := term.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cancel(); pty.Close() })
	go term.collect()
	return term
}

// collect reads until the last holder of the terminal has closed it.
func (p *Terminal) collect() {
	defer close(p.end)
	buf := make([]byte, 4096)
	for {
		n, err := p.Read(buf)
		p.mu.Lock()
		p.out.Write(buf[:n])
		p.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// Text is all that came out of the terminal so far.
func (p *Terminal) Text() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.out.String()
}

// Size sets the size of the terminal, which tells the client by SIGWINCH.
func (p *Terminal) Size(t testing.TB, rows, cols uint16) {
	t.Helper()
	if err := p.Resize(console.WinSize{Height: rows, Width: cols}); err != nil {
		t.Fatal(err)
	}
}

// Type sends keys.
func (p *Terminal) Type(t testing.TB, keys string) {
	t.Helper()
	if _, err := p.Write([]byte(keys)); err != nil {
		t.Fatal(err)
	}
}

// Expect waits for text.
func (p *Terminal) Expect(t testing.TB, text string) {
	t.Helper()
	for deadline := time.Now().Add(patience); !strings.Contains(p.Text(), text); {
		if time.Now().After(deadline) {
			t.Fatalf("never came on the terminal: %q, but: %q", text, p.Text())
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// Wait waits for the client's end and returns its exit code.
func (p *Terminal) Wait(t testing.TB) int {
	t.Helper()
	p.cmd.Wait()
	<-p.end
	return p.cmd.ProcessState.ExitCode()
}

// Signal sends the client a signal.
func (p *Terminal) Signal(t testing.TB, sig syscall.Signal) {
	t.Helper()
	if err := p.cmd.Process.Signal(sig); err != nil {
		t.Fatal(err)
	}
}
