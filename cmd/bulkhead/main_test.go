package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/sirupsen/logrus"
	"github.com/urfave/cli/v2"
	"golang.org/x/sys/unix"
)

// childListens makes the test binary a socket-activated process.
const childListens = "BULKHEAD_TEST_LISTENS"

func TestMain(m *testing.M) {
	if os.Getenv(childListens) != "" {
		childListen()
		os.Exit(0)
	}
	logrus.SetOutput(io.Discard)
	os.Exit(m.Run())
}

// childListen says what it finds of the descriptors it was given.
func childListen() {
	if os.Getenv("LISTEN_PID") == "self" {
		os.Setenv("LISTEN_PID", fmt.Sprint(os.Getpid()))
	}
	for _, f := range listenFDs() {
		flags, err := unix.FcntlInt(f.Fd(), unix.F_GETFD, 0)
		fmt.Printf("%d %s %v %v\n", f.Fd(), f.Name(), flags&unix.FD_CLOEXEC != 0, err)
	}
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// says fails unless the error's text is want; an empty one is no error.
func says(t *testing.T, err error, want string) {
	t.Helper()
	got := ""
	if err != nil {
		got = err.Error()
	}
	if got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func mentions(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v\nwant …%s…", err, want)
	}
}

// commandLine runs the command line as main does, and returns what it prints.
func commandLine(args ...string) (stdout string, err error) {
	app := newApp()
	var out strings.Builder
	app.Writer, app.ErrWriter = &out, io.Discard
	err = app.Run(inOrder(append([]string{"bulkhead"}, args...), app))
	return out.String(), err
}

// parse returns what the action of a command would see; nothing is done.
func parse(t *testing.T, args ...string) *cli.Context {
	t.Helper()
	app := newApp()
	app.Before, app.Writer, app.ErrWriter = nil, io.Discard, io.Discard
	var seen *cli.Context
	for _, c := range app.Commands {
		c.Before = nil
		c.Action = func(c *cli.Context) error {
			seen = c
			return nil
		}
	}
	if err := app.Run(inOrder(append([]string{"bulkhead"}, args...), app)); err != nil {
		t.Fatalf("%q: %v", args, err)
	}
	if seen == nil {
		t.Fatalf("%q: no command ran", args)
	}
	return seen
}
