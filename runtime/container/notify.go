package container

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/opencontainers/runtime-spec/specs-go"
	"github.com/sirupsen/logrus"
	"golang.org/x/sys/unix"
)

// notifySocket passes a container's sd_notify(3) messages on to the service
// manager that started us. The container gets a socket of its own, in a
// directory that is bound into it read-only, because the manager's socket may
// take orders from whoever can reach it (FDSTORE, MAINPID):
//
//	container ── /run/notify/notify.sock ──▶ us ── $NOTIFY_SOCKET ──▶ systemd
//
// All methods may be called on nil, which is a caller without such a socket.
type notifySocket struct {
	host string // the service manager's socket
	dir  string // what is bound into the container
	conn *net.UnixConn
}

const (
	notifyName = "notify.sock"
	notifyDir  = "/run/notify" // inside the container
	// maxNotify is more than any message of sd_notify's.
	maxNotify = 4096
	// barrierPatience is how long the manager may take to say that it has
	// read everything (sd_notify_barrier(3)).
	barrierPatience = 30 * time.Second
)

func newNotifySocket(host, stateDir string) *notifySocket {
	if host == "" {
		return nil
	}
	return &notifySocket{host: host, dir: filepath.Join(stateDir, "notify")}
}

// addTo tells the container of its socket.
func (n *notifySocket) addTo(s *specs.Spec) {
	if n == nil {
		return
	}
	s.Mounts = append(s.Mounts, specs.Mount{
		Destination: notifyDir, Source: n.dir,
		Options: []string{"bind", "nosuid", "noexec", "nodev", "ro"},
	})
	s.Process.Env = append(s.Process.Env, "NOTIFY_SOCKET="+filepath.Join(notifyDir, notifyName))
}

// prepare makes the directory; the state directory is there.
func (n *notifySocket) prepare() error {
	if n == nil {
		return nil
	}
	return os.Mkdir(n.dir, 0o755)
}

// listen binds the container's socket. A process of any user inside may
// write to it.
func (n *notifySocket) listen() error {
	if n == nil {
		return nil
	}
	path := filepath.Join(n.dir, notifyName)
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		return fmt.Errorf("listen for the container's notifications: %v", err)
	}
	n.conn = conn
	return os.Chmod(path, 0o777)
}

func (n *notifySocket) close() {
	if n != nil && n.conn != nil {
		_ = n.conn.Close()
		n.conn = nil
	}
}

// untilReady waits until the container says READY=1 or the process pid has
// ended, and passes it on with the pid that the manager shall watch.
func (n *notifySocket) untilReady(ctx context.Context, pid, mainPid int) error {
	if n == nil {
		return nil
	}
	defer n.close()
	stop := n.finishAtEnd(ctx, pid)
	defer stop()
	for {
		lines, err := n.read()
		if errors.Is(err, errLastRead) {
			return ctx.Err() // the process has ended without a word
		}
		if err != nil {
			return fmt.Errorf("read the container's notification: %w", err)
		}
		if isReady(lines) {
			return n.tell(lines, mainPid)
		}
	}
}

// endReading makes read return what is in the socket's buffer and then errLastRead.
func endReading(conn *net.UnixConn) {
	_ = conn.SetReadDeadline(time.Unix(1, 0))
}

// errLastRead says that nothing more will come.
var errLastRead = errors.New("no more notifications")

// finishAtEnd ends the reading when the process has ended or ctx has.
func (n *notifySocket) finishAtEnd(ctx context.Context, pid int) (stop func()) {
	conn := n.conn
	ctx, cancel := context.WithCancel(ctx)
	unwatch := context.AfterFunc(ctx, func() { endReading(conn) })
	h, err := refer(pid).open()
	if err != nil {
		endReading(conn)
		return func() { unwatch(); cancel() }
	}
	go func() {
		defer h.close()
		for ctx.Err() == nil {
			if h.wait(100 * time.Millisecond) { // the pace of noticing a cancel
				endReading(conn)
				return
			}
		}
	}()
	return func() { unwatch(); cancel() }
}

