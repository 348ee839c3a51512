package hooks

import (
	"errors"
	"io"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// pipeSize is the most that a process without privileges can make a pipe
// hold, unless the machine's administrator says otherwise.
const pipeSize = 1 << 20

// chunk is how much is read at a time.
const chunk = 8 << 10

// pipes are a hook's three standard streams.
type pipes struct {
	stdin          *feed
	stdout, stderr *drain
}

func newPipes(data []byte, stdout, stderr *tail, lines *lines) (p *pipes, err error) {
	p = &pipes{}
	defer func() {
		if err != nil {
			p.stop()
		}
	}()
	if p.stdin, err = newFeed(data); err != nil {
		return nil, err
	}
	if p.stdout, err = newDrain(io.MultiWriter(stdout, lines)); err != nil {
		return nil, err
	}
	p.stderr, err = newDrain(stderr)
	return p, err
}

// childEnds are the descriptors for the hook.
func (p *pipes) childEnds() []*os.File {
	return []*os.File{p.stdin.r, p.stdout.w, p.stderr.w}
}

// started closes the hook's ends in this process and lets the data flow.
func (p *pipes) started() {
	p.stdin.start()
	p.stdout.start()
	p.stderr.start()
}

// stop takes what the hook has left in the pipes and closes them. It does not
// wait for other processes that hold their other ends.
func (p *pipes) stop() {
	if p.stdin != nil {
		p.stdin.stop()
	}
	for _, d := range []*drain{p.stdout, p.stderr} {
		if d != nil {
			d.stop()
		}
	}
}

// A feed writes data to a pipe in the background; there may be more of it
// than the pipe holds, and nobody may ever read it.
type feed struct {
	r, w *os.File
	data []byte
	done chan struct{}
}

func newFeed(data []byte) (*feed, error) {
	r, w, err := os.Pipe()
	return &feed{r: r, w: w, data: data}, err
}

func (f *feed) start() {
	_ = f.r.Close()
	f.done = make(chan struct{})
	go func() {
		defer close(f.done)
		// A reader that has gone away (EPIPE) has had all it wanted.
		_, _ = f.w.Write(f.data)
		_ = f.w.Close()
	}()
}

func (f *feed) stop() {
	_ = f.r.Close()
	_ = f.w.Close() // ends a Write that is waiting
	if f.done != nil {
		<-f.done
	}
}

// A drain reads a pipe in the background.
type drain struct {
	r, w *os.File
	to   io.Writer
	done chan struct{}
}

func newDrain(to io.Writer) (*drain, error) {
	r, w, err := os.Pipe()
	return &drain{r: r, w: w, to: to}, err
}

func (d *drain) start() {
	_ = d.w.Close()
	d.done = make(chan struct{})
	go func() {
		defer close(d.done)
		buf := make([]byte, chunk)
		for {
			n, err := d.r.Read(buf)
			_, _ = d.to.Write(buf[:n])
			if err != nil {
				return
			}
		}
	}()
}

// stop ends the reading in the background, which may be waiting for a process
// that outlives the hook, and reads what is in the pipe now.
func (d *drain) stop() {
	if d.done != nil {
		_ = d.r.SetReadDeadline(time.Unix(1, 0))
		<-d.done
		_ = d.r.SetReadDeadline(time.Time{})
		d.readRest()
	}
	_ = d.r.Close()
	_ = d.w.Close()
}

// readRest stops at an empty pipe, or after as much as a pipe holds: somebody
// may be filling it all the time.
func (d *drain) readRest() {
	conn, err := d.r.SyscallConn()
	if err != nil {
		return
	}
	_ = conn.Read(func(fd uintptr) bool {
		buf := make([]byte, chunk)
		for total := 0; total < pipeSize; {
			n, err := unix.Read(int(fd), buf)
			if errors.Is(err, unix.EINTR) {
				continue
			}
			if n <= 0 {
				break
			}
			_, _ = d.to.Write(buf[:n])
			total += n
		}
		return true
	})
}
