package container

import (
	"context"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sirupsen/logrus"
)

// patience is how long a test waits for what must happen, before it says so
// instead of hanging.
const patience = 30 * time.Second

// TestMain makes the test binary an embedding program: libcontainer starts it
// again as init, and init starts it again for a hook.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 {
		switch os.Args[1] {
		case InitCommand:
			Init()
		case HookRunCommand:
			if err := HookRun(context.Background(), os.Args[2], os.Stdin); err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(1)
			}
			os.Exit(0)
		}
	}
	if asked, err := runChild(); asked {
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	logrus.SetOutput(io.Discard)
	code := m.Run()
	os.Exit(code)
}

// runChild does what a test has started the test binary for.
func runChild() (asked bool, err error) {
	if args := os.Getenv(childCreates); args != "" {
		return true, childCreate(context.Background(), args)
	}
	if os.Getenv(childSweeps) != "" {
		return true, childSweep()
	}
	return false, nil
}

// journal keeps the messages of the global log.
type journal struct {
	mu    sync.Mutex
	lines []string
}

func (j *journal) Levels() []logrus.Level { return logrus.AllLevels }

func (j *journal) Fire(e *logrus.Entry) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.lines = append(j.lines, e.Level.String()+": "+e.Message)
	return nil
}

// all returns the messages so far.
func (j *journal) all() []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.Clone(j.lines)
}

// has says whether a line of the level contains the text.
func (j *journal) has(level, text string) bool {
	return slices.ContainsFunc(j.all(), func(line string) bool {
		return strings.HasPrefix(line, level+": ") && strings.Contains(line, text)
	})
}

func watchLog(t *testing.T) *journal {
	t.Helper()
	j := new(journal)
	old := logrus.StandardLogger().ReplaceHooks(make(logrus.LevelHooks))
	logrus.AddHook(j)
	t.Cleanup(func() { logrus.StandardLogger().ReplaceHooks(old) })
	return j
}

// within fails the test, with everybody's stack, where it would hang.
func within(t *testing.T, what string, f func()) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	select {
	case <-done:
	case <-time.After(patience):
		t.Fatalf("%s hangs\n%s", what, stacks())
	}
}

func stacks() []byte {
	buf := make([]byte, 256<<10)
	return buf[:runtime.Stack(buf, true)]
}

// until waits for a condition that other processes bring about.
func until(t *testing.T, what string, met func() bool) {
	t.Helper()
	end := time.Now().Add(patience)
	for !met() {
		if time.Now().After(end) {
			t.Fatalf("waited in vain: %s", what)
		}
		time.Sleep(2 * time.Millisecond)
	}
}

// descriptors lists what is open, a line a descriptor.
func descriptors(t *testing.T) []string {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, e := range entries {
		target, err := os.Readlink("/proc/self/fd/" + e.Name())
		if err == nil { // the folder's own descriptor is closed by now
			list = append(list, e.Name()+" "+target)
		}
	}
	return list
}

// noLeak compares descriptors and goroutines at the end of a test with those
// at its start. What libcontainer opens once for the whole process (the
// cgroup root, the sealed binary) must be open before.
func noLeak(t *testing.T) {
	t.Helper()
	r, w, err := os.Pipe() // the runtime's poller is up from here on
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	w.Close()
	before, goroutines := descriptors(t), runtime.NumGoroutine()
	t.Cleanup(func() {
		var added []string
		settled := func() bool {
			added = slices.DeleteFunc(descriptors(t), func(d string) bool {
				return slices.Contains(before, d)
			})
			return len(added) == 0 && runtime.NumGoroutine() <= goroutines
		}
		for end := time.Now().Add(patience); !settled(); time.Sleep(5 * time.Millisecond) {
			if time.Now().After(end) {
				t.Errorf("still open: %q; %d goroutines, were %d\n%s",
					added, runtime.NumGoroutine(), goroutines, stacks())
				return
			}
		}
	})
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// says fails unless the error's text is want.
func says(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil || err.Error() != want {
		t.Errorf("got %v\nwant %s", err, want)
	}
}

// mentions fails unless the error's text contains want.
func mentions(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v\nwant …%s…", err, want)
	}
}
