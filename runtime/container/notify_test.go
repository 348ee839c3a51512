package container

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// serviceManager is a service manager: it keeps what it is told and answers
// barriers, which carry a descriptor.
type serviceManager struct {
	path string
	conn *net.UnixConn
	done chan struct{}

	mu   sync.Mutex
	said []string
}

func newManager(t *testing.T) *serviceManager {
	t.Helper()
	m := &serviceManager{path: filepath.Join(t.TempDir(), "manager"), done: make(chan struct{})}
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: m.path, Net: "unixgram"})
	ok(t, err)
	m.conn = conn
	go m.serve()
	t.Cleanup(func() {
		conn.Close()
		<-m.done
	})
	return m
}

func (m *serviceManager) serve() {
	defer close(m.done)
	buf, oob := make([]byte, 4096), make([]byte, 128)
	for {
		n, oobn, _, _, err := m.conn.ReadMsgUnix(buf, oob)
		if err != nil {
			return
		}
		text, fds := string(buf[:n]), rights(oob[:oobn])
		if len(fds) > 0 {
			text = fmt.Sprintf("%s with %d", text, len(fds))
		}
		m.mu.Lock()
		m.said = append(m.said, text)
		m.mu.Unlock()
		for _, fd := range fds {
			unix.Close(fd)
		}
	}
}

// rights are the descriptors of a message.
func rights(oob []byte) (all []int) {
	messages, _ := unix.ParseSocketControlMessage(oob)
	for i := range messages {
		fds, _ := unix.ParseUnixRights(&messages[i])
		all = append(all, fds...)
	}
	return all
}

func (m *serviceManager) heard() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.said)
}

// newNotify is a container's socket, listening.
func newNotify(t *testing.T, m *serviceManager) *notifySocket {
	t.Helper()
	n := newNotifySocket(m.path, t.TempDir())
	ok(t, n.prepare())
	ok(t, n.listen())
	t.Cleanup(n.close)
	return n
}

// send is what the container does.
func send(t *testing.T, n *notifySocket, text string) {
	t.Helper()
	conn, err := net.Dial("unixgram", filepath.Join(n.dir, notifyName))
	ok(t, err)
	defer conn.Close()
	_, err = conn.Write([]byte(text))
	ok(t, err)
}

func TestNoNotifySocket(t *testing.T) {
	n := newNotifySocket("", "/state")
	s := &specs.Spec{Process: new(specs.Process)}
	n.addTo(s)
	if n != nil || len(s.Mounts) != 0 || len(s.Process.Env) != 0 {
		t.Errorf("%v: %+v", n, s)
	}
	ok(t, n.prepare())
	ok(t, n.listen())
	ok(t, n.untilReady(t.Context(), 1, 1))
	n.forward(t.Context())()
	n.close()
}

func TestNotifyIsBoundIntoTheContainer(t *testing.T) {
	s := &specs.Spec{Process: &specs.Process{Env: []string{"A=B"}}}
	newNotifySocket("/run/manager", "/state").addTo(s)
	m := s.Mounts[0]
	if m.Destination != "/run/notify" || m.Source != "/state/notify" ||
		!slices.Contains(m.Options, "bind") || !slices.Contains(m.Options, "ro") {
		t.Errorf("%+v", m)
	}
	if want := []string{"A=B", "NOTIFY_SOCKET=/run/notify/notify.sock"}; !slices.Equal(s.Process.Env, want) {
		t.Errorf("%q", s.Process.Env)
	}
	// The manager's own socket must not get in.
	if text := fmt.Sprintf("%+v", s); strings.Contains(text, "/run/manager") {
		t.Error(text)
	}
}

func TestNotifySocketIsForAll(t *testing.T) {
	n := newNotify(t, newManager(t))
	st, err := os.Stat(filepath.Join(n.dir, notifyName))
	ok(t, err)
	if st.Mode().Perm() != 0o777 {
		t.Errorf("mode %v", st.Mode())
	}
	err = n.listen()
	mentions(t, err, "listen for the container's notifications: ")
}

func TestReadyPasses(t *testing.T) {
	m := newManager(t)
	noLeak(t)
	n := newNotify(t, m)
	child := sleeper(t)
	send(t, n, "STATUS=warming up") // not ready yet
	send(t, n, "FDSTORE=1\nMAINPID=1\nREADY=1\nSTATUS=on\nBUSERROR=x\n")
	within(t, "the wait", func() {
		if err := n.untilReady(t.Context(), child.Process.Pid, 4711); err != nil {
			t.Error(err)
		}
	})
	want := []string{"READY=1\nSTATUS=on\n", "MAINPID=4711\n", "BARRIER=1 with 1"}
	if got := m.heard(); !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if n.conn != nil {
		t.Error("still open")
	}
}