// forward passes notifications on while an attached container runs. The
// manager watches us, the parent, so it is told our pid.
func (n *notifySocket) forward(ctx context.Context) (stop func()) {
	if n == nil || n.conn == nil {
		return func() {}
	}
	conn := n.conn
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			lines, err := n.read()
			if err != nil {
				return
			}
			if len(lines) == 0 {
				continue
			}
			if err := n.tell(lines, os.Getpid()); err != nil && ctx.Err() == nil {
				logrus.Warnf("pass a notification on: %v", err)
			}
		}
	}()
	return func() {
		endReading(conn)
		<-ended
	}
}

// read takes one message and keeps the lines that may pass.
func (n *notifySocket) read() ([][]byte, error) {
	buf := make([]byte, maxNotify)
	size, err := n.conn.Read(buf)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		size, err = readBuffered(n.conn, buf)
	}
	if err != nil {
		return nil, err
	}
	var lines [][]byte
	for line := range bytes.SplitSeq(buf[:size], []byte{'\n'}) {
		if mayPass(line) {
			lines = append(lines, line)
		}
	}
	return lines, nil
}

// readBuffered takes a message that has arrived before the end, if any.
func readBuffered(conn *net.UnixConn, buf []byte) (size int, err error) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return 0, err
	}
	cerr := raw.Control(func(fd uintptr) {
		size, _, err = unix.Recvfrom(int(fd), buf, unix.MSG_DONTWAIT)
	})
	if errors.Is(err, unix.EAGAIN) {
		return 0, errLastRead
	}
	return size, errors.Join(cerr, err)
}

// mayPass names the messages that a container may send to the service
// manager. Pids mean something else outside, and descriptors are not ours to
// store on a container's word.
func mayPass(line []byte) bool {
	key, _, _ := bytes.Cut(line, []byte{'='})
	switch string(key) {
	case "READY", "STATUS", "ERRNO", "WATCHDOG", "STOPPING", "RELOADING",
		"MONOTONIC_USEC", "EXTEND_TIMEOUT_USEC":
		return true
	}
	return false
}

func isReady(lines [][]byte) bool {
	for _, line := range lines {
		if bytes.HasPrefix(line, []byte("READY=")) {
			return true
		}
	}
	return false
}

// tell sends lines to the manager; with READY go the main pid and a barrier,
// so that we do not exit before the manager has looked us up.
func (n *notifySocket) tell(lines [][]byte, mainPid int) error {
	conn, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: n.host, Net: "unixgram"})
	if err != nil {
		return fmt.Errorf("connect to the service manager: %v", err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := conn.Write(append(bytes.Join(lines, []byte{'\n'}), '\n')); err != nil {
		return err
	}
	if !isReady(lines) {
		return nil
	}
	if _, err := conn.Write([]byte("MAINPID=" + strconv.Itoa(mainPid) + "\n")); err != nil {
		return err
	}
	return barrier(conn)
}

// sendFile sends a message with a descriptor. The net package refuses to do
// it on a connected datagram socket.
func sendFile(conn *net.UnixConn, msg []byte, f *os.File) error {
	raw, err := conn.SyscallConn()
	if err != nil {
		return err
	}
	var sent error
	err = raw.Write(func(fd uintptr) bool {
		sent = unix.Sendmsg(int(fd), msg, unix.UnixRights(int(f.Fd())), nil, 0)
		return !errors.Is(sent, unix.EAGAIN)
	})
	return errors.Join(err, os.NewSyscallError("sendmsg", sent))
}

// barrier hands the manager one end of a pipe and waits until it has closed
// it: everything sent before has been read by then.
func barrier(conn *net.UnixConn) error {
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	defer r.Close()
	err = sendFile(conn, []byte("BARRIER=1"), w)
	w.Close()
	if err != nil {
		return err
	}
	if err := r.SetReadDeadline(time.Now().Add(barrierPatience)); err != nil {
		return err
	}
	n, err := r.Read(make([]byte, 1))
	switch {
	case n > 0:
		return errors.New("the service manager wrote into the barrier's pipe")
	case errors.Is(err, os.ErrDeadlineExceeded):
		logrus.Warnf("the service manager did not answer within %v", barrierPatience)
	}
	return nil
}
