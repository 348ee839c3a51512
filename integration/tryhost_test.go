package integration

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bulkhead-oci/bulkhead/integration/engine"
	"golang.org/x/sys/unix"
)

// tryHost is one test's use of "bulkhead try": a state root and a mount
// namespace of its own, and what the mounts there were before.
type tryHost struct {
	t       *testing.T
	runtime string
	root    string
	holder  string // pid of who holds the namespace
	mounts  string
}

func newTryHost(t *testing.T) *tryHost {
	engine.Need(t, engine.Program("sh", "unshare", "nsenter"), mapsRoot)
	rt := findRuntime(t)
	if rt.name != "bulkhead" {
		t.Skip(onlyPrefix + "bulkhead")
	}
	h := &tryHost{t: t, runtime: rt.path, root: filepath.Join(t.TempDir(), "state")}
	h.hold()
	h.mounts = h.mountTable()
	t.Cleanup(h.clean)
	return h
}

// mapsRoot asks for a root file system that the kernel maps ids on. A machine
// in a container has none. The user namespace is the kernel's first question,
// so without one the answer shows whether there is such a call at all.
func mapsRoot() string {
	var st unix.Statfs_t
	if err := unix.Statfs("/", &st); err != nil {
		return err.Error()
	}
	if st.Type == unix.OVERLAYFS_SUPER_MAGIC || st.Type == unix.V9FS_MAGIC {
		return "no id-mapped mounts of this root file system"
	}
	f, err := os.Open("/proc/self/ns/mnt")
	if err != nil {
		return err.Error()
	}
	defer f.Close()
	attr := unix.MountAttr{Attr_set: unix.MOUNT_ATTR_IDMAP, Userns_fd: uint64(f.Fd())}
	err = unix.MountSetattr(unix.AT_FDCWD, "/", 0, &attr)
	return missing(err == unix.EINVAL, fmt.Sprintf("id-mapped mounts: %v", err))
}

// hold makes a mount namespace without the overlays that engine protects the
// machine with: kernels map no ids on an overlay.
func (h *tryHost) hold() {
	cmd := exec.Command("unshare", "--mount", "sh", "-c",
		"umount -l /etc /var/lib 2>/dev/null; echo; exec cat")
	stdin, err := cmd.StdinPipe()
	if err != nil {
		h.t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		h.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() {
		stdin.Close()
		cmd.Wait()
	})
	if _, err := stdout.Read(make([]byte, 1)); err != nil {
		h.t.Fatalf("unshare the mounts: %v", err)
	}
	h.holder = fmt.Sprint(cmd.Process.Pid)
}

// enter is a command in that namespace.
func (h *tryHost) enter(args ...string) *exec.Cmd {
	ctx, cancel := context.WithTimeout(h.t.Context(), blockDeadline)
	h.t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, "nsenter", append([]string{"-t", h.holder, "-m", "--"}, args...)...)
	// Not SIGKILL, which would leave the container.
	cmd.Cancel = func() error { return cmd.Process.Signal(unix.SIGTERM) }
	cmd.WaitDelay = 5 * time.Second
	return cmd
}

func (h *tryHost) mountTable() string {
	data, err := os.ReadFile("/proc/" + h.holder + "/mountinfo")
	if err != nil {
		h.t.Fatal(err)
	}
	return string(data)
}

// ids lists the containers of the test.
func (h *tryHost) ids() []string {
	if _, err := os.Stat(h.root); err != nil {
		return nil
	}
	out, err := exec.Command(h.runtime, "--root", h.root, "list", "-q").Output()
	if err != nil {
		h.t.Fatal(err)
	}
	return strings.Fields(string(out))
}

func (h *tryHost) clean() {
	for _, id := range h.ids() {
		h.t.Errorf("left behind: container %s", id)
		h.delete(id)
	}
	entries, _ := os.ReadDir(h.root)
	for _, e := range entries {
		h.t.Errorf("left behind: %s in the state root", e.Name())
	}
	if now := h.mountTable(); now != h.mounts {
		h.t.Errorf("the host's mounts have changed\nfrom:\n%s\nto:\n%s", h.mounts, now)
	}
}

func (h *tryHost) delete(id string) {
	out, err := exec.Command(h.runtime, "--root", h.root, "delete", "--force", id).CombinedOutput()
	if err != nil {
		h.t.Errorf("delete --force %s: %v: %s", id, err, out)
	}
}

func (h *tryHost) command(args ...string) *exec.Cmd {
	return h.enter(append([]string{h.runtime, "--root", h.root, "try"}, args...)...)
}

// outcome is what a finished try has printed, and its status.
type outcome struct {
	stdout, stderr string
	status         int
}

func finished(cmd *exec.Cmd) outcome {
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	status := exitStatus(cmd.Run())
	return outcome{strings.TrimSpace(stdout.String()), strings.TrimSpace(stderr.String()), status}
}

// inside runs a script in a try that must succeed, and returns what it
// prints.
func (h *tryHost) inside(script string, options ...string) string {
	h.t.Helper()
	o := finished(h.command(append(append([]string{"-q"}, options...), "--", "sh", "-c", script)...))
	if o.status != 0 {
		h.t.Fatalf("%s: status %d, stderr %s", script, o.status, o.stderr)
	}
	return o.stdout
}
