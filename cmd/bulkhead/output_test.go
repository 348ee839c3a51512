package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sirupsen/logrus"
	"github.com/urfave/cli/v2"

	"github.com/bulkhead-oci/bulkhead/runtime/container"
)

func TestPrintTable(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 600, time.UTC)
	var out strings.Builder
	ok(t, printTable(&out, []container.State{
		{ID: "web1", Pid: 4711, Status: container.Running, Bundle: "/srv/web", Created: at, Owner: "root"},
		{ID: "a-rather-long-name", Status: container.Stopped, Bundle: "/b", Created: at, Owner: "#7"},
	}))
	want := "" +
		"ID                   PID         STATUS      BUNDLE      CREATED                          OWNER\n" +
		"web1                 4711        running     /srv/web    2026-01-02T03:04:05.0000006Z     root\n" +
		"a-rather-long-name   0           stopped     /b          2026-01-02T03:04:05.0000006Z     #7\n"
	if got := out.String(); strings.Join(strings.Fields(got), " ") != strings.Join(strings.Fields(want), " ") {
		t.Errorf("got\n%s", got)
	} else if lines := strings.Split(got, "\n"); strings.Index(lines[0], "PID") != 21 || strings.Index(lines[1], "4711") != 21 {
		t.Errorf("the columns are not aligned:\n%s", got)
	}
	out.Reset()
	ok(t, printTable(&out, nil))
	if got := strings.Fields(out.String()); len(got) != 6 {
		t.Errorf("no title: %q", got)
	}
}

func TestFilterPids(t *testing.T) {
	const ps = "UID   PID  PPID CMD\nroot    1     0 init\nroot   12     1 sh -c PID 13\nroot   13    12 x\n\nroot  123    12 y\n"
	for _, c := range []struct {
		out  string
		pids []int
		want string
		err  string
	}{
		{ps, []int{12, 13}, "UID   PID  PPID CMD\nroot   12     1 sh -c PID 13\nroot   13    12 x\n", ""},
		{ps, nil, "UID   PID  PPID CMD\n", ""},
		{ps, []int{123, 999}, "UID   PID  PPID CMD\nroot  123    12 y\n", ""},
		{"  PID\n    1\n    2\n", []int{2}, "  PID\n    2\n", ""},
		{"UID CMD\nroot x\n", []int{1}, "", "ps: no column PID in its output"},
		{"", []int{1}, "", "ps: no column PID in its output"},
		{"PID\nx\n", []int{1}, "PID\n", `ps: parse pid: strconv.Atoi: parsing "x": invalid syntax`},
	} {
		var out strings.Builder
		says(t, filterPids(&out, c.out, c.pids), c.err)
		if out.String() != c.want {
			t.Errorf("%v: got\n%s", c.pids, out.String())
		}
	}
}

// stderr runs f and returns what it writes to standard error.
func stderr(t *testing.T, f func()) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "stderr")
	file, err := os.Create(path)
	ok(t, err)
	old := os.Stderr
	os.Stderr = file
	f()
	os.Stderr = old
	ok(t, file.Close())
	data, err := os.ReadFile(path)
	ok(t, err)
	return string(data)
}

func TestReport(t *testing.T) {
	for _, c := range []struct {
		err    error
		want   int
		stderr string
	}{
		{nil, 0, ""},
		{errors.New("no luck"), 1, "no luck\n"},
		{statusError{7}, 7, ""},
		{statusError{137}, 137, ""},
		{fmt.Errorf("x: %w", statusError{3}), 3, ""},
		{execError{errors.New("exec failed: x")}, 255, "exec failed: x\n"},
		{fmt.Errorf("y: %w", execError{errors.New("x")}), 255, "y: x\n"},
		{cli.Exit("No help topic for 'x'", 3), 3, "No help topic for 'x'\n"},
		{errors.Join(container.ErrNotExist), 1, "container does not exist\n"},
	} {
		var got int
		said := stderr(t, func() { got = report(c.err) })
		if got != c.want || said != c.stderr {
			t.Errorf("%v: %d, %q", c.err, got, said)
		}
	}
}

// An error is said once: by the log alone where that is standard error.
func TestReportOnce(t *testing.T) {
	defer logrus.SetOutput(logrus.StandardLogger().Out)
	said := stderr(t, func() {
		logrus.SetOutput(os.Stderr)
		if !logsToStderr() {
			t.Error("the log is standard error")
		}
		report(errors.New("no luck"))
	})
	if n := strings.Count(said, "no luck"); n != 1 || !strings.Contains(said, "level=error") {
		t.Errorf("said %q", said)
	}
}

func TestExitWith(t *testing.T) {
	err := errors.New("x")
	for _, c := range []struct {
		status int
		err    error
		want   error
	}{{0, nil, nil}, {0, err, err}, {7, err, err}, {7, nil, statusError{7}}} {
		if got := exitWith(c.status, c.err); got != c.want {
			t.Errorf("%d, %v: %v", c.status, c.err, got)
		}
	}
	says(t, statusError{7}, "exit status 7")
	if !errors.Is(execError{err}, err) {
		t.Error("execError hides its cause")
	}
}

// keepLog puts the global log back at the end of a test.
func keepLog(t *testing.T) {
	t.Helper()
	l := logrus.StandardLogger()
	out, format, level, caller := l.Out, l.Formatter, l.Level, l.ReportCaller
	t.Cleanup(func() {
		logrus.SetOutput(out)
		logrus.SetFormatter(format)
		logrus.SetLevel(level)
		logrus.SetReportCaller(caller)
	})
}

func TestLogFile(t *testing.T) {
	keepLog(t)
	path := filepath.Join(t.TempDir(), "log")
	ok(t, os.WriteFile(path, []byte("before\n"), 0o600))
	_, err := commandLine("--root", t.TempDir(), "--log", path, "--log-format", "json", "state", "none")
	says(t, err, "container does not exist")
	stderr(t, func() { report(err) })
	logrus.Debug("hidden")
	logrus.Warn("cannot serialize hook of type configs.FuncHook, skipping")
	data, err := os.ReadFile(path)
	ok(t, err)
	lines := strings.Split(strings.TrimSpace(string(data)), "\n")
	var line struct{ Level, Msg, Time string }
	ok(t, json.Unmarshal([]byte(lines[len(lines)-1]), &line))
	if len(lines) != 2 || lines[0] != "before" || line.Level != "error" || line.Msg != "container does not exist" {
		t.Errorf("got %q", lines)
	}
	if _, err := time.Parse(time.RFC3339, line.Time); err != nil {
		t.Errorf("time: %v", err)
	}
}

func TestLogOfDebugging(t *testing.T) {
	keepLog(t)
	path := filepath.Join(t.TempDir(), "log")
	_, err := commandLine("--root", t.TempDir(), "--log", path, "--debug", "state", "none")
	says(t, err, "container does not exist")
	logrus.Debug("seen")
	data, err := os.ReadFile(path)
	ok(t, err)
	if got := string(data); !strings.Contains(got, "level=debug msg=seen") || !strings.Contains(got, `output_test.go:`) ||
		strings.Contains(got, "/cmd/bulkhead/output_test.go") {
		t.Errorf("got %s", got)
	}
}

func TestLogRefused(t *testing.T) {
	keepLog(t)
	root := t.TempDir()
	_, err := commandLine("--root", root, "--log-format", "xml", "state", "x")
	says(t, err, `invalid log-format: "xml" (text and json are known)`)
	_, err = commandLine("--root", root, "--log", root+"/no/log", "state", "x")
	mentions(t, err, "open log: ")
}
