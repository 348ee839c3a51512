package engine

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// patience is how long a command or a condition may take. It only bounds a
// hang; no test asserts on time. BULKHEAD_TEST_PATIENCE sets another, for slow
// machines.
var patience = func() time.Duration {
	if d, err := time.ParseDuration(os.Getenv("BULKHEAD_TEST_PATIENCE")); err == nil {
		return d
	}
	return time.Minute
}()

// A CLI is a command line client with the arguments and the environment that
// every call needs.
type CLI struct {
	Path string
	Args []string
	Env  []string
	// As turns a command into another user's, where it is set.
	As func(*exec.Cmd)
}

// A Result is what a finished command gave back.
type Result struct {
	Cmd    string
	Stdout string
	Stderr string
	Code   int
}

func (r Result) String() string {
	return r.Cmd + "\nstdout: " + r.Stdout + "\nstderr: " + r.Stderr
}

// Cmd prepares a call of the client, for a test that handles the streams
// itself.
func (c *CLI) Cmd(ctx context.Context, args ...string) *exec.Cmd {
	all := append(append([]string{}, c.Args...), args...)
	cmd := exec.CommandContext(ctx, c.Path, all...)
	cmd.Env = append(os.Environ(), c.Env...)
	// Some monitors drop files where their client was started.
	cmd.Dir = Scratch()
	if c.As != nil {
		c.As(cmd)
	}
	cmd.WaitDelay = 5 * time.Second
	return cmd
}

// Input calls the client with stdin and returns how it ended.
func (c *CLI) Input(t testing.TB, stdin string, args ...string) Result {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	var stdout, stderr bytes.Buffer
	cmd := c.Cmd(ctx, args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	r := Result{strings.Join(cmd.Args, " "), stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()}
	if ctx.Err() != nil {
		t.Fatalf("no end in sight: %s", r)
	}
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return r
}

// Try calls the client and returns how it ended.
func (c *CLI) Try(t testing.TB, args ...string) Result {
	t.Helper()
	return c.Input(t, "", args...)
}

// OK calls the client, which has to succeed, and returns its trimmed output.
func (c *CLI) OK(t testing.TB, args ...string) string {
	t.Helper()
	r := c.Try(t, args...)
	if r.Code != 0 {
		t.Fatalf("exit code %d: %s", r.Code, r)
	}
	return strings.TrimSpace(r.Stdout)
}

// Code calls the client, which has to end with the given code.
func (c *CLI) Code(t testing.TB, code int, args ...string) Result {
	t.Helper()
	r := c.Try(t, args...)
	if r.Code != code {
		t.Fatalf("exit code %d, want %d: %s", r.Code, code, r)
	}
	return r
}

// Eventually waits until f holds.
func Eventually(t testing.TB, what string, f func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		if f() {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("never came: %s", what)
}

// Same fails the test when got is not want.
func Same[T comparable](t testing.TB, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// Contains fails the test when text lacks part.
func Contains(t testing.TB, what, text, part string) {
	t.Helper()
	if !strings.Contains(text, part) {
		t.Errorf("%s: no %q in %q", what, part, text)
	}
}
