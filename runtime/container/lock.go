package container

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// lockPatience is how long a verb waits for another process that makes or
// removes the same container. It is shorter than any engine's own time-out,
// so that the engine hears a reason.
const lockPatience = 8 * time.Second

// lock is an exclusive flock(2) on a file beside the record. The file lives
// outside the state directory because that comes and goes while it is held.
type lock struct {
	path string
	file *os.File
}

// take waits for the lock until ctx ends or patience is over ([ErrBusy]).
// A patience of 0 asks once.
func take(ctx context.Context, path string, patience time.Duration) (*lock, error) {
	l := &lock{path: path}
	return l, l.again(ctx, patience)
}

// again takes the lock after a release, or for the first time. The holder
// may have unlinked the file, so the name is compared once it is held.
func (l *lock) again(ctx context.Context, patience time.Duration) error {
	for {
		f, err := os.OpenFile(l.path, os.O_RDWR|os.O_CREATE|unix.O_NOFOLLOW, 0o600)
		if err != nil {
			return err
		}
		if err := flock(ctx, f, patience); err != nil {
			f.Close()
			return err
		}
		if sameFile(f, l.path) {
			l.file = f
			return nil
		}
		f.Close()
	}
}

// release gives the lock up but leaves the file for others who wait.
func (l *lock) release() {
	if l == nil || l.file == nil {
		return
	}
	// Unlocked and not only closed: a child that another goroutine has forked
	// holds a copy of the descriptor until it calls execve.
	unix.Flock(int(l.file.Fd()), unix.LOCK_UN) //nolint:errcheck // close does it else
	l.file.Close()
	l.file = nil
}

// remove gives the lock up and takes its file away, for a container that is
// no more. Whoever waits notices and makes a new file.
func (l *lock) remove() {
	if l == nil || l.file == nil {
		return
	}
	os.Remove(l.path)
	l.release()
}

func sameFile(f *os.File, path string) bool {
	held, err := f.Stat()
	if err != nil {
		return false
	}
	named, err := os.Lstat(path)
	return err == nil && os.SameFile(held, named)
}

// flock tries without blocking first: the contended case is rare, and only it
// pays for a goroutine. The kernel has no flock with a time-out.
func flock(ctx context.Context, f *os.File, patience time.Duration) error {
	err := retryFlock(f, unix.LOCK_EX|unix.LOCK_NB)
	if err == nil || !errors.Is(err, unix.EWOULDBLOCK) {
		return err
	}
	if patience == 0 {
		return ErrBusy
	}
	// The goroutine keeps a descriptor of its own: when we stop waiting, it
	// ends as soon as the holder lets go, and takes nothing from anybody.
	dup, err := unix.FcntlInt(f.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return err
	}
	got := make(chan error, 1)
	go func() {
		own := os.NewFile(uintptr(dup), f.Name())
		defer own.Close()
		got <- retryFlock(own, unix.LOCK_EX)
	}()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case err := <-got:
		return err
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return fmt.Errorf("%w (waited %v)", ErrBusy, patience)
	}
}

func retryFlock(f *os.File, how int) error {
	for {
		err := unix.Flock(int(f.Fd()), how)
		if !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}
