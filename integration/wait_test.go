package integration

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/unix"
)

// What a script waits for happens within milliseconds; the deadline is there
// to end a block that waits in vain.
const (
	waitDeadline = 10 * time.Second
	waitStep     = 5 * time.Millisecond
)

// poll calls ready until it returns no error.
func poll(ready func() error) error {
	deadline := time.Now().Add(waitDeadline)
	for {
		err := ready()
		if err == nil || time.Now().After(deadline) {
			return err
		}
		time.Sleep(waitStep)
	}
}

// waitfor is "waitfor exists|missing|grep|status|dead ...".
func waitfor(ts *testscript.TestScript, neg bool, args []string) {
	noNeg(ts, neg, "waitfor")
	if len(args) < 2 {
		ts.Fatalf("usage: waitfor exists|missing|grep|status|dead ARGS")
	}
	what, args := args[0], args[1:]
	last := args[len(args)-1]
	var ready func() error
	switch {
	case what == "exists":
		ready = func() error { return exists(ts.MkAbs(last)) }
	case what == "missing":
		ready = func() error { return gone(ts.MkAbs(last)) }
	case what == "dead":
		ready = func() error { return dead(last) }
	case what == "grep" && len(args) == 2:
		re, err := regexp.Compile("(?m)" + args[0])
		ts.Check(err)
		ready = func() error { return contains(ts.MkAbs(last), re) }
	case what == "status" && len(args) == 2:
		ready = func() error { return hasStatus(ts, args[0], last) }
	default:
		ts.Fatalf("waitfor %s: unknown, or too few arguments", what)
	}
	ts.Check(poll(ready))
}

func exists(file string) error {
	_, err := os.Lstat(file)
	return err
}

func gone(file string) error {
	if _, err := os.Lstat(file); !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("%s is still there (%v)", file, err)
	}
	return nil
}

func contains(file string, want *regexp.Regexp) error {
	data, err := os.ReadFile(file)
	if err == nil && !want.Match(data) {
		err = fmt.Errorf("no %q in %s: %q", want, file, data)
	}
	return err
}

func dead(pid string) error {
	if running(pid) {
		return fmt.Errorf("process %s is still there", pid)
	}
	return nil
}

// running reports whether the process is there and not a zombie.
func running(pid string) bool {
	state := procState(pid)
	return state != "" && state != "Z" && state != "X"
}

// procState is the state letter of a process. What stands between the
// parentheses before it is the process's own choice.
func procState(pid string) string {
	data, err := os.ReadFile(filepath.Join("/proc", pid, "stat"))
	if err != nil {
		return ""
	}
	fields := strings.Fields(string(data[strings.LastIndexByte(string(data), ')')+1:]))
	if len(fields) == 0 {
		return ""
	}
	return fields[0]
}

func hasStatus(ts *testscript.TestScript, id, want string) error {
	state, err := containerState(ts, id)
	if err == nil && state.Status != want {
		err = fmt.Errorf("%s is %s, want %s", id, state.Status, want)
	}
	return err
}

type ociState struct {
	Status string
	Pid    int
}

func containerState(ts *testscript.TestScript, id string) (ociState, error) {
	var state ociState
	cmd := exec.Command(ts.Getenv("RUNTIME"), "--root", ts.Getenv("STATE"), "state", id)
	out, err := cmd.Output()
	if err == nil {
		err = json.Unmarshal(out, &state)
	}
	return state, err
}

// pid is "pid VAR ID".
func pid(ts *testscript.TestScript, neg bool, args []string) {
	noNeg(ts, neg, "pid")
	if len(args) != 2 {
		ts.Fatalf("usage: pid VAR ID")
	}
	state, err := containerState(ts, args[1])
	ts.Check(err)
	if state.Pid <= 0 {
		ts.Fatalf("%s is %s and has no process", args[1], state.Status)
	}
	ts.Setenv(args[0], strconv.Itoa(state.Pid))
}

// alive is "[!] alive PID".
func alive(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: alive PID")
	}
	if pid, err := strconv.Atoi(args[0]); err != nil || pid <= 0 {
		ts.Fatalf("%q is no pid", args[0])
	}
	if running(args[0]) == neg {
		ts.Fatalf("process %s: state %q", args[0], procState(args[0]))
	}
}

// capture is "capture VAR": keep stdout in a variable.
func capture(ts *testscript.TestScript, neg bool, args []string) {
	noNeg(ts, neg, "capture")
	if len(args) != 1 {
		ts.Fatalf("usage: capture VAR")
	}
	ts.Setenv(args[0], strings.TrimSpace(ts.ReadFile("stdout")))
}

// cgroup is "cgroup ID CONTROLLER FILE": print a file of init's cgroup. On
// cgroup v2 the controller is not looked at.
func cgroup(ts *testscript.TestScript, neg bool, args []string) {
	noNeg(ts, neg, "cgroup")
	if len(args) != 3 {
		ts.Fatalf("usage: cgroup ID CONTROLLER FILE")
	}
	state, err := containerState(ts, args[0])
	ts.Check(err)
	dir, err := cgroupDir(state.Pid, args[1])
	ts.Check(err)
	data, err := os.ReadFile(filepath.Join(dir, args[2]))
	ts.Check(err)
	fmt.Fprintf(ts.Stdout(), "%s", data)
}

func cgroupDir(pid int, controller string) (string, error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/cgroup", pid))
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(string(data)) {
		parts := strings.SplitN(strings.TrimSpace(line), ":", 3)
		switch {
		case unified() && parts[0] == "0":
			return filepath.Join(cgroupRoot, parts[2]), nil
		case !unified() && parts[1] == controller:
			return filepath.Join(cgroupRoot, controller, parts[2]), nil
		}
	}
	return "", fmt.Errorf("process %d: no cgroup for %s: %w", pid, controller, unix.ENOENT)
}
