package terminal

import (
	"fmt"
	"io"
	"os"
	"sync"

	"golang.org/x/sys/unix"
)

// Pipes connect a process without a terminal.
type Pipes struct {
	// Stdin, Stdout and Stderr are the child's ends.
	Stdin, Stdout, Stderr *os.File

	stdin          *os.File // our ends
	stdout, stderr *os.File
	in             *input
	out            sync.WaitGroup
	mu             sync.Mutex
	started        bool
	closed         bool
}

// NewPipes makes three pipes that belong to uid and gid, so that the process
// may open its /dev/stdout again, and copies what comes out of them to host.
// Nothing of host.Stdin is read before CloseChild.
func NewPipes(host Streams, uid, gid int) (_ *Pipes, retErr error) {
	p := &Pipes{}
	defer func() {
		if retErr != nil {
			p.closeFiles()
		}
	}()
	var err error
	if p.Stdin, p.stdin, err = os.Pipe(); err != nil {
		return nil, err
	}
	if p.stdout, p.Stdout, err = os.Pipe(); err != nil {
		return nil, err
	}
	if p.stderr, p.Stderr, err = os.Pipe(); err != nil {
		return nil, err
	}
	for _, f := range []*os.File{p.Stdin, p.Stdout, p.Stderr} {
		if err := give(f, uid, gid); err != nil {
			return nil, err
		}
	}
	if p.in, err = newInput(host.Stdin); err != nil {
		return nil, err
	}
	p.copyOut(output(host.Stdout), p.stdout)
	p.copyOut(output(host.Stderr), p.stderr)
	return p, nil
}

// give prepares the child's end of a pipe. Asking for the descriptor makes it
// a blocking one, which programs expect of their standard files. Both ends
// share an inode, so one call changes the owner of the pipe.
func give(f *os.File, uid, gid int) error {
	fd := int(f.Fd())
	if uid == os.Geteuid() && gid == os.Getegid() {
		return nil
	}
	if err := unix.Fchown(fd, uid, gid); err != nil {
		return fmt.Errorf("give pipe to %d:%d: %w", uid, gid, withoutVerdict(err))
	}
	return nil
}

// copyOut ends by closing our end: when the caller's reader is gone, the
// process gets SIGPIPE as it would without us in between.
func (p *Pipes) copyOut(dst io.Writer, src *os.File) {
	p.out.Go(func() {
		_, _ = io.Copy(dst, src)
		src.Close()
	})
}

// CloseChild closes the child's ends in this process and starts to copy
// host.Stdin. It is called when the process has started.
func (p *Pipes) CloseChild() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closeChild()
	if p.started || p.closed {
		return
	}
	p.started = true
	p.in.start(p.stdin, func() { p.stdin.Close() })
}

// Wait returns when both outputs have ended and are copied. They end with the
// last process that holds them, which need not be the one that was started.
func (p *Pipes) Wait() { p.out.Wait() }

// Close stops all copying. What the process wrote and Wait has not seen
// copied is dropped. A write to host.Stdout or host.Stderr that blocks cannot
// be called off; its goroutine ends when the write does.
func (p *Pipes) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return
	}
	p.closed = true
	p.closeFiles()
	p.in.stop()
}

func (p *Pipes) closeChild() {
	p.Stdin.Close()
	p.Stdout.Close()
	p.Stderr.Close()
}

// closeFiles relies on a nil *os.File being refused by Close, not fatal.
func (p *Pipes) closeFiles() {
	p.closeChild()
	p.stdin.Close()
	p.stdout.Close()
	p.stderr.Close()
}
