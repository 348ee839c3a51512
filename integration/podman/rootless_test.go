package podman

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bulkhead-oci/bulkhead/integration/engine"
)

// rootless is an ordinary user's Podman.
func rootless(t *testing.T) *engine.Podman {
	t.Helper()
	engine.Need(t, programs, engine.Program("newuidmap", "newgidmap"))
	return forUser.get(t, func() *engine.Podman { return engine.SetUpRootless(t) })
}

func TestRootlessRun(t *testing.T) {
	t.Parallel()
	p := rootless(t)
	r := run(t, p, engine.Image, "sh", "-c", "id -u; head -n 1 /proc/self/uid_map | xargs; exit 3")
	engine.Same(t, "exit code", r.Code, 3)
	engine.Same(t, "output", r.Stdout, fmt.Sprintf("0\n0 %d 1\n", engine.UserID))
}

func TestRootlessOwner(t *testing.T) {
	t.Parallel()
	b := sleeper(t, rootless(t), "", "--user", "mate")
	engine.Same(t, "user inside", b.exec(t, "id -un"), "mate")
	st, err := os.Stat(fmt.Sprintf("/proc/%d", b.pid(t)))
	if err != nil {
		t.Fatal(err)
	}
	engine.Same(t, "owner of the process outside", engine.Owner(st), engine.SubID+999)
	if engine.Namespace(t, b.pid(t), "user") == engine.Namespace(t, os.Getpid(), "user") {
		t.Error("user namespace is the host's")
	}
}

func TestRootlessErrors(t *testing.T) {
	t.Parallel()
	p := rootless(t)
	engine.Contains(t, "not found", run(t, p, engine.Image, "no-such-program").Stderr, "no-such-program")
	p.OK(t, "rm", t.Name())
	engine.Same(t, "not found", run(t, p, engine.Image, "no-such-program").Code, 127)
	p.OK(t, "rm", t.Name())
	engine.Same(t, "not executable", run(t, p, engine.Image, "/bin/plain").Code, 126)
}

func TestRootlessLife(t *testing.T) {
	t.Parallel()
	b := start(t, rootless(t), "", engine.Image, "sh", "-c", trap)
	b.said(t, "ready")
	engine.Same(t, "exec", b.exec(t, "echo in"), "in")
	engine.Same(t, "exec of a missing program", b.Try(t, "exec", b.name, "no-such-program").Code, 127)
	engine.Contains(t, "top", b.OK(t, "top", b.name, "args"), "sleep 0.1")
	b.OK(t, "stop", "-t", "50", b.name)
	engine.Same(t, "exit code", b.inspect(t, ".State.ExitCode"), "7")
	b.OK(t, "start", b.name)
	b.OK(t, "kill", b.name)
	engine.Same(t, "exit code", b.OK(t, "wait", b.name), "137")
}

func TestRootlessTerminal(t *testing.T) {
	t.Parallel()
	p := rootless(t)
	args := flags(t, p, "", []string{"-it", engine.Image, "sh"})
	term := p.Terminal(t, 31, 97, append([]string{"run"}, args...)...)
	term.Type(t, "tty; until stty size | grep '^31 97'; do sleep 0.1; done\r")
	term.Expect(t, "/dev/pts/0")
	term.Expect(t, "\n31 97\r")
	term.Type(t, "exit 9\r")
	engine.Same(t, "exit code", term.Wait(t), 9)
}

func TestRootlessPod(t *testing.T) {
	t.Parallel()
	p := rootless(t)
	pod := newPod(t, p)
	web := member(t, p, pod, "-web", engine.Image, "httpd", "-f", "-p", "80", "-h", "/www")
	peer := member(t, p, pod, "-peer", engine.Image, "probe", "pause")
	got := peer.exec(t, "until wget -q -O - http://127.0.0.1/index.html; do sleep 0.1; done")
	engine.Same(t, "page", got, "ahoy")
	engine.Same(t, "user namespace", engine.Namespace(t, web.pid(t), "user"), engine.Namespace(t, peer.pid(t), "user"))
}

func TestRootlessNetwork(t *testing.T) {
	t.Parallel()
	engine.Need(t, engine.Program("slirp4netns"), engine.Device("/dev/net/tun"))
	got := output(t, rootless(t), "--network", "slirp4netns", engine.Image, "ip", "-o", "-4", "addr", "show", "tap0")
	engine.Contains(t, "address", got, "10.0.2.100/24")
}

func TestRootlessVolumes(t *testing.T) {
	t.Parallel()
	p := rootless(t)
	vol := label(t, "")
	t.Cleanup(func() { p.Try(t, "volume", "rm", "-f", vol) })
	output(t, p, "-v", vol+":/data", engine.Image, "sh", "-c", "echo kept >/data/note")
	p.OK(t, "rm", t.Name())
	engine.Same(t, "note", output(t, p, "-v", vol+":/data:ro", "--read-only", engine.Image, "cat", "/data/note"), "kept")
}

func TestRootlessBuild(t *testing.T) {
	t.Parallel()
	p := rootless(t)
	dir := filepath.Join(engine.UserHome(), label(t, ""))
	if err := os.CopyFS(dir, os.DirFS(buildContext(t, "RUN id -u >/builder"))); err != nil {
		t.Fatal(err)
	}
	tag := "localhost/built:" + strings.ToLower(t.Name())
	p.OK(t, "build", "--network", "none", "--isolation", "oci", "--pull=never", "-t", tag, dir)
	engine.Same(t, "what was built", output(t, p, tag, "cat", "/builder"), "0")
}
