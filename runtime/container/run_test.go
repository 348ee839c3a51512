package container

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

func TestRunStatus(t *testing.T) {
	w := newWorld(t, "")
	noLeak(t)
	for script, want := range map[string]int{"exit 0": 0, "exit 7": 7, "kill -9 $$": 0, "exit 255": 255} {
		w.script(script)
		id := newID()
		status, err := w.Run(t.Context(), id, w.runOptions(w.null))
		if status != want || err != nil { // pid 1 takes no signal from inside
			t.Errorf("%s: %d, %v", script, status, err)
		}
		w.gone(id)
	}
}

func TestRunIsKilled(t *testing.T) {
	w := newWorld(t, forever)
	id := newID()
	done := make(chan int, 1)
	go func() {
		status, err := w.Run(context.WithoutCancel(t.Context()), id, w.runOptions(w.null))
		if err != nil {
			t.Error(err)
		}
		done <- status
	}()
	until(t, "it runs", func() bool {
		s, err := w.State(t.Context(), id)
		return err == nil && s.Status == Running
	})
	ok(t, w.Kill(t.Context(), id, KillOptions{Signal: unix.SIGKILL}))
	within(t, "run", func() {
		if got := <-done; got != 137 {
			t.Errorf("status %d", got)
		}
	})
	w.gone(id)
}

func TestRunThroughPipes(t *testing.T) {
	w := newWorld(t, "cat; echo out; echo err >&2; ls -l /proc/self/fd >&2")
	noLeak(t)
	in, feed, err := os.Pipe()
	ok(t, err)
	out, sink, err := os.Pipe()
	ok(t, err)
	errs := outFile(t)
	o := w.runOptions(w.null)
	o.Streams.Stdin, o.Streams.Stdout, o.Streams.Stderr = in, sink, errs
	text := strings.Repeat("0123456789abcdef", 16<<10) // more than a pipe holds
	go func() {
		io.WriteString(feed, text)
		feed.Close()
	}()
	got := make(chan string, 1)
	go func() {
		data, _ := io.ReadAll(out)
		got <- string(data)
	}()
	id := newID()
	within(t, "run", func() { w.must(w.Run(t.Context(), id, o)) })
	in.Close()
	sink.Close()
	if data := <-got; data != text+"out\n" {
		t.Errorf("%d bytes, want %d", len(data), len(text)+4)
	}
	out.Close()
	said := content(t, errs.Name())
	if !strings.HasPrefix(said, "err\n") || strings.Contains(said, " 4 -> ") {
		t.Errorf("standard error: %s", said)
	}
	errs.Close()
	w.gone(id)
}

func TestRunKeeps(t *testing.T) {
	w := newWorld(t, "exit 3")
	o := w.runOptions(w.null)
	o.Keep = true
	id := newID()
	if status, err := w.Run(t.Context(), id, o); status != 3 || err != nil {
		t.Errorf("%d, %v", status, err)
	}
	if got := w.status(id); got != Stopped {
		t.Errorf("it is %s", got)
	}
	if _, err := w.Run(t.Context(), id, o); !errors.Is(err, ErrExist) {
		t.Errorf("again: %v", err)
	}
	ok(t, w.Delete(t.Context(), id, DeleteOptions{}))
	w.gone(id)
}

func TestRunDetached(t *testing.T) {
	w := newWorld(t, "echo out; "+forever)
	noLeak(t)
	out := outFile(t)
	o := w.runOptions(out)
	o.Detach = true
	o.PidFile = filepath.Join(t.TempDir(), "pid")
	id := newID()
	w.must(w.Run(t.Context(), id, o))
	if got := w.status(id); got != Running {
		t.Errorf("it is %s", got)
	}
	until(t, "it says something", func() bool { return content(t, out.Name()) == "out\n" })
	ok(t, w.Delete(t.Context(), id, DeleteOptions{Force: true}))
	out.Close()
	reap(t, content(t, o.PidFile))
	w.gone(id)
}

