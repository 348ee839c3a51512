package hooks

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// family is a script that leaves a child and a grandchild sleeping, all of
// them holding a fifo open, and tells its process ID through that before it
// says that it is ready.
const family = `exec 3>"$1"; echo $$ >&3; (sleep 1000 & wait) & echo ready; wait`

// watch makes a fifo for family.
func watch(t *testing.T) (path string, fifo *os.File) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "fifo")
	if err := unix.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	fifo, err := os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = fifo.Close() })
	return path, fifo
}

// wantDead waits for the end of the fifo: nobody of the family is left.
func wantDead(t *testing.T, fifo *os.File) {
	t.Helper()
	_ = fifo.SetReadDeadline(time.Now().Add(20 * time.Second))
	r := bufio.NewReader(fifo)
	line, err := r.ReadString('\n')
	if err != nil {
		t.Fatalf("the hook did not get to its first line: %v", err)
	}
	if _, err := r.ReadByte(); !errors.Is(err, io.EOF) {
		t.Errorf("the hook's children live on: %v", err)
		if pid, err := strconv.Atoi(strings.TrimSpace(line)); err == nil {
			_ = unix.Kill(-pid, unix.SIGKILL)
		}
	}
}

// killRecorded ends the process whose ID a script has written to a file.
func killRecorded(path string) {
	data, _ := os.ReadFile(path)
	if pid, err := strconv.Atoi(strings.TrimSpace(string(data))); err == nil && pid > 1 {
		_ = unix.Kill(pid, unix.SIGKILL)
	}
}

func TestTimeoutKillsAll(t *testing.T) {
	path, fifo := watch(t)
	h := Hook{Hook: withTimeout(sh("echo slow >&2; "+family, path), 2), Phase: Poststart, Index: 2}
	e := failure(t, h)
	want := "poststart hook 2 (/bin/sh): killed after its timeout of 2s: slow"
	if !e.TimedOut || e.Timeout != 2*time.Second || e.Error() != want {
		t.Errorf("got %v, want %s", e, want)
	}
	wantDead(t, fifo)
}

func TestCancelKillsAll(t *testing.T) {
	path, fifo := watch(t)
	ctx, cancel := context.WithCancelCause(guard(t))
	reason := errors.New("enough")
	h := Hook{
		Hook: sh(family, path),
		Log:  func(string) { cancel(reason) },
	}
	err := Run(ctx, h, someState)
	var e *Error
	if !errors.Is(err, reason) || !errors.As(err, &e) || e.TimedOut || !e.Started {
		t.Errorf("got %#v, want one that wraps %v", err, reason)
	}
	wantDead(t, fifo)
}

func TestCancelledBefore(t *testing.T) {
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	list := []specs.Hook{sh("echo a >>list"), sh("echo b >>list")}
	errs := RunEach(ctx, Poststop, list, dir, someState)
	if len(errs) != 2 {
		t.Fatalf("got %v, want two", errs)
	}
	var e *Error
	if !errors.As(errs[1], &e) || e.Started || !errors.Is(e, context.Canceled) {
		t.Errorf("got %v, want one that was not started", errs[1])
	}
	if _, err := os.Stat(filepath.Join(dir, "list")); err == nil {
		t.Error("a hook ran")
	}
}

func TestTimeoutNotReached(t *testing.T) {
	for _, seconds := range []int{60, 1 << 62} {
		h := Hook{Hook: withTimeout(sh("exit 0"), seconds)}
		if err := Run(guard(t), h, someState); err != nil {
			t.Errorf("timeout of %d s: %v", seconds, err)
		}
	}
}

// libcontainer's runner waits for a process like the one left behind here.
func TestOutputKeptOpen(t *testing.T) {
	dir := t.TempDir()
	t.Cleanup(func() { killRecorded(filepath.Join(dir, "pid")) })
	h := Hook{Hook: sh("sleep 1000 & echo $! >pid; echo oops >&2; exit 3"), Dir: dir}
	if e := failure(t, h); e.Status.ExitStatus() != 3 || e.Stderr != "oops" {
		t.Errorf("got %v", e)
	}
}

func TestBackgroundLivesOn(t *testing.T) {
	path, fifo := watch(t)
	script := `exec 3>"$1"; echo $$ >&3; sleep 0.3 && echo alive >&3 &`
	if err := Run(guard(t), Hook{Hook: sh(script, path)}, someState); err != nil {
		t.Fatal(err)
	}
	_ = fifo.SetReadDeadline(time.Now().Add(20 * time.Second))
	got, err := io.ReadAll(fifo)
	if err != nil || !strings.HasSuffix(string(got), "\nalive\n") {
		t.Errorf("read %q, %v; what the hook left running was killed", got, err)
	}
}

// The writer that outlives the hook keeps its pipe full all the time.
func TestEndlessOutput(t *testing.T) {
	dir := t.TempDir()
	t.Cleanup(func() { killRecorded(filepath.Join(dir, "pid")) })
	h := Hook{Hook: sh("yes >&2 & echo $! >pid; sleep 0.2; exit 3"), Dir: dir}
	e := failure(t, h)
	if e.Status.ExitStatus() != 3 || !strings.HasPrefix(e.Stderr, "…") || len(e.Stderr) > 2*tailSize {
		t.Errorf("got %d bytes: %v", len(e.Stderr), e)
	}
}
