package tune

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sys/unix"
)

// childMode names what the test binary prints in place of running tests.
const childMode = "BULKHEAD_TUNE_CHILD"

func TestMain(m *testing.M) {
	switch os.Getenv(childMode) {
	case "processors":
		fmt.Println(runtime.GOMAXPROCS(0))
	case "slack":
		busy()
		for _, slack := range slacks() {
			fmt.Println(slack)
		}
		out, err := exec.Command("cat", "/proc/self/timerslack_ns").Output()
		fmt.Printf("child %s%v\n", out, err)
	default:
		os.Exit(m.Run())
	}
}

// busy has the runtime make threads, some of them from the monitor.
func busy() {
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() { unix.Select(0, nil, nil, nil, &unix.Timeval{Usec: 20_000}) })
	}
	wg.Wait()
}

// slacks are those of the process's threads, the main one's first.
func slacks() []string {
	tasks, err := filepath.Glob("/proc/self/task/*")
	if err != nil || len(tasks) < 5 {
		panic(fmt.Sprint("threads: ", tasks, err))
	}
	var list []string
	for _, task := range tasks {
		// Only here has a thread its own: proc_pid_timerslack_ns(5).
		data, err := os.ReadFile("/proc/" + filepath.Base(task) + "/timerslack_ns")
		if err != nil {
			panic(err)
		}
		list = append(list, strings.TrimSpace(string(data)))
	}
	return list
}

// withSlack runs the test binary from a thread with this timer slack.
func withSlack(t *testing.T, nanoseconds int) string {
	t.Helper()
	var out []byte
	var err error
	done := make(chan bool)
	go func() { // the thread ends with the goroutine: nobody else gets it
		defer close(done)
		runtime.LockOSThread()
		unix.Prctl(unix.PR_SET_TIMERSLACK, uintptr(nanoseconds), 0, 0, 0)
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), childMode+"=slack")
		out, err = cmd.Output()
	}()
	<-done
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func TestOnlyTheMonitorSleepsLong(t *testing.T) {
	for _, own := range []int{50_000, 1_234_567} {
		t.Run(strconv.Itoa(own), func(t *testing.T) {
			t.Parallel()
			lines := strings.Split(strings.TrimSpace(withSlack(t, own)), "\n")
			want := strconv.Itoa(own)
			late := 0
			for i, line := range lines[:len(lines)-2] {
				switch {
				case line == "2000000" && i > 0:
					late++
				case line != want:
					t.Errorf("thread %d has a slack of %s ns, the process of %s", i, line, want)
				}
			}
			if late != 1 {
				t.Errorf("%d threads sleep long, want the monitor alone: %q", late, lines)
			}
			if got := lines[len(lines)-2:]; got[0] != "child "+want || got[1] != "<nil>" {
				t.Errorf("an executed program: %q", got)
			}
		})
	}
}

// A process that may be late anyway is not made more punctual.
func TestSlackIsNeverShortened(t *testing.T) {
	t.Parallel()
	for _, line := range strings.Fields(withSlack(t, 5_000_000)) {
		if line != "5000000" && line != "child" && line != "<nil>" {
			t.Errorf("a thread has a slack of %s ns, the process of 5000000", line)
		}
	}
}

func TestInitHasOneProcessor(t *testing.T) {
	t.Parallel()
	all := strconv.Itoa(runtime.NumCPU())
	for _, c := range []struct {
		env  []string
		want string
	}{
		{env: nil, want: all},
		{env: []string{"GOMAXPROCS="}, want: all},
		{env: []string{"_LIBCONTAINER_INITPIPE=3"}, want: all},
		{env: []string{"_LIBCONTAINER_INITPIPE=3", "GOMAXPROCS="}, want: "1"},
		{env: []string{"GOMAXPROCS=", "_LIBCONTAINER_INITPIPE=3"}, want: "1"},
		{env: []string{"_LIBCONTAINER_INITPIPE=3", "GOMAXPROCS=3"}, want: "3"},
	} {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append([]string{childMode + "=processors"}, c.env...)
		out, err := cmd.Output()
		if got := strings.TrimSpace(string(out)); got != c.want || err != nil {
			t.Errorf("%q: GOMAXPROCS %s, %v; want %s", c.env, got, err, c.want)
		}
	}
}
