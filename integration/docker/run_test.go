package docker

import (
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/bulkhead-oci/bulkhead/integration/engine"
)

func TestRunOutput(t *testing.T) {
	t.Parallel()
	r := run(t, docker(t), engine.Image, "sh", "-c", "echo out; echo err >&2")
	engine.Same(t, "exit code", r.Code, 0)
	engine.Same(t, "stdout", r.Stdout, "out\n")
	engine.Same(t, "stderr", r.Stderr, "err\n")
}

// TestRunExitCodes: Docker makes 126 and 127 out of words in the runtime's
// last log line.
func TestRunExitCodes(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		code int
		says string
		args []string
	}{
		"success":        {0, "", []string{"true"}},
		"own code":       {3, "", []string{"sh", "-c", "exit 3"}},
		"not executable": {126, "permission denied", []string{"/bin/plain"}},
		"not in PATH":    {127, "$PATH", []string{"no-such-program"}},
		"no such path":   {127, "/no/such/program", []string{"/no/such/program"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := run(t, docker(t), append([]string{engine.Image}, tc.args...)...)
			engine.Same(t, "exit code", r.Code, tc.code)
			engine.Contains(t, "stderr", strings.ToLower(r.Stderr), strings.ToLower(tc.says))
		})
	}
}

// TestRunDirectory: clients before Docker 23 make 125 of it.
func TestRunDirectory(t *testing.T) {
	t.Parallel()
	r := run(t, docker(t), engine.Image, "/etc")
	if r.Code != 126 && r.Code != 125 {
		t.Errorf("exit code: got %d, want 126, or 125 of an old client", r.Code)
	}
	engine.Contains(t, "stderr", r.Stderr, "is a directory")
}

// TestRunBelowFile: Docker's exit code for it differs between releases.
func TestRunBelowFile(t *testing.T) {
	t.Parallel()
	r := run(t, docker(t), engine.Image, "/etc/passwd/program")
	engine.Contains(t, "stderr", strings.ToLower(r.Stderr), "not a directory")
}

// TestRunErrorText: what the user reads names the program.
func TestRunErrorText(t *testing.T) {
	t.Parallel()
	d := docker(t)
	r := run(t, d, engine.Image, "no-such-program")
	engine.Contains(t, "stderr", r.Stderr, "no-such-program")
	engine.Contains(t, "stderr", r.Stderr, "not found in $PATH")
	b := &box{d, strings.ReplaceAll(t.Name(), "/", "-")}
	engine.Contains(t, "State.Error", b.inspect(t, ".State.Error"), "no-such-program")
	engine.Same(t, "state", b.inspect(t, ".State.Status"), "created")
}

func TestRunStdin(t *testing.T) {
	t.Parallel()
	d := docker(t)
	sent := strings.Repeat("all hands on deck\n", 50000)
	args := append([]string{"run", "-i"}, flags(t, d, "", []string{engine.Image, "cat"})...)
	r := d.Input(t, sent, args...)
	engine.Same(t, "exit code", r.Code, 0)
	engine.Same(t, "length", len(r.Stdout), len(sent))
	engine.Same(t, "same bytes", r.Stdout == sent, true)
}

func TestRunLogs(t *testing.T) {
	t.Parallel()
	b := start(t, docker(t), "", engine.Image, "sh", "-c", "echo one; echo two >&2; echo three")
	engine.Same(t, "exit code", b.wait(t), "0")
	r := b.Code(t, 0, "logs", b.name)
	engine.Same(t, "stdout", r.Stdout, "one\nthree\n")
	engine.Same(t, "stderr", r.Stderr, "two\n")
}

// TestRunLogsFollow: the log ends with the container, which closes its
// streams.
func TestRunLogsFollow(t *testing.T) {
	t.Parallel()
	b := start(t, docker(t), "", engine.Image, "sh", "-c", "echo first; sleep 1; echo last")
	engine.Same(t, "log", b.OK(t, "logs", "-f", b.name), "first\nlast")
	engine.Same(t, "tail", b.OK(t, "logs", "--tail", "1", b.name), "last")
}

func TestRunRemove(t *testing.T) {
	t.Parallel()
	d := docker(t)
	engine.Same(t, "output", output(t, d, "--rm", engine.Image, "echo", "gone"), "gone")
	engine.Same(t, "left", d.OK(t, "ps", "-aq", "--filter", "name="+t.Name()+"$"), "")
}

func TestRunTwentyAtOnce(t *testing.T) {
	d := docker(t)
	boxes := make([]*box, 20)
	results := make([]engine.Result, len(boxes))
	var all sync.WaitGroup
	for i := range boxes {
		suffix := "-" + strconv.Itoa(i)
		boxes[i] = &box{d, t.Name() + suffix}
		args := flags(t, d, suffix, []string{"--hostname", "box" + suffix, engine.Image, "sh", "-c", "hostname; exec sleep 1000"})
		all.Go(func() { results[i] = d.Try(t, append([]string{"run", "-d"}, args...)...) })
	}
	all.Wait()
	kill := []string{"kill"}
	for i, b := range boxes {
		engine.Same(t, results[i].String(), results[i].Code, 0)
		b.said(t, "box-"+strconv.Itoa(i))
		engine.Same(t, "state", b.inspect(t, ".State.Status"), "running")
		kill = append(kill, b.name)
	}
	d.OK(t, kill...)
	for _, b := range boxes {
		engine.Same(t, "exit code", b.wait(t), "137")
	}
}
