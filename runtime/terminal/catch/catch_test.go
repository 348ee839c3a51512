package catch

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// childMode names what the test binary does in place of the tests: signals
// are caught once in a process's life, and some end it.
const childMode = "BULKHEAD_CATCH_CHILD"

const patience = 30 * time.Second

func TestMain(m *testing.M) {
	child, ok := children[os.Getenv(childMode)]
	if !ok {
		os.Exit(m.Run())
	}
	child()
}

var children = map[string]func(){
	"all": func() {
		c := mustCatch(Forwardable()...)
		for _, s := range Forwardable() {
			raise(s)
			fmt.Println(receive(c))
		}
	},
	"none": func() {
		_, err := Signals()
		fmt.Println(err)
	},
	"kill": func() {
		_, err := Signals(unix.SIGTERM, unix.SIGKILL)
		fmt.Println(err)
		raise(unix.SIGTERM) // is as before
		fmt.Println("alive")
	},
	"twice": func() {
		mustCatch(unix.SIGTERM)
		_, err := Signals(unix.SIGTERM)
		fmt.Println(err)
	},
	"stop": func() {
		c := mustCatch(unix.SIGTERM)
		raise(unix.SIGTERM)
		c.Stop()
		fmt.Println(receive(c))
		raise(unix.SIGTERM)
		fmt.Println("alive")
	},
	"queued": func() {
		c := mustCatch(unix.SIGUSR1)
		const n = 1000 // more than the channel takes
		for range n {
			raise(unix.SIGUSR1)
		}
		for range n {
			receive(c)
		}
		fmt.Println("all")
	},
	"fault": func() {
		mustCatch(Forwardable()...)
		defer func() { fmt.Println(recover()) }()
		var nowhere *int
		*nowhere = 1
	},
	"children": func() {
		mustCatch(Forwardable()...)
		out, err := exec.Command("grep", "^Sig[IC]", "/proc/self/status").Output()
		fmt.Printf("%s%v\n", out, err)
	},
	"pipe": func() {
		mustCatch(unix.SIGPIPE)
		r, w, err := os.Pipe()
		if err != nil {
			panic(err)
		}
		r.Close()
		stdout, _ := unix.Dup(1)
		unix.Dup2(int(w.Fd()), 1)
		_, err = os.Stdout.WriteString("lost")
		unix.Dup2(stdout, 1)
		fmt.Println(err)
	},
}

func mustCatch(which ...unix.Signal) *Catcher {
	c, err := Signals(which...)
	if err != nil {
		panic(err)
	}
	return c
}

func raise(s unix.Signal) {
	if err := unix.Kill(os.Getpid(), s); err != nil {
		panic(err)
	}
}

func receive(c *Catcher) string {
	select {
	case s := <-c.C:
		return unix.SignalName(s.(unix.Signal)) + " " + fmt.Sprint(int(s.(unix.Signal)))
	case <-time.After(patience):
		return "nothing came"
	}
}

// run returns what the child printed and the signal that ended it.
func run(t *testing.T, mode string) (out string, end unix.Signal) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
	defer cancel()
	c := exec.CommandContext(ctx, os.Args[0])
	c.Env = append(os.Environ(), childMode+"="+mode)
	var stdout, stderr bytes.Buffer
	c.Stdout, c.Stderr = &stdout, &stderr
	err := c.Run()
	if ws, ok := c.ProcessState.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
		end = ws.Signal()
	}
	if err != nil && end <= 0 {
		t.Fatalf("child: %v\n%s", err, stderr.String())
	}
	return stdout.String(), end
}

func TestSignals(t *testing.T) {
	var all strings.Builder
	for _, s := range Forwardable() {
		fmt.Fprintln(&all, unix.SignalName(s), int(s))
	}
	for _, c := range []struct {
		mode, out string
		end       unix.Signal
	}{
		{mode: "none", out: "catch signals: none named\n"},
		{mode: "kill", out: "sigaction: invalid argument\n", end: unix.SIGTERM},
		{mode: "twice", out: "catch signals: they have been caught before\n"},
		{mode: "all", out: all.String()},
		{mode: "stop", out: "SIGTERM 15\n", end: unix.SIGTERM},
		{mode: "queued", out: "all\n"},
		{mode: "fault", out: "runtime error: invalid memory address or nil pointer dereference\n"},
		{mode: "pipe", out: "write /dev/stdout: broken pipe\n"},
	} {
		t.Run(c.mode, func(t *testing.T) {
			t.Parallel()
			out, end := run(t, c.mode)
			if out != c.out || end != c.end {
				t.Errorf("printed %q, ended by %v; want %q, %v", out, end, c.out, c.end)
			}
		})
	}
}

// A child must find the dispositions it would have found without us.
func TestChildrenInheritNothing(t *testing.T) {
	t.Parallel()
	out, _ := run(t, "children")
	want, err := exec.Command("grep", "^Sig[IC]", "/proc/self/status").Output()
	if err != nil {
		t.Fatal(err)
	}
	if out != string(want)+"<nil>\n" {
		t.Errorf("a child has\n%s\nwithout us\n%s", out, want)
	}
}

func TestForwardable(t *testing.T) {
	list := Forwardable()
	for _, s := range []unix.Signal{unix.SIGHUP, unix.SIGTERM, unix.SIGWINCH, unix.SIGCHLD, 35, 64} {
		if !slices.Contains(list, s) {
			t.Errorf("signal %d is not in the list", s)
		}
	}
	for _, s := range []unix.Signal{unix.SIGKILL, unix.SIGSTOP, unix.SIGTTIN, unix.SIGTTOU,
		unix.SIGURG, 0, 33, 65} {
		if slices.Contains(list, s) {
			t.Errorf("signal %d is in the list", s)
		}
	}
}

// What this package is measured against; both in a new process would be the
// fair figure, which "make bench" has.
func BenchmarkNotify(b *testing.B) {
	c := make(chan os.Signal, backlog)
	for b.Loop() {
		for _, s := range Forwardable() {
			signal.Notify(c, s)
		}
		signal.Stop(c)
	}
}
