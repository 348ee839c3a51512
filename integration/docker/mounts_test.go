package docker

import (
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/bulkhead-oci/bulkhead/integration/engine"
)

func TestReadOnly(t *testing.T) {
	t.Parallel()
	b := sleeper(t, docker(t), "", "--read-only", "--tmpfs", "/scratch", "-v", "/vol")
	for _, dir := range []string{"/", "/etc", "/tmp"} {
		r := b.Code(t, 1, "exec", b.name, "touch", dir+"/x")
		engine.Contains(t, "touch in "+dir, r.Stderr, "Read-only file system")
	}
	engine.Same(t, "writable", b.exec(t, "touch /scratch/x /vol/x /dev/shm/x && echo yes"), "yes")
}

func TestTmpfs(t *testing.T) {
	t.Parallel()
	b := sleeper(t, docker(t), "", "--tmpfs", "/scratch:size=1m,mode=700,noexec")
	engine.Same(t, "size", b.exec(t, "df -k /scratch | tail -1 | awk '{print $2}'"), "1024")
	engine.Same(t, "mode", b.exec(t, "stat -c %a /scratch"), "700")
	r := b.Try(t, "exec", b.name, "sh", "-c", "cp /bin/busybox /scratch/true; exec /scratch/true")
	engine.Same(t, "exit code of a program on it", r.Code, 126)
	r = b.Try(t, "exec", b.name, "dd", "if=/dev/zero", "of=/scratch/big", "bs=1k", "count=2000")
	engine.Contains(t, "stderr", r.Stderr, "No space left")
}

func TestVolume(t *testing.T) {
	t.Parallel()
	d := docker(t)
	vol := t.Name()
	t.Cleanup(func() { d.Try(t, "volume", "rm", "-f", vol) })
	first := sleeper(t, d, "-first", "-v", vol+":/www")
	engine.Same(t, "filled from the image", first.exec(t, "cat /www/index.html"), "ahoy")
	first.exec(t, "echo sailed >/www/log")
	second := sleeper(t, d, "-second", "-v", vol+":/data:ro")
	engine.Same(t, "seen by another", second.exec(t, "cat /data/log"), "sailed")
	engine.Contains(t, "read-only", second.Code(t, 1, "exec", second.name, "touch", "/data/x").Stderr, "Read-only")
	from := sleeper(t, d, "-from", "--volumes-from", first.name)
	engine.Same(t, "volumes-from", from.exec(t, "cat /www/log"), "sailed")
}

func TestBind(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "note"), "from outside")
	b := sleeper(t, docker(t), "", "-v", dir+":/rw", "-v", dir+":/ro:ro", "-v", dir+"/note:/etc/note")
	engine.Same(t, "directory", b.exec(t, "cat /ro/note"), "from outside")
	engine.Same(t, "file", b.exec(t, "cat /etc/note"), "from outside")
	b.exec(t, "echo from inside >/rw/answer")
	engine.Same(t, "answer", read(t, filepath.Join(dir, "answer")), "from inside\n")
	r := b.Code(t, 1, "exec", b.name, "touch", "/ro/x")
	engine.Contains(t, "stderr", r.Stderr, "Read-only file system")
}

// TestBindOverSymlink: a destination that is a link in the image stays inside
// the container.
func TestBindOverSymlink(t *testing.T) {
	t.Parallel()
	d := docker(t)
	vol := t.Name()
	t.Cleanup(func() { d.Try(t, "volume", "rm", "-f", vol) })
	sleeper(t, d, "-maker", "-v", vol+":/vol").exec(t, "ln -s /../../../../etc/keep /vol/link")
	dir := t.TempDir()
	write(t, filepath.Join(dir, "note"), "bound")
	b := sleeper(t, d, "-user", "-v", vol+":/vol", "-v", dir+"/note:/vol/link")
	engine.Same(t, "target of the link", b.exec(t, "cat /etc/keep"), "bound")
}

func TestBindPropagation(t *testing.T) {
	t.Parallel()
	for mode, tc := range map[string]struct{ into, outOf bool }{
		"rprivate": {false, false}, "rslave": {true, false}, "rshared": {true, true},
	} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			b := sleeper(t, docker(t), "", "--cap-add", "SYS_ADMIN", "--security-opt", "seccomp=unconfined",
				"--security-opt", "apparmor=unconfined", "-v", dir+":/peer:"+mode)
			mountMarked(t, filepath.Join(dir, "in"))
			engine.Same(t, "mount goes in", b.exec(t, "ls /peer/in") == "mark", tc.into)
			b.exec(t, "mkdir /peer/out && mount -t tmpfs out /peer/out && touch /peer/out/mark")
			t.Cleanup(func() { unix.Unmount(filepath.Join(dir, "out"), unix.MNT_DETACH) })
			_, err := os.Stat(filepath.Join(dir, "out", "mark"))
			engine.Same(t, "mount comes out", err == nil, tc.outOf)
		})
	}
}

// mountMarked mounts a tmpfs with a file called mark.
func mountMarked(t *testing.T, dir string) {
	t.Helper()
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount("in", dir, "tmpfs", 0, ""); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Unmount(dir, unix.MNT_DETACH) })
	write(t, filepath.Join(dir, "mark"), "")
}

func TestMaskedPaths(t *testing.T) {
	t.Parallel()
	b := sleeper(t, docker(t), "")
	engine.Same(t, "masked file", b.exec(t, "wc -c </proc/timer_list"), "0")
	engine.Same(t, "masked directory", b.exec(t, "ls /sys/firmware | wc -l"), "0")
	r := b.Code(t, 1, "exec", b.name, "sh", "-c", "echo 1 >/proc/sys/vm/drop_caches")
	engine.Contains(t, "stderr", r.Stderr, "Read-only file system")
	dir := map[bool]string{false: "/sys/fs/cgroup/devices/x", true: "/sys/fs/cgroup/x"}[engine.Unified()]
	r = b.Code(t, 1, "exec", b.name, "mkdir", dir)
	engine.Contains(t, "stderr", r.Stderr, "Read-only file system")
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
