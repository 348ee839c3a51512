package container

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"syscall"

	"github.com/opencontainers/runc/libcontainer"
	"github.com/opencontainers/runc/libcontainer/configs"
	"github.com/sirupsen/logrus"
	"golang.org/x/sys/unix"

	"github.com/bulkhead-oci/bulkhead/runtime/terminal"
)

// IO says how a process is connected to its caller.
type IO struct {
	// Streams are the standard files. A detached process inherits them; an
	// attached one is connected to them through pipes or a pseudo-terminal.
	Streams terminal.Streams
	// Detach returns as soon as the process runs. Create implies it.
	Detach bool
	// ConsoleSocket is the path of an AF_UNIX socket that receives the
	// master of the pseudo-terminal of a detached process.
	ConsoleSocket string
	// PidfdSocket is the path of an AF_UNIX socket that receives a pidfd of
	// the process (Linux 5.3).
	PidfdSocket string
	// PidFile is where the pid in the caller's pid namespace is written.
	PidFile string
	// ExtraFiles become the descriptors 3 and up of the process.
	ExtraFiles []*os.File
	// ListenFDs is how many of ExtraFiles, from the first, are sockets of
	// socket activation: sd_listen_fds(3).
	ListenFDs int
	// Signals, if not nil, are forwarded to an attached process.
	Signals <-chan os.Signal
	// Reap asks for orphans to be reaped while an attached process runs, for
	// a caller that is a child subreaper; and for a detached process to be
	// reaped at its end, for a caller that lives on. A caller that exits
	// leaves a detached process, and its status, to its own parent, as
	// containerd's shim expects.
	Reap bool
}

// session is the caller's side of a process's streams.
type session struct {
	io       IO
	pipes    *terminal.Pipes
	console  *terminal.Console
	received chan error // of the console, once it is waited for
	sockets  []*os.File
}

// checkTerminal refuses combinations that could not work.
func (o IO) checkTerminal(tty bool) error {
	if o.Detach && tty && o.ConsoleSocket == "" {
		return errors.New("cannot allocate tty if the runtime will detach without setting console socket")
	}
	if (!o.Detach || !tty) && o.ConsoleSocket != "" {
		return errors.New("cannot use console socket if the runtime will not detach or allocate tty")
	}
	return nil
}

// connect prepares p's streams. The session must be closed.
func (o IO) connect(p *libcontainer.Process, tty bool, config *configs.Config) (_ *session, retErr error) {
	if err := o.checkTerminal(tty); err != nil {
		return nil, err
	}
	if o.ListenFDs > 0 {
		p.Env = append(p.Env, "LISTEN_FDS="+strconv.Itoa(o.ListenFDs), "LISTEN_PID=1")
	}
	p.ExtraFiles = append(p.ExtraFiles, o.ExtraFiles...)
	s := &session{io: o}
	defer func() {
		if retErr != nil {
			s.close()
		}
	}()
	if o.PidfdSocket != "" {
		sock, err := s.dial("pidfd socket", o.PidfdSocket)
		if err != nil {
			return nil, err
		}
		p.PidfdSocket = sock
	}
	switch {
	case tty && o.Detach:
		sock, err := s.dial("console socket", o.ConsoleSocket)
		p.ConsoleSocket = sock
		return s, err
	case tty:
		console, err := terminal.NewConsole(o.Streams)
		if err != nil {
			return nil, err
		}
		s.console, p.ConsoleSocket = console, console.Socket()
		if p.ConsoleWidth == 0 || p.ConsoleHeight == 0 {
			p.ConsoleWidth, p.ConsoleHeight = console.Size()
		}
		return s, nil
	case o.Detach:
		p.Stdin, p.Stdout, p.Stderr = o.Streams.Stdin, o.Streams.Stdout, o.Streams.Stderr
		return s, nil
	}
	return s, s.pipe(p, config)
}

