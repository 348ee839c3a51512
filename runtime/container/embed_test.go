package container

import (
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// Twenty containers at once from one process, through their whole lives.
func TestEmbedder(t *testing.T) {
	w := newWorld(t, forever)
	w.hooks(specs.Hooks{
		CreateRuntime: []specs.Hook{shellHook(t, "cat > /dev/null")},
		Poststop:      []specs.Hook{shellHook(t, "cat > /dev/null")},
	})
	noLeak(t)
	var wg sync.WaitGroup
	slots := make(chan struct{}, 6) // the machine is small
	for i := range 20 {
		wg.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			if err := w.wholeLife(newID(), i); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if got := append(names(t, w.Root), names(t, w.Index)...); len(got) > 0 {
		t.Errorf("left: %v", got)
	}
}

// wholeLife takes one container through its life; it may be called from any
// goroutine.
func (w *world) wholeLife(id string, i int) error {
	ctx := w.t.Context()
	pid, err := w.Create(ctx, id, w.createOptions())
	if err != nil {
		return fmt.Errorf("create: %w", err)
	}
	defer unix.Wait4(pid, nil, 0, nil)
	if err := w.Start(ctx, id, StartOptions{}); err != nil {
		return fmt.Errorf("start: %w", err)
	}
	status, err := w.Exec(ctx, id, w.execOptions(w.null, "sh", "-c", fmt.Sprint("exit ", i)))
	if status != i || err != nil {
		return fmt.Errorf("exec: %d, %w", status, err)
	}
	if s, err := w.State(ctx, id); err != nil || s.Pid != pid || s.Status != Running {
		return fmt.Errorf("state: %+v, %w", s, err)
	}
	if list, err := w.List(ctx); err != nil || len(list) == 0 {
		return fmt.Errorf("list: %v, %w", list, err)
	}
	if i%2 == 0 {
		return w.Delete(ctx, id, DeleteOptions{Force: true})
	}
	if err := w.Kill(ctx, id, KillOptions{Signal: unix.SIGKILL}); err != nil {
		return fmt.Errorf("kill: %w", err)
	}
	h, err := refer(pid).open()
	if err == nil {
		h.wait(patience)
		h.close()
	}
	return w.Delete(ctx, id, DeleteOptions{})
}

// Attached containers side by side do not get into each other's streams.
func TestParallelRuns(t *testing.T) {
	w := newWorld(t, "echo $NAME")
	noLeak(t)
	var wg sync.WaitGroup
	for i := range 4 {
		v := newWorld(t, fmt.Sprintf("echo run %d; exit %d", i, i))
		out := outFile(t)
		wg.Go(func() {
			status, err := w.Run(t.Context(), newID(), v.runOptions(out))
			if status != i || err != nil {
				t.Errorf("run %d: %d, %v", i, status, err)
			}
			out.Close()
			if got := content(t, out.Name()); got != fmt.Sprintf("run %d\n", i) {
				t.Errorf("run %d said %q", i, got)
			}
		})
	}
	wg.Wait()
}

// One root, many runtimes; one index, many roots.
func TestRootsAreApart(t *testing.T) {
	w := newWorld(t, forever)
	other := &Runtime{Root: filepath.Join(w.t.TempDir(), "other"), Index: w.Index}
	id, _ := w.started()
	if err := other.Delete(t.Context(), id, DeleteOptions{Force: true}); err != nil {
		t.Errorf("delete of nothing: %v", err)
	}
	if got := w.status(id); got != Running {
		t.Errorf("it is %s", got)
	}
	same := &Runtime{Root: w.Root + "/", Index: w.Index}
	ok(t, same.Delete(t.Context(), id, DeleteOptions{Force: true}))
	w.gone(id)
}

// Without root the index follows from the environment, which the next caller
// may not share: the hooks are found all the same.
func TestIndexesDiffer(t *testing.T) {
	marker := filepath.Join(t.TempDir(), "marker")
	w := newWorld(t, forever)
	w.hooks(specs.Hooks{Poststop: []specs.Hook{shellHook(t, "echo x >> "+marker)}})
	id, _ := w.started()
	other := &Runtime{Root: w.Root, Index: filepath.Join(t.TempDir(), "index")}
	ok(t, other.Delete(t.Context(), id, DeleteOptions{Force: true}))
	if got := content(t, marker); got != "x\n" {
		t.Errorf("the hook wrote %q", got)
	}
	if _, err := w.loadRecord(id); !errors.Is(err, ErrNotExist) {
		t.Errorf("its record is left: %v", err)
	}
	ok(t, w.Delete(t.Context(), id, DeleteOptions{Force: true}))
	w.gone(id)
}

// No descriptor of ours gets into a container; those handed on do.
func TestDescriptorsInside(t *testing.T) {
	w := newWorld(t, "ls /proc/self/fd")
	r := w.null
	out := outFile(t)
	o := w.runOptions(out)
	w.must(w.Run(t.Context(), newID(), o))
	if got := content(t, out.Name()); got != "0\n1\n2\n3\n" { // 3 is the folder itself
		t.Errorf("got %q", got)
	}
	w.script("ls /proc/self/fd; echo $LISTEN_FDS $LISTEN_PID")
	out = outFile(t)
	o = w.runOptions(out)
	o.ExtraFiles, o.ListenFDs = append(o.ExtraFiles, r, r), 1
	w.must(w.Run(t.Context(), newID(), o))
	if got := content(t, out.Name()); got != "0\n1\n2\n3\n4\n5\n1 1\n" {
		t.Errorf("got %q", got)
	}
}

// A detached container's pidfd and console go to who listens.
func TestSockets(t *testing.T) {
	w := newWorld(t, "tty; "+forever)
	w.spec.Process.Terminal = true
	w.save()
	noLeak(t)
	o := w.createOptions()
	o.ConsoleSocket, o.PidfdSocket = filepath.Join(t.TempDir(), "c"), filepath.Join(t.TempDir(), "p")
	console, pidfd := receiver(t, o.ConsoleSocket), receiver(t, o.PidfdSocket)
	id := newID()
	pid, err := w.Create(t.Context(), id, o)
	ok(t, err)
	within(t, "the descriptors", func() {
		p, c := <-pidfd, <-console
		if p < 0 || c < 0 {
			t.Errorf("came: pidfd %d, console %d", p, c)
		} else if err := unix.PidfdSendSignal(p, 0, nil, 0); err != nil {
			t.Errorf("pidfd of %d: %v", pid, err)
		}
		unix.Close(p)
		unix.Close(c) // hangs up, which ends init
	})
	w.discard(id)
}

// receiver listens and takes one descriptor, or -1.
func receiver(t *testing.T, path string) <-chan int {
	t.Helper()
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	ok(t, err)
	got := make(chan int, 1)
	go func() {
		defer l.Close()
		fd := -1
		if c, err := l.AcceptUnix(); err == nil {
			buf, oob := make([]byte, 4096), make([]byte, 64)
			if _, n, _, _, err := c.ReadMsgUnix(buf, oob); err == nil {
				fd = slices.Concat(rights(oob[:n]), []int{-1})[0]
			}
			c.Close()
		}
		got <- fd
	}()
	return got
}

// The whole way of sd_notify: a container says READY to its socket.
func TestNotifyFromContainer(t *testing.T) {
	// busybox has no sd_notify: exec waits for the test to write.
	m := newManager(t)
	w := newWorld(t, "[ -S $NOTIFY_SOCKET ] || exit 1; "+forever)
	noLeak(t)
	o := w.createOptions()
	o.NotifySocket = m.path
	id := newID()
	pid, err := w.Create(t.Context(), id, o)
	ok(t, err)
	n := newNotifySocket(m.path, w.stateDir(id))
	done := make(chan error, 1)
	go func() { done <- w.Start(t.Context(), id, StartOptions{NotifySocket: m.path}) }()
	until(t, "somebody listens", func() bool {
		conn, err := net.Dial("unixgram", filepath.Join(n.dir, notifyName))
		if err == nil {
			conn.Close()
		}
		return err == nil
	})
	until(t, "the program runs", func() bool { return w.status(id) == Running })
	select {
	case err := <-done:
		t.Fatalf("start did not wait: %v", err)
	default:
	}
	send(t, n, "READY=1\nMAINPID=1")
	within(t, "start", func() {
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	want := []string{"READY=1\n", fmt.Sprintf("MAINPID=%d\n", pid), "BARRIER=1 with 1"}
	if got := m.heard(); !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	w.discard(id)
}