func TestRunIsCancelled(t *testing.T) {
	w := newWorld(t, "echo; "+forever)
	noLeak(t)
	out := outFile(t)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		defer cancel()
		for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(time.Millisecond) {
			if st, err := os.Stat(out.Name()); err == nil && st.Size() > 0 {
				return
			}
		}
	}()
	id := newID()
	within(t, "run", func() {
		if _, err := w.Run(ctx, id, w.runOptions(out)); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	})
	out.Close()
	w.gone(id)
}

// The container's program is none: engines make 127 of these words, and
// nothing is left.
func TestRunOfNothing(t *testing.T) {
	w := newWorld(t, "")
	noLeak(t)
	for program, want := range map[string]string{
		"nope":  `exec: "nope": executable file not found in $PATH`,
		"/nope": `exec: "/nope": stat /nope: no such file or directory`,
		"/proc": `exec: "/proc": is a directory`,
	} {
		w.spec.Process.Args = []string{program}
		w.save()
		id := newID()
		_, err := w.Run(t.Context(), id, w.runOptions(w.null))
		mentions(t, err, want)
		w.gone(id)
	}
}

func TestRunHooks(t *testing.T) {
	out := filepath.Join(t.TempDir(), "out")
	w := newWorld(t, "echo program >&2")
	say := func(phase string) []specs.Hook {
		return []specs.Hook{shellHook(t, "grep -o '\"status\":\"[a-z]*\"' | sed 's/^/"+phase+" /' >> "+out)}
	}
	w.hooks(specs.Hooks{
		Prestart: say("prestart"), CreateRuntime: say("createRuntime"), CreateContainer: say("createContainer"),
		Poststart: say("poststart"), Poststop: say("poststop"),
	})
	noLeak(t)
	w.must(w.Run(t.Context(), newID(), w.runOptions(w.null)))
	want := `prestart "status":"creating"
createRuntime "status":"creating"
createContainer "status":"creating"
poststart "status":"running"
poststop "status":"stopped"
`
	if got := content(t, out); got != want {
		t.Errorf("got\n%s", got)
	}
}

// Whoever gives up while the poststop hooks run does not stop them.
func TestPoststopIsNotCancelled(t *testing.T) {
	w := newWorld(t, "exit 4")
	g, hook := newGate(t)
	w.hooks(specs.Hooks{Poststop: []specs.Hook{hook}})
	j := watchLog(t)
	id := newID()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan int, 1)
	go func() {
		status, err := w.Run(ctx, id, w.runOptions(w.null))
		if err != nil {
			t.Error(err)
		}
		done <- status
	}()
	g.wait()
	cancel()
	g.pass()
	within(t, "run", func() {
		if got := <-done; got != 4 {
			t.Errorf("status %d", got)
		}
	})
	if len(j.all()) > 0 {
		t.Errorf("log: %q", j.all())
	}
	w.gone(id)
}

// A poststart hook that fails stops the container; run removes it.
func TestPoststartFails(t *testing.T) {
	w := newWorld(t, forever)
	marker := filepath.Join(t.TempDir(), "marker")
	w.hooks(specs.Hooks{
		Poststart: []specs.Hook{shellHook(t, "exit 9")},
		Poststop:  []specs.Hook{shellHook(t, "touch "+marker)},
	})
	id := newID()
	_, err := w.Run(t.Context(), id, w.runOptions(w.null))
	mentions(t, err, "error running poststart hook #0: /")
	w.gone(id)
	if _, err := os.Stat(marker); err != nil {
		t.Errorf("no poststop hook: %v", err)
	}
	id, _ = w.created()
	err = w.Start(t.Context(), id, StartOptions{})
	mentions(t, err, "error running poststart hook #0: /")
	until(t, "it has stopped", func() bool { return w.status(id) == Stopped })
}
