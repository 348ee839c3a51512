package terminal

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// listen returns a socket that listens at path, bound through its folder
// where the path is too long for an address.
func listen(t *testing.T, path string) int {
	t.Helper()
	s, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeFD(s) })
	if !strings.HasPrefix(path, "@") {
		short := filepath.Join(t.TempDir(), "s")
		err = unix.Bind(s, &unix.SockaddrUnix{Name: short})
		if err == nil {
			err = os.Rename(short, path)
		}
	} else {
		err = unix.Bind(s, &unix.SockaddrUnix{Name: path})
	}
	if err == nil {
		err = unix.Listen(s, 1)
	}
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestDialSocket(t *testing.T) {
	dir := t.TempDir()
	deep := filepath.Join(dir, strings.Repeat("d", 200), strings.Repeat("e", 200))
	if err := os.MkdirAll(deep, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ name, path string }{
		{"short", filepath.Join(dir, "s")},
		{"107 bytes", pad(dir, 107)},
		{"108 bytes", pad(dir, 108)},
		{"deep", filepath.Join(deep, "s")},
		{"long name", filepath.Join(dir, strings.Repeat("n", 250))},
		{"abstract", "@bulkhead-terminal-" + filepath.Base(dir) + filepath.Base(t.TempDir())},
	} {
		t.Run(tt.name, func(t *testing.T) {
			noLeak(t)
			s := listen(t, tt.path)
			f, err := DialSocket(tt.path)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			if !closeOnExec(t, f) {
				t.Error("inherited by programs")
			}
			peer, _, err := unix.Accept(s)
			if err != nil {
				t.Fatal(err)
			}
			defer closeFD(peer)
			write(t, f, "hello")
			buf := make([]byte, 10)
			if n, err := unix.Read(peer, buf); string(buf[:max(n, 0)]) != "hello" {
				t.Errorf("read %q, %v", buf[:max(n, 0)], err)
			}
		})
	}
}

func TestDialSocketRefused(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	missing := filepath.Join(dir, strings.Repeat("d", 200), "s")
	for _, tt := range []struct {
		path, want string
		is         error
	}{
		{file, "connection refused", unix.ECONNREFUSED},
		{filepath.Join(dir, "none"), "not found", fs.ErrNotExist},
		{missing, "not found", fs.ErrNotExist},
		{filepath.Join(file, "s"), "a file stands where a folder should", unix.ENOTDIR},
	} {
		noLeakDescriptors := descriptors(t)
		f, err := DialSocket(tt.path)
		if err == nil {
			f.Close()
			t.Errorf("%s: connected", tt.path)
			continue
		}
		want := `connect to "` + tt.path + `": ` + tt.want
		if err.Error() != want || !errors.Is(err, tt.is) {
			t.Errorf("got  %v\nwant %v", err, want)
		}
		if after := descriptors(t); after != noLeakDescriptors {
			t.Errorf("descriptors before:\n%safter:\n%s", noLeakDescriptors, after)
		}
	}
}

func TestReworded(t *testing.T) {
	for _, tt := range []struct {
		err  error
		want string
	}{
		{unix.ENOENT, "not found"},
		{unix.EACCES, "not allowed for this user"},
		{unix.EPERM, "operation not permitted"},
		{unix.ENOTDIR, "a file stands where a folder should"},
		{unix.ECONNREFUSED, "connection refused"},
	} {
		got := withoutVerdict(tt.err)
		if got.Error() != tt.want || !errors.Is(got, tt.err) {
			t.Errorf("%v: got %v, want %q", tt.err, got, tt.want)
		}
	}
}

// pad returns a path of n bytes in dir.
func pad(dir string, n int) string {
	return filepath.Join(dir, strings.Repeat("p", n-len(dir)-1))
}