func TestForward(t *testing.T) {
	m := newManager(t)
	noLeak(t)
	n := newNotify(t, m)
	stop := n.forward(t.Context())
	for _, text := range []string{"STATUS=one", "FDSTORE=1", "MAINPID=1", "", "READY=1", "WATCHDOG=1\nX_OWN=2"} {
		send(t, n, text)
	}
	want := []string{
		"STATUS=one\n", "READY=1\n", "MAINPID=" + strconv.Itoa(os.Getpid()) + "\n", "BARRIER=1 with 1",
		"WATCHDOG=1\n",
	}
	until(t, "all is passed on", func() bool { return len(m.heard()) >= len(want) })
	within(t, "the end", stop)
	if got := m.heard(); !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	n.close()
}

func TestForwardWarns(t *testing.T) {
	j := watchLog(t)
	noLeak(t)
	n := newNotify(t, &serviceManager{path: "/no/such/manager"})
	stop := n.forward(t.Context())
	send(t, n, "STATUS=one")
	until(t, "it warns", func() bool { return j.has("warning", "connect to the service manager: ") })
	within(t, "the end", stop)
	n.close()
}

func TestUntilReadyOfDeadContainer(t *testing.T) {
	m := newManager(t)
	noLeak(t)
	// It is gone already, or ends while we wait.
	for _, when := range []string{"before", "meanwhile"} {
		n := newNotify(t, m)
		child := sleeper(t)
		pid := child.Process.Pid
		if when == "before" {
			finish(t, child)
		} else {
			time.AfterFunc(10*time.Millisecond, func() { child.Process.Kill() })
		}
		within(t, when, func() {
			if err := n.untilReady(t.Context(), pid, pid); err != nil {
				t.Errorf("%s: %v", when, err)
			}
		})
	}
	if got := m.heard(); len(got) != 0 {
		t.Errorf("told %q", got)
	}
}

func TestUntilReadyIsCancelled(t *testing.T) {
	m := newManager(t)
	noLeak(t)
	n := newNotify(t, m)
	child := sleeper(t)
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(10*time.Millisecond, cancel)
	within(t, "the wait", func() {
		err := n.untilReady(ctx, child.Process.Pid, child.Process.Pid)
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	})
}

func TestUntilReadyWithoutManager(t *testing.T) {
	noLeak(t)
	n := newNotify(t, &serviceManager{path: "/no/such/manager"})
	child := sleeper(t)
	send(t, n, "READY=1")
	within(t, "the wait", func() {
		err := n.untilReady(t.Context(), child.Process.Pid, 1)
		mentions(t, err, "connect to the service manager: ")
	})
}

func TestMayPass(t *testing.T) {
	for line, want := range map[string]bool{
		"READY=1": true, "STATUS=x=y": true, "STOPPING=1": true, "RELOADING=1": true, "ERRNO=2": true,
		"WATCHDOG=trigger": true, "MONOTONIC_USEC=1": true, "EXTEND_TIMEOUT_USEC=1": true,
		"MAINPID=1": false, "FDSTORE=1": false, "FDSTOREREMOVE=1": false, "FDNAME=x": false,
		"BARRIER=1": false, "BUSERROR=x": false, "NOTIFYACCESS=all": false, "WATCHDOG_USEC=1": false,
		"ready=1": false, " READY=1": false, "": false, "=": false,
	} {
		if got := mayPass([]byte(line)); got != want {
			t.Errorf("%q: %v", line, got)
		}
	}
}

// A manager that writes into the barrier is not to be trusted.
func TestBarrier(t *testing.T) {
	noLeak(t)
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	ok(t, err)
	defer unix.Close(pair[1])
	ours := os.NewFile(uintptr(pair[0]), "ours")
	c, err := net.FileConn(ours)
	ours.Close()
	ok(t, err)
	defer c.Close()
	answered := make(chan error, 1)
	go func() { answered <- barrier(c.(*net.UnixConn)) }()
	buf, oob := make([]byte, 64), make([]byte, 64)
	n, oobn, _, _, err := unix.Recvmsg(pair[1], buf, oob, 0)
	ok(t, err)
	fds := rights(oob[:oobn])
	if string(buf[:n]) != "BARRIER=1" || len(fds) != 1 {
		t.Fatalf("%q, %v", buf[:n], fds)
	}
	select {
	case err := <-answered:
		t.Fatalf("did not wait: %v", err)
	case <-time.After(20 * time.Millisecond):
	}
	unix.Write(fds[0], []byte("x"))
	unix.Close(fds[0])
	within(t, "the barrier", func() {
		mentions(t, <-answered, "wrote into the barrier's pipe")
	})
}
