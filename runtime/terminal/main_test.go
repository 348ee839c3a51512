package terminal

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// childMode names what the test binary does instead of running tests.
const childMode = "BULKHEAD_TERMINAL_CHILD"

// patience is how long a test waits for what must happen, before it says so
// instead of hanging.
const patience = 30 * time.Second

func TestMain(m *testing.M) {
	switch os.Getenv(childMode) {
	case "":
		os.Exit(m.Run())
	case "shell":
		childShell()
	case "host":
		childHost()
	case "pipes":
		childPipes()
	}
	fmt.Fprintln(os.Stderr, "child did not run")
	os.Exit(99)
}

// childShell does what the init of a container does: it makes a terminal of
// 24 by 80, sends its master to descriptor 3 and runs the shell on the slave,
// but only when the peer has closed its end, and so has set up the master.
func childShell() {
	master, slave, err := openPty()
	if err != nil {
		panic(err)
	}
	unix.IoctlSetWinsize(int(slave.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: 80})
	if err := sendFDs(3, "/dev/ptmx", int(master.Fd())); err != nil {
		panic(err)
	}
	unix.Read(3, make([]byte, 1))
	unix.IoctlSetInt(int(slave.Fd()), unix.TIOCSCTTY, 0)
	for fd := range 3 {
		unix.Dup2(int(slave.Fd()), fd)
	}
	unix.Close(3)
	syscall.Exec("/bin/sh", []string{"sh", "-c", os.Args[1]}, nil)
}

// childHost says which terminal NewConsole finds.
func childHost() {
	c, err := NewConsole(Streams{os.Stdin, os.Stdout, os.Stderr})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println("found")
	c.Close()
	os.Exit(0)
}

// childPipes says how NewPipes is refused.
func childPipes() {
	r, w, _ := os.Pipe() // the runtime's poller is up from here on
	before, _ := os.ReadDir("/proc/self/fd")
	_, err := NewPipes(Streams{}, 5, 5)
	after, _ := os.ReadDir("/proc/self/fd")
	fmt.Printf("%d descriptors more; %v\n", len(after)-len(before), err)
	r.Close()
	w.Close()
	os.Exit(0)
}

// child returns the test binary as a command in a session of its own.
func child(mode string, args ...string) *exec.Cmd {
	cmd := exec.Command("/proc/self/exe", args...)
	cmd.Env = []string{childMode + "=" + mode}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	return cmd
}

func start(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if cmd.ProcessState == nil {
			cmd.Process.Kill()
			cmd.Wait()
		}
	})
}

// openPty returns both ends of a new pseudo-terminal. The master can have
// deadlines.
func openPty() (master, slave *os.File, err error) {
	master, err = os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		return nil, nil, err
	}
	raw, err := master.SyscallConn()
	if err != nil {
		return nil, nil, err
	}
	raw.Control(func(fd uintptr) {
		if err = unix.IoctlSetPointerInt(int(fd), unix.TIOCSPTLCK, 0); err != nil {
			return
		}
		slave, err = openSlave(int(fd))
	})
	return master, slave, err
}

func openSlave(master int) (*os.File, error) {
	fd, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(master), unix.TIOCGPTPEER,
		unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC)
	if errno != 0 {
		return nil, errno
	}
	return os.NewFile(fd, "slave"), nil
}

func newPair(t *testing.T) (master, slave *os.File) {
	t.Helper()
	master, slave, err := openPty()
	if err != nil {
		t.Fatalf("open pty: %v", err)
	}
	t.Cleanup(func() {
		master.Close()
		slave.Close()
	})
	return master, slave
}

func newPipe(t *testing.T) (r, w *os.File) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		r.Close()
		w.Close()
	})
	return r, w
}

func sendFDs(socket int, name string, fds ...int) error {
	return unix.Sendmsg(socket, []byte(name), unix.UnixRights(fds...), nil, 0)
}

// control lends out a descriptor without changing its flags, as Fd may.
func control(t *testing.T, f *os.File, use func(fd int)) {
	t.Helper()
	raw, err := f.SyscallConn()
	if err == nil {
		err = raw.Control(func(fd uintptr) { use(int(fd)) })
	}
	if err != nil {
		t.Fatal(err)
	}
}

// expect reads from f until want has come.
func expect(t *testing.T, f *os.File, want string) string {
	t.Helper()
	f.SetReadDeadline(time.Now().Add(patience))
	defer f.SetReadDeadline(time.Time{})
	var got bytes.Buffer
	buf := make([]byte, 4096)
	for !strings.Contains(got.String(), want) {
		n, err := f.Read(buf)
		got.Write(buf[:n])
		if err != nil {
			t.Fatalf("read: %v; want %q, have %q", err, want, got.String())
		}
	}
	return got.String()
}

func write(t *testing.T, f *os.File, text string) {
	t.Helper()
	if _, err := f.WriteString(text); err != nil {
		t.Fatal(err)
	}
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
		stacks := make([]byte, 64<<10)
		t.Fatalf("%s hangs\n%s", what, stacks[:runtime.Stack(stacks, true)])
	}
}

// closeTwice checks that the second time does nothing, not even to a
// descriptor whose number was free in between.
func closeTwice(t *testing.T, end func()) {
	t.Helper()
	within(t, "Close", end)
	var pipes [8][2]*os.File // takes all numbers that became free
	for i := range pipes {
		pipes[i][0], pipes[i][1] = newPipe(t)
	}
	within(t, "second Close", end)
	for _, p := range pipes {
		write(t, p[1], "open")
		expect(t, p[0], "open")
	}
}

func descriptors(t *testing.T) string {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	var list strings.Builder
	for _, e := range entries {
		target, err := os.Readlink("/proc/self/fd/" + e.Name())
		if err == nil { // the folder's own descriptor is closed by now
			fmt.Fprintln(&list, e.Name(), target)
		}
	}
	return list.String()
}

// noLeak compares descriptors and goroutines at the end of a test with those
// at its start. It must come before the test makes its own.
func noLeak(t *testing.T) {
	t.Helper()
	newPipe(t) // the runtime's poller is up from here on
	goroutines, before := runtime.NumGoroutine(), ""
	t.Cleanup(func() {
		if after := descriptors(t); after != before {
			t.Errorf("descriptors before:\n%safter:\n%s", before, after)
		}
		end := time.Now().Add(patience)
		for runtime.NumGoroutine() > goroutines && time.Now().Before(end) {
			time.Sleep(time.Millisecond)
		}
		if n := runtime.NumGoroutine(); n > goroutines {
			stacks := make([]byte, 64<<10)
			t.Errorf("%d goroutines, were %d\n%s", n, goroutines,
				stacks[:runtime.Stack(stacks, true)])
		}
	})
	before = descriptors(t)
}

func dup(t *testing.T, f *os.File) *os.File {
	t.Helper()
	fd, err := duplicate(f)
	if err != nil {
		t.Fatal(err)
	}
	return os.NewFile(uintptr(fd), f.Name())
}

func closeOnExec(t *testing.T, f *os.File) (set bool) {
	t.Helper()
	control(t, f, func(fd int) {
		flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
		if err != nil {
			t.Fatal(err)
		}
		set = flags&unix.FD_CLOEXEC != 0
	})
	return set
}
