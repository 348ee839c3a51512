package container

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func lockFile(t *testing.T) string { return filepath.Join(t.TempDir(), "x.lock") }

func mustTake(t *testing.T, path string) *lock {
	t.Helper()
	l, err := take(t.Context(), path, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.release)
	return l
}

func TestLockIsExclusive(t *testing.T) {
	noLeak(t)
	path := lockFile(t)
	l := mustTake(t, path)
	if _, err := take(t.Context(), path, 0); !errors.Is(err, ErrBusy) {
		t.Errorf("without patience: %v", err)
	}
	_, err := take(t.Context(), path, time.Millisecond)
	if !errors.Is(err, ErrBusy) {
		t.Errorf("with some: %v", err)
	}
	mentions(t, err, "waited 1ms")
	l.release()
	// Who gave up waiting above may hold it for an instant yet.
	l, err = take(t.Context(), path, time.Minute)
	ok(t, err)
	l.release()
}

func TestLockFile(t *testing.T) {
	path := lockFile(t)
	l := mustTake(t, path)
	st, err := os.Lstat(path)
	ok(t, err)
	if st.Mode() != 0o600 {
		t.Errorf("mode %v", st.Mode())
	}
	l.release()
	if _, err := os.Lstat(path); err != nil {
		t.Errorf("release removed the file: %v", err)
	}
	l = mustTake(t, path)
	l.remove()
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("remove left the file: %v", err)
	}
}

// All methods may be called when there is no lock, or none any more.
func TestLockTwice(t *testing.T) {
	var none *lock
	none.release()
	none.remove()
	path := lockFile(t)
	l := mustTake(t, path)
	l.release()
	l.release()
	other := mustTake(t, path)
	l.remove() // it is not ours any more
	if _, err := os.Lstat(path); err != nil {
		t.Errorf("removed the lock of another: %v", err)
	}
	other.remove()
	ok(t, l.again(t.Context(), 0))
	l.remove()
}

func TestLockRefusesLinks(t *testing.T) {
	path := lockFile(t)
	ok(t, os.Symlink(path+".target", path))
	if _, err := take(t.Context(), path, 0); !errors.Is(err, unix.ELOOP) {
		t.Errorf("got %v", err)
	}
	if _, err := os.Lstat(path + ".target"); err == nil {
		t.Error("made the link's target")
	}
}

func TestLockWithoutFolder(t *testing.T) {
	_, err := take(t.Context(), filepath.Join(t.TempDir(), "no", "x.lock"), 0)
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

// A child that was forked while we held the lock has our descriptor until it
// execs: it must not keep the lock beyond our release.
func TestReleaseUnlocksCopies(t *testing.T) {
	path := lockFile(t)
	for name, end := range map[string]func(*lock){"release": (*lock).release, "remove": (*lock).remove} {
		l := mustTake(t, path)
		copied, err := unix.FcntlInt(l.file.Fd(), unix.F_DUPFD_CLOEXEC, 0)
		ok(t, err)
		end(l)
		next, err := take(t.Context(), path, 0)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		next.release()
		unix.Close(copied)
	}
}

// waiter takes a lock in the background; the lock is nil when it failed.
func waiter(ctx context.Context, path string) (<-chan *lock, <-chan error) {
	got, failed := make(chan *lock, 1), make(chan error, 1)
	go func() {
		l, err := take(ctx, path, patience)
		if err != nil {
			failed <- err
			return
		}
		got <- l
	}()
	return got, failed
}

// blocked waits until n threads of ours wait in flock(2) for the file.
func blocked(t *testing.T, path string, n int) {
	t.Helper()
	st, err := os.Stat(path)
	ok(t, err)
	inode := fmt.Sprintf(":%d ", inodeOf(st))
	until(t, "somebody waits for the lock", func() bool {
		data, err := os.ReadFile("/proc/locks")
		ok(t, err)
		return countLines(string(data), "-> FLOCK", inode) >= n
	})
}

func TestLockWaits(t *testing.T) {
	noLeak(t)
	path := lockFile(t)
	l := mustTake(t, path)
	got, failed := waiter(t.Context(), path)
	blocked(t, path, 1)
	select {
	case <-got:
		t.Fatal("two hold the lock")
	default:
	}
	l.release()
	within(t, "the waiter", func() {
		select {
		case second := <-got:
			second.release()
		case err := <-failed:
			t.Error(err)
		}
	})
}

func TestLockWaitIsCancelled(t *testing.T) {
	noLeak(t)
	path := lockFile(t)
	l := mustTake(t, path)
	ctx, cancel := context.WithCancel(t.Context())
	_, failed := waiter(ctx, path)
	blocked(t, path, 1)
	cancel()
	within(t, "the waiter", func() {
		if err := <-failed; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	})
	// Whoever gave up must not take the lock when it comes free.
	l.release()
	until(t, "the lock is free", func() bool {
		l, err := take(t.Context(), path, 0)
		l.release()
		return err == nil
	})
}

// The holder takes the file away: the one who waits for it holds a lock that
// nobody else can find, and has to make a new one.
func TestLockIsRemovedWhileAnotherWaits(t *testing.T) {
	noLeak(t)
	path := lockFile(t)
	l := mustTake(t, path)
	got, failed := waiter(t.Context(), path)
	blocked(t, path, 1)
	l.remove()
	within(t, "the waiter", func() {
		select {
		case second := <-got:
			if !sameFile(second.file, path) {
				t.Error("holds a file that has gone")
			}
			if _, err := take(t.Context(), path, 0); !errors.Is(err, ErrBusy) {
				t.Errorf("is not the only holder: %v", err)
			}
			second.release()
		case err := <-failed:
			t.Error(err)
		}
	})
}

func TestLockUnderLoad(t *testing.T) {
	noLeak(t)
	path := lockFile(t)
	var holders, most, turns atomic.Int32
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			for j := range 4 {
				l, err := take(t.Context(), path, patience)
				if err != nil {
					t.Error(err)
					return
				}
				most.Store(max(most.Load(), holders.Add(1)))
				turns.Add(1)
				time.Sleep(10 * time.Microsecond) // room for a second holder
				holders.Add(-1)
				if (i+j)%2 == 0 {
					l.remove()
				} else {
					l.release()
				}
			}
		})
	}
	within(t, "the crowd", wg.Wait)
	if most.Load() != 1 || turns.Load() != 200 {
		t.Errorf("%d at once, %d turns", most.Load(), turns.Load())
	}
}

func TestSameFile(t *testing.T) {
	dir := t.TempDir()
	a, b := filepath.Join(dir, "a"), filepath.Join(dir, "b")
	f, err := os.Create(a)
	ok(t, err)
	defer f.Close()
	ok(t, os.WriteFile(b, nil, 0o600))
	link := filepath.Join(dir, "link")
	ok(t, os.Symlink(a, link))
	for path, want := range map[string]bool{a: true, b: false, link: false, dir + "/none": false} {
		if got := sameFile(f, path); got != want {
			t.Errorf("%s: %v", path, got)
		}
	}
	f.Close()
	if sameFile(f, a) {
		t.Error("a closed file is the same")
	}
}
