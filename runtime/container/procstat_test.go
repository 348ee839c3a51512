package container

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opencontainers/runc/libcontainer/system"
	"golang.org/x/sys/unix"
)

func TestParseProcStat(t *testing.T) {
	const tail = " 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 4711 20 21\n"
	for _, c := range []struct {
		name, line string
		want       procStat
		bad        bool
	}{
		{name: "plain", line: "42 (cat) S" + tail, want: procStat{'S', 4711}},
		{name: "hostile name", line: "42 (a) Z 1 (\n) R" + tail, want: procStat{'R', 4711}},
		{name: "zombie", line: "42 (cat) Z" + tail, want: procStat{'Z', 4711}},
		{name: "empty", line: "", bad: true},
		{name: "no name", line: "42 cat S" + tail, bad: true},
		{name: "short", line: "42 (cat) S 1 2 3", bad: true},
		{name: "long state", line: "42 (cat) SS" + tail, bad: true},
		{name: "no number", line: strings.Replace("42 (cat) S"+tail, "4711", "-1", 1), bad: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := parseProcStat([]byte(c.line))
			if got != c.want || (err != nil) != c.bad {
				t.Errorf("got %+v, %v; want %+v", got, err, c.want)
			}
		})
	}
}

// libcontainer's own reading is the measure, also for the longest name.
func TestReadProcStat(t *testing.T) {
	data, err := os.ReadFile("/bin/sleep")
	ok(t, err)
	path := filepath.Join(t.TempDir(), ") R 1 2 3 (x")
	ok(t, os.WriteFile(path, data, 0o700))
	cmd := exec.Command(path, "3600")
	ok(t, cmd.Start())
	defer finish(t, cmd)
	for _, pid := range []int{os.Getpid(), 1, cmd.Process.Pid} {
		want, err := system.Stat(pid)
		ok(t, err)
		got, err := readProcStat(pid)
		if err != nil || got.startTime != want.StartTime {
			t.Errorf("pid %d: %+v, %v; want start time %d", pid, got, err, want.StartTime)
		}
	}
	if _, err := readProcStat(deadPid(t)); !errors.Is(err, unix.ENOENT) {
		t.Errorf("of a dead process: %v", err)
	}
	if got, err := readProcStat(zombie(t).Process.Pid); err != nil || got.state != 'Z' {
		t.Errorf("of a zombie: %c, %v", got.state, err)
	}
}
