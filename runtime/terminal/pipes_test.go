package terminal

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func pipes(t *testing.T, s Streams) *Pipes {
	t.Helper()
	p, err := NewPipes(s, os.Geteuid(), os.Getegid())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { within(t, "Close", p.Close) })
	return p
}

// piped runs a script on pipes.
func piped(t *testing.T, s Streams, script string) (*Pipes, *exec.Cmd) {
	t.Helper()
	p := pipes(t, s)
	cmd := exec.Command("/bin/sh", "-c", script)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = p.Stdin, p.Stdout, p.Stderr
	start(t, cmd)
	p.CloseChild()
	return p, cmd
}

func TestPipesRunProcess(t *testing.T) {
	noLeak(t)
	inR, inW := newPipe(t)
	outR, outW := newPipe(t)
	errR, errW := newPipe(t)
	p, cmd := piped(t, Streams{inR, outW, errW}, "cat; echo problem >&2")
	write(t, inW, "some input\n")
	expect(t, outR, "some input\n")
	write(t, inW, "more\n")
	inW.Close() // ends cat, if the end is passed on
	within(t, "the end", func() {
		cmd.Wait()
		p.Wait()
	})
	outW.Close()
	errW.Close()
	if rest, _ := io.ReadAll(outR); string(rest) != "more\n" {
		t.Errorf("standard output: %q", rest)
	}
	if rest, _ := io.ReadAll(errR); string(rest) != "problem\n" {
		t.Errorf("standard error: %q", rest)
	}
}

func TestPipesCopyInputWhole(t *testing.T) {
	noLeak(t)
	inR, inW := newPipe(t)
	outR, outW := newPipe(t)
	p, cmd := piped(t, Streams{inR, outW, nil}, "sleep 0.2; cat")
	sent := bytes.Repeat([]byte("0123456789"), 50000)
	go func() {
		inW.Write(sent)
		inW.Close()
	}()
	go func() {
		p.Wait()
		outW.Close()
	}()
	var got []byte
	within(t, "the end", func() {
		got, _ = io.ReadAll(outR)
		cmd.Wait()
	})
	if !bytes.Equal(got, sent) {
		t.Errorf("%d bytes of %d came back", len(got), len(sent))
	}
}

func TestPipesOfNilStreams(t *testing.T) {
	noLeak(t)
	script := "set -e; cat; head -c 300000 /dev/zero; head -c 300000 /dev/zero >&2"
	p, cmd := piped(t, Streams{}, script)
	within(t, "the end", func() {
		cmd.Wait()
		p.Wait()
	})
	if code := cmd.ProcessState.ExitCode(); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

func TestPipesOfClosedInput(t *testing.T) {
	closed, _ := newPipe(t)
	closed.Close()
	_, cmd := piped(t, Streams{Stdin: closed}, "cat")
	within(t, "the end", func() { cmd.Wait() })
}

// The process learns that nobody reads as it would without us.
func TestPipesBreakWhenReaderIsGone(t *testing.T) {
	noLeak(t)
	outR, outW := newPipe(t)
	outR.Close()
	p, cmd := piped(t, Streams{Stdout: outW}, "exec yes")
	within(t, "the end", func() {
		cmd.Wait()
		p.Wait()
	})
	if s := cmd.ProcessState.Sys().(syscall.WaitStatus).Signal(); s != unix.SIGPIPE {
		t.Errorf("ended by %q", cmd.ProcessState)
	}
}

// A program that shares our standard output may set O_NONBLOCK on it.
func TestPipesWaitForSlowNonblockingReader(t *testing.T) {
	noLeak(t)
	outR, outW := newPipe(t)
	other := int(outW.Fd()) // makes it block, as it does at a start
	shared := dup(t, outW)
	defer shared.Close()
	unix.SetNonblock(other, true)
	p, _ := piped(t, Streams{Stdout: shared}, "head -c 300000 /dev/zero")
	n := 0
	within(t, "read", func() {
		buf := make([]byte, 4096)
		for n < 300000 {
			time.Sleep(time.Millisecond)
			m, err := outR.Read(buf)
			if err != nil {
				return
			}
			n += m
		}
		p.Wait()
	})
	if n != 300000 {
		t.Errorf("%d bytes of 300000", n)
	}
}

func TestPipesReadNothingBeforeStart(t *testing.T) {
	noLeak(t)
	inR, inW := newPipe(t)
	write(t, inW, "for the shell\n")
	p := pipes(t, Streams{Stdin: inR})
	time.Sleep(100 * time.Millisecond)
	p.Close()
	expect(t, inR, "for the shell\n")
}

func TestPipesCloseLeavesInput(t *testing.T) {
	noLeak(t)
	inR, inW := newPipe(t)
	outR, outW := newPipe(t)
	p, cmd := piped(t, Streams{Stdin: inR, Stdout: outW}, "head -n 1")
	write(t, inW, "one\n")
	expect(t, outR, "one\n")
	within(t, "the end", func() { cmd.Wait() })
	closeTwice(t, p.Close)
	write(t, inW, "for the shell\n")
	expect(t, inR, "for the shell\n")
}

func TestPipesCloseWithInputStuck(t *testing.T) {
	noLeak(t)
	inR, inW := newPipe(t)
	p := pipes(t, Streams{Stdin: inR})
	reader := dup(t, p.Stdin)
	defer reader.Close()
	p.CloseChild()
	fill(t, inW)
	within(t, "Close", p.Close)
}

// A process in the background keeps the pipes open.
func TestPipesCloseBesideWriter(t *testing.T) {
	noLeak(t)
	p := pipes(t, Streams{})
	writer := dup(t, p.Stdout)
	defer writer.Close()
	p.CloseChild()
	within(t, "Close", func() {
		p.Close()
		p.Wait()
	})
}

func TestPipesOwner(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root, to give pipes away")
	}
	p, err := NewPipes(Streams{}, 12345, 54321)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	for _, f := range []*os.File{p.Stdin, p.stdin, p.Stdout, p.stdout, p.Stderr, p.stderr} {
		info, err := f.Stat()
		if err != nil {
			t.Fatal(err)
		}
		st := info.Sys().(*syscall.Stat_t)
		if st.Uid != 12345 || st.Gid != 54321 {
			t.Errorf("pipe belongs to %d:%d", st.Uid, st.Gid)
		}
	}
}

func TestPipesRefuseUnmappedOwner(t *testing.T) {
	cmd := child("pipes")
	cmd.SysProcAttr.Cloneflags = unix.CLONE_NEWUSER
	cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{HostID: os.Geteuid(), Size: 1}}
	cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{HostID: os.Getegid(), Size: 1}}
	out, err := cmd.Output()
	if errors.Is(err, unix.EPERM) || errors.Is(err, unix.ENOSPC) {
		t.Skipf("needs a user namespace: %v", err)
	}
	if string(out) != "0 descriptors more; give pipe to 5:5: invalid argument\n" {
		t.Errorf("got %q, %v", out, err)
	}
}

func TestPipesChildEnds(t *testing.T) {
	p := pipes(t, Streams{})
	for _, f := range []*os.File{p.Stdin, p.Stdout, p.Stderr} {
		if !closeOnExec(t, f) {
			t.Errorf("%s is inherited by programs", f.Name())
		}
		control(t, f, func(fd int) {
			if flags, _ := unix.FcntlInt(uintptr(fd), unix.F_GETFL, 0); flags&unix.O_NONBLOCK != 0 {
				t.Error("a child's end does not block")
			}
		})
	}
}
