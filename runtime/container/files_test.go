package container

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

func inodeOf(st os.FileInfo) uint64 { return st.Sys().(*syscall.Stat_t).Ino }

// countLines counts the lines that contain all parts.
func countLines(text string, parts ...string) (n int) {
	for line := range strings.Lines(text) {
		all := true
		for _, p := range parts {
			all = all && strings.Contains(line, p)
		}
		if all {
			n++
		}
	}
	return n
}

func names(t *testing.T, dir string) (list []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	ok(t, err)
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return list
}

func content(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	ok(t, err)
	return string(data)
}

func TestWriteFileAtomic(t *testing.T) {
	noLeak(t)
	dir := t.TempDir()
	path := filepath.Join(dir, "f")
	for _, data := range []string{"first", "", "a longer one", "b"} {
		ok(t, writeFileAtomic(path, []byte(data), 0o600))
		if got := content(t, path); got != data {
			t.Errorf("got %q, want %q", got, data)
		}
	}
	if got := names(t, dir); len(got) != 1 {
		t.Errorf("left over: %v", got)
	}
	st, err := os.Stat(path)
	ok(t, err)
	if st.Mode() != 0o600 {
		t.Errorf("mode %v", st.Mode())
	}
}

// A reader sees one text or the other, never a part or nothing.
func TestWriteIsNeverSeenInPart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	texts := [][]byte{bytes.Repeat([]byte("a"), 8192), bytes.Repeat([]byte("b"), 20000)}
	ok(t, writeFileAtomic(path, texts[0], 0o600))
	var wg sync.WaitGroup
	stop := make(chan struct{})
	for range 2 {
		wg.Go(func() {
			for {
				got, err := readOwnFile(path, 1<<20)
				if err != nil || (!bytes.Equal(got, texts[0]) && !bytes.Equal(got, texts[1])) {
					t.Errorf("read %d bytes, %v", len(got), err)
					return
				}
				select {
				case <-stop:
					return
				default:
				}
			}
		})
	}
	for i := range 500 {
		ok(t, writeFileAtomic(path, texts[i%2], 0o600))
	}
	close(stop)
	wg.Wait()
}

// A process that died with our pid left its temporary file, or somebody a
// trap under that name.
func TestWriteOverLeftovers(t *testing.T) {
	for name, leave := range map[string]func(tmp, victim string) error{
		"file":    func(tmp, _ string) error { return os.WriteFile(tmp, []byte("old old old"), 0o444) },
		"symlink": func(tmp, victim string) error { return os.Symlink(victim, tmp) },
		"fifo":    func(tmp, _ string) error { return unix.Mkfifo(tmp, 0o600) },
		"link":    func(tmp, victim string) error { return os.Link(victim, tmp) },
	} {
		dir := t.TempDir()
		path, victim := filepath.Join(dir, "f"), filepath.Join(dir, "victim")
		ok(t, os.WriteFile(victim, []byte("untouched"), 0o600))
		ok(t, leave(filepath.Join(dir, ".f."+strconv.Itoa(os.Getpid())), victim))
		within(t, name, func() {
			if err := writeFileAtomic(path, []byte("new"), 0o600); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		})
		if content(t, path) != "new" || content(t, victim) != "untouched" {
			t.Errorf("%s: wrote %q, the victim has %q", name, content(t, path), content(t, victim))
		}
		if got := names(t, dir); len(got) != 2 {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestWriteFails(t *testing.T) {
	noLeak(t)
	dir := t.TempDir()
	if err := writeFileAtomic(filepath.Join(dir, "no", "f"), nil, 0o600); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no folder: %v", err)
	}
	target := filepath.Join(dir, "folder")
	ok(t, os.MkdirAll(filepath.Join(target, "x"), 0o700))
	if err := writeFileAtomic(target, []byte("x"), 0o600); err == nil {
		t.Error("a folder was replaced")
	}
	if got := names(t, dir); len(got) != 1 {
		t.Errorf("left over: %v", got)
	}
	tmp := filepath.Join(dir, ".g."+strconv.Itoa(os.Getpid()))
	ok(t, os.MkdirAll(filepath.Join(tmp, "x"), 0o700))
	if err := writeFileAtomic(filepath.Join(dir, "g"), nil, 0o600); err == nil {
		t.Error("a folder with the temporary name was taken over")
	}
}

// On a full disk the old text stays, and nothing is left beside it.
func TestWriteOnFullDisk(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "f")
	ok(t, writeFileAtomic(path, []byte("old"), 0o600))
	var old unix.Rlimit
	ok(t, unix.Getrlimit(unix.RLIMIT_FSIZE, &old))
	small := unix.Rlimit{Cur: 4096, Max: old.Max}
	ok(t, unix.Setrlimit(unix.RLIMIT_FSIZE, &small))
	err := writeFileAtomic(path, make([]byte, 10000), 0o600)
	ok(t, unix.Setrlimit(unix.RLIMIT_FSIZE, &old))
	if !errors.Is(err, unix.EFBIG) {
		t.Errorf("got %v", err)
	}
	if got := names(t, dir); len(got) != 1 || content(t, path) != "old" {
		t.Errorf("left: %v, %q", got, content(t, path))
	}
}

func TestReadOwnFile(t *testing.T) {
	noLeak(t)
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	ok(t, os.WriteFile(in("file"), []byte("12345"), 0o600))
	ok(t, os.WriteFile(in("empty"), nil, 0o600))
	ok(t, os.Symlink(in("file"), in("symlink")))
	ok(t, unix.Mkfifo(in("fifo"), 0o600))
	for _, c := range []struct {
		name  string
		limit int64
		want  string
		err   string
	}{
		{"file", 100, "12345", ""},
		{"file", 5, "12345", ""},
		{"file", 4, "", "not a regular file of at most 4 bytes"},
		{"empty", 0, "", ""},
		{"symlink", 100, "", "too many levels of symbolic links"},
		{"fifo", 100, "", "not a regular file"},
		{".", 100, "", "not a regular file"},
		{"none", 100, "", "no such file"},
	} {
		within(t, c.name, func() {
			data, err := readOwnFile(in(c.name), c.limit)
			if c.err != "" {
				mentions(t, err, c.err)
			} else if err != nil || string(data) != c.want {
				t.Errorf("%s: %q, %v", c.name, data, err)
			}
		})
	}
}

func TestWritePidFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pid")
	ok(t, writePidFile(path, 4711))
	if got := content(t, path); got != "4711" {
		t.Errorf("got %q", got)
	}
	err := writePidFile(path+"/x", 1)
	mentions(t, err, "write pid file: ")
	if !errors.Is(err, unix.ENOTDIR) {
		t.Errorf("got %v", err)
	}
}