func (s *session) dial(what, path string) (*os.File, error) {
	sock, err := terminal.DialSocket(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	s.sockets = append(s.sockets, sock)
	return sock, nil
}

// pipe connects through pipes that belong to the container's root: a process
// may open /dev/stdout again, and CRIU knows how to dump a pipe.
func (s *session) pipe(p *libcontainer.Process, config *configs.Config) error {
	uid, err := config.HostRootUID()
	if err != nil {
		return err
	}
	gid, err := config.HostRootGID()
	if err != nil {
		return err
	}
	s.pipes, err = terminal.NewPipes(s.io.Streams, uid, gid)
	if err != nil {
		return err
	}
	p.Stdin, p.Stdout, p.Stderr = s.pipes.Stdin, s.pipes.Stdout, s.pipes.Stderr
	return nil
}

// starting waits for the console's master in the background: the process of
// an exec may run before our side hears that it was started, and must find
// its terminal as it should be.
func (s *session) starting(ctx context.Context) {
	if s.console == nil {
		return
	}
	s.received = make(chan error, 1)
	go func() { s.received <- s.console.Receive(ctx) }()
}

// started completes the connection once the process exists: the child's ends
// are closed on our side, and the console's master has come.
func (s *session) started() error {
	s.closeChild()
	if s.received == nil {
		return nil
	}
	err := <-s.received
	s.received = nil
	return err
}

// closeChild closes what the process has inherited by now.
func (s *session) closeChild() {
	s.closeSockets()
	if s.pipes != nil {
		s.pipes.CloseChild()
	}
	if s.console != nil {
		s.console.CloseChild()
	}
}

// wait forwards signals until p has ended and its output is copied, and
// returns its exit status, 128+n for a signal n. When ctx ends, p is killed.
func (s *session) wait(ctx context.Context, p *libcontainer.Process) (int, error) {
	pid, err := p.Pid()
	if err != nil {
		return -1, err
	}
	done := make(chan struct{})
	forwarded := make(chan struct{})
	go func() {
		defer close(forwarded)
		terminal.Forward(done, s.io.Signals, p, s.forwardOptions(pid))
	}()
	stop := context.AfterFunc(ctx, func() { _ = p.Signal(unix.SIGKILL) })
	state, err := p.Wait()
	stop()
	close(done)
	<-forwarded
	if s.console != nil {
		s.console.Wait()
	}
	if s.pipes != nil {
		s.pipes.Wait()
	}
	if state == nil {
		return -1, err
	}
	return exitStatus(state), ctx.Err()
}

func (s *session) forwardOptions(pid int) terminal.ForwardOptions {
	o := terminal.ForwardOptions{
		Warn: func(err error) { logrus.Warnf("forward signal: %v", err) },
	}
	if s.console != nil {
		o.Resize = s.console.Resize
	}
	if s.io.Reap {
		o.Reap = func() { terminal.ReapOrphans(pid) }
	}
	return o
}

// reapDetached waits for a detached process in the background, if it is to: in
// a program that lives on, its zombie would keep the container from ending.
func (o IO) reapDetached(p *libcontainer.Process) {
	if !o.Reap {
		return
	}
	go func() {
		if _, err := p.Wait(); err != nil {
			logrus.Debugf("detached process: %v", err)
		}
	}()
}

func exitStatus(state *os.ProcessState) int {
	ws, ok := state.Sys().(syscall.WaitStatus)
	if ok && ws.Signaled() {
		return 128 + int(ws.Signal())
	}
	return state.ExitCode()
}

func (s *session) closeSockets() {
	for _, f := range s.sockets {
		f.Close()
	}
	s.sockets = nil
}

func (s *session) close() {
	s.closeChild()
	if s.received != nil {
		if err := <-s.received; err != nil { // the process has not come up
			logrus.Debugf("console: %v", err)
		}
		s.received = nil
	}
	if s.pipes != nil {
		s.pipes.Close()
	}
	if s.console != nil {
		_ = s.console.Close()
	}
}
