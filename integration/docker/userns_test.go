package docker

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/bulkhead-oci/bulkhead/integration/engine"
)

// remapped is a daemon whose containers have their root mapped to an ordinary
// id.
func remapped(t *testing.T) *engine.Docker {
	t.Helper()
	return remapDaemon.get(t, func() *engine.Docker {
		engine.AddUser(t)
		return engine.StartDockerOffline(t, "remap", "--userns-remap", engine.User)
	})
}

func TestUsernsMapping(t *testing.T) {
	t.Parallel()
	b := sleeper(t, remapped(t), "")
	engine.Same(t, "root inside", b.exec(t, "id -u"), "0")
	want := fmt.Sprintf("0 %d %d", engine.SubID, engine.SubIDs)
	engine.Same(t, "uid map", b.exec(t, "xargs </proc/self/uid_map"), want)
	engine.Same(t, "gid map", b.exec(t, "xargs </proc/self/gid_map"), want)
	st, err := os.Stat(fmt.Sprintf("/proc/%d/root/etc/keep", b.pid(t)))
	if err != nil {
		t.Fatal(err)
	}
	engine.Same(t, "owner outside", engine.Owner(st), engine.SubID)
	if engine.Namespace(t, b.pid(t), "user") == engine.Namespace(t, os.Getpid(), "user") {
		t.Error("user namespace is the host's")
	}
}

func TestUsernsHostFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "secret"), "for root's eyes")
	if err := os.Chmod(filepath.Join(dir, "secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	b := sleeper(t, remapped(t), "", "-v", dir+":/host")
	engine.Contains(t, "stderr", b.Code(t, 1, "exec", b.name, "cat", "/host/secret").Stderr, "Permission denied")
	engine.Same(t, "owner seen inside", b.exec(t, "stat -c %u /host/secret"), "65534")
}

func TestUsernsLife(t *testing.T) {
	t.Parallel()
	d := remapped(t)
	b := start(t, d, "", engine.Image, "sh", "-c", trap("TERM", "exit 7"))
	b.said(t, "ready")
	engine.Same(t, "exec as a user", b.OK(t, "exec", "-u", "mate", b.name, "id", "-u"), "1000")
	b.OK(t, "stop", "-t", "50", b.name)
	engine.Same(t, "exit code", b.inspect(t, ".State.ExitCode"), "7")
	d.Code(t, 127, append([]string{"run"}, flags(t, d, "-bad", []string{engine.Image, "no-such-program"})...)...)
}

func TestUsernsUpdate(t *testing.T) {
	t.Parallel()
	engine.Need(t, engine.Controller("memory"))
	b := sleeper(t, remapped(t), "", "--memory", "64m")
	b.OK(t, "update", "--memory", "96m", "--memory-swap", "192m", b.name)
	b.check(t, memory("100663296"))
}

func TestUsernsHostMode(t *testing.T) {
	t.Parallel()
	got := output(t, remapped(t), "--userns", "host", engine.Image, "readlink", "/proc/self/ns/user")
	engine.Same(t, "namespace", got, engine.Namespace(t, os.Getpid(), "user"))
}

func TestUsernsTerminal(t *testing.T) {
	t.Parallel()
	r := run(t, remapped(t), "-t", engine.Image, "sh", "-c", "tty; echo x >/dev/tty; stat -c %u $(tty)")
	engine.Same(t, "stdout", r.Stdout, "/dev/pts/0\r\nx\r\n0\r\n")
}
