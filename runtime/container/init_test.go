package container

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// While a container is made, only init's main thread has the timer slack that
// the program is to inherit; the Go runtime's threads sleep long.
func TestInitIsQuiet(t *testing.T) {
	w := newWorld(t, forever)
	slack, err := unix.PrctlRetInt(unix.PR_GET_TIMERSLACK, 0, 0, 0, 0)
	ok(t, err)
	_, pid := w.created()
	tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*", pid))
	ok(t, err)
	if len(tasks) < 2 {
		t.Fatalf("init's threads: %v", tasks)
	}
	for _, task := range tasks {
		tid := filepath.Base(task)
		data, err := os.ReadFile("/proc/" + tid + "/timerslack_ns")
		ok(t, err)
		got := strings.TrimSpace(string(data))
		if tid == strconv.Itoa(pid) {
			if got != strconv.Itoa(slack) {
				t.Errorf("init's main thread has a timer slack of %s ns, we of %d", got, slack)
			}
		} else if got != "20000000" {
			t.Errorf("thread %s of init has a timer slack of %s ns", tid, got)
		}
	}
}
