package docker

import (
	"testing"

	"github.com/bulkhead-oci/bulkhead/integration/engine"
)

func TestTTYRun(t *testing.T) {
	t.Parallel()
	d := docker(t)
	args := flags(t, d, "", []string{"-it", engine.Image, "sh"})
	term := d.Terminal(t, 31, 97, append([]string{"run"}, args...)...)
	term.Type(t, "tty; until stty size | grep '^31 97'; do sleep 0.1; done\r")
	term.Expect(t, "/dev/pts/0")
	term.Expect(t, "\r\n31 97\r\n")
	term.Size(t, 42, 111)
	term.Type(t, "until stty size | grep '^42 111'; do sleep 0.1; done\r")
	term.Expect(t, "\r\n42 111\r\n")
	term.Type(t, "exit 9\r")
	engine.Same(t, "exit code", term.Wait(t), 9)
}

// TestTTYInterrupt: the terminal is the controlling one, so that ^C becomes a
// signal to the foreground job.
func TestTTYInterrupt(t *testing.T) {
	t.Parallel()
	d := docker(t)
	args := flags(t, d, "", []string{"-it", engine.Image, "sh"})
	term := d.Terminal(t, 24, 80, append([]string{"run"}, args...)...)
	term.Type(t, "echo up to here; sleep 1000\r")
	term.Expect(t, "\nup to here")
	term.Type(t, "\x03")
	term.Type(t, "echo code $?\r")
	term.Expect(t, "\ncode 130")
	term.Type(t, "exit 8\r")
	engine.Same(t, "exit code", term.Wait(t), 8)
}

func TestTTYExec(t *testing.T) {
	t.Parallel()
	b := sleeper(t, docker(t), "")
	term := b.Terminal(t, 19, 66, "exec", "-it", b.name, "sh")
	term.Type(t, "until stty size | grep '^19 66'; do sleep 0.1; done\r")
	term.Expect(t, "\n19 66\r\n")
	term.Type(t, "exit 4\r")
	engine.Same(t, "exit code", term.Wait(t), 4)
}

func TestTTYDetachAttach(t *testing.T) {
	t.Parallel()
	d := docker(t)
	args := flags(t, d, "", []string{"-it", engine.Image, "sh"})
	term := d.Terminal(t, 24, 80, append([]string{"run"}, args...)...)
	term.Type(t, "keep=cargo; echo aboard\r")
	term.Expect(t, "\naboard")
	term.Type(t, "\x10\x11")
	engine.Same(t, "exit code of the detached client", term.Wait(t), 0)
	b := &box{d, t.Name()}
	engine.Same(t, "state", b.inspect(t, ".State.Status"), "running")
	term = d.Terminal(t, 24, 80, "attach", b.name)
	term.Type(t, "echo still=$keep; exit 6\r")
	term.Expect(t, "still=cargo")
	engine.Same(t, "exit code", term.Wait(t), 6)
}

// TestTTYWithoutInput: a terminal turns newlines into returns and newlines.
func TestTTYWithoutInput(t *testing.T) {
	t.Parallel()
	r := run(t, docker(t), "-t", engine.Image, "sh", "-c", "echo a; test -t 1 && echo terminal")
	engine.Same(t, "stdout", r.Stdout, "a\r\nterminal\r\n")
}
