package integration

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
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

// TestTryView looks around inside.
func TestTryView(t *testing.T) {
	h := newTryHost(t)
	for _, tc := range []struct{ name, script, want string }{
		{"pid", `echo $$; ls -d /proc/[0-9]* | head -1`, "1\n/proc/1"},
		{"user", `id -u; id -g`, "0\n0"},
		{"hostname", `cat /proc/sys/kernel/hostname /etc/hostname`, "try\ntry"},
		{"network", `tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d ' '; cat /sys/class/net/lo/flags`,
			"lo\n0x9"},
		{"capabilities", `grep -E 'Cap(Inh|Prm|Eff|Bnd|Amb)' /proc/self/status | cut -f2`,
			"0000000000000000\n00000000a80425fb\n00000000a80425fb\n00000000a80425fb\n0000000000000000"},
		{"seccomp", `grep -E '^(NoNewPrivs|Seccomp):' /proc/self/status | cut -f2`, "1\n2"},
		{"devices", `cd /dev; for d in *; do [ -b $d ] && echo $d; done; ls -d [k-m]* 2>&1`, "mqueue"},
		{"no descriptors", `ls /proc/self/fd | wc -l`, "4"}, // ls has a fourth
		{"binary", `test -e /proc/1/root/mnt/bundle || echo none`, "none"},
	} {
		if got := h.inside(tc.script); got != tc.want {
			t.Errorf("%s: got %q, want %q", tc.name, got, tc.want)
		}
	}
}

func TestTryNamespaces(t *testing.T) {
	h := newTryHost(t)
	for _, name := range []string{"pid", "net", "ipc", "uts", "mnt", "user", "cgroup", "time"} {
		ours, err := os.Readlink("/proc/self/ns/" + name)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if got := h.inside("readlink /proc/self/ns/" + name); got == ours {
			t.Errorf("%s: the namespace is the host's", name)
		}
	}
}

// TestTryIDs: root inside must be nobody the host knows.
func TestTryIDs(t *testing.T) {
	h := newTryHost(t)
	var first, base, size uint64
	line := h.inside("cat /proc/self/uid_map")
	if _, err := fmt.Sscan(line, &first, &base, &size); err != nil {
		t.Fatal(err)
	}
	if first != 0 || base < 65536 || size != 65536 {
		t.Errorf("uid_map: got %q", line)
	}
	if groups := h.inside("cat /proc/self/gid_map"); groups != line {
		t.Errorf("gid_map: got %q, uid_map is %q", groups, line)
	}
}

// TestTryHidden: nobody finds anything there, and nothing brings it back.
func TestTryHidden(t *testing.T) {
	h := newTryHost(t)
	for _, dir := range []string{"/home", "/root", "/tmp", "/run", "/var/tmp"} {
		plant, err := os.CreateTemp(dir, "bh-try-")
		if err != nil {
			t.Fatal(err)
		}
		plant.Close()
		t.Cleanup(func() { os.Remove(plant.Name()) })
		got := h.inside("ls -A " + dir + "; umount " + dir + " 2>/dev/null; rm -rf " + dir +
			"; mkdir -p " + dir + "; ls -A " + dir)
		if got != "" {
			t.Errorf("%s: shows %q", dir, got)
		}
	}
	for _, file := range []string{"/etc/shadow", "/etc/gshadow"} {
		if data, err := os.ReadFile(file); err != nil || len(data) == 0 {
			t.Fatalf("%s: the host has nothing to hide: %v", file, err)
		}
		got := h.inside("cat " + file + "*; rm " + file + "; cat " + file + " 2>&1 || true")
		if !strings.Contains(got, "No such file") || strings.Contains(got, "root:") {
			t.Errorf("%s: shows %q", file, got)
		}
	}
}

func TestTryThrowsAway(t *testing.T) {
	h := newTryHost(t)
	name := fmt.Sprintf("/etc/bh-try-%d", os.Getpid())
	before := finished(h.enter("cat", "/etc/passwd"))
	got := h.inside("echo new >" + name + " && cat " + name +
		" && echo more >>/etc/passwd && tail -n 1 /etc/passwd && rm -rf /usr/share && ls /usr/share 2>&1 | wc -l")
	if got != "new\nmore\n1" {
		t.Errorf("inside: got %q", got)
	}
	if o := finished(h.enter("sh", "-c", "test ! -e "+name+" && ls /usr/share >/dev/null")); o.status != 0 {
		t.Errorf("the host has changed: %+v", o)
	}
	if after := finished(h.enter("cat", "/etc/passwd")); after != before {
		t.Errorf("the host's /etc/passwd is now\n%s", after.stdout)
	}
}

func TestTryMounts(t *testing.T) {
	h := newTryHost(t)
	root := strings.Fields(h.inside(`grep ' / ' /proc/self/mountinfo | head -1`))
	if len(root) < 6 || !slices.Contains(strings.Split(root[5], ","), "nodev") ||
		!slices.Contains(strings.Split(root[5], ","), "nosuid") {
		t.Errorf("root file system: got %q, want nodev and nosuid", root)
	}
	for _, script := range []string{
		"mount -t tmpfs t /tmp", "mount -o remount,suid,dev /", "umount /proc", "unshare -U true",
		"unshare -m true", "mknod /tmp/null c 1 3", "echo b >/proc/sysrq-trigger",
		"echo x >/proc/sys/kernel/core_pattern", "chroot /proc/1/cwd/../.. ls /home/.. | grep bh-",
	} {
		if o := finished(h.command("-q", "--", "sh", "-c", script)); o.status == 0 {
			t.Errorf("%s: allowed", script)
		}
	}
	if got := h.inside("dd if=/dev/zero of=/tmp/f bs=1M count=9 2>&1 | grep -c 'No space'",
		"--size", "4m"); got != "1" {
		t.Errorf("4m hold 9 MiB")
	}
}

func TestTryOwnFileSystem(t *testing.T) {
	h := newTryHost(t)
	if o := finished(h.enter("sh", "-ec",
		"mkdir -p /opt; mount -t tmpfs opt /opt; echo below >/opt/file")); o.status != 0 {
		t.Fatal(o.stderr)
	}
	h.mounts = h.mountTable()
	got := h.inside(`cat /opt/file; echo above >/opt/file; cat /opt/file; ` +
		`grep ' /opt ' /proc/self/mountinfo | cut -d' ' -f6`)
	if want := "below\nabove\nrw,nosuid,nodev,relatime"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if o := finished(h.enter("cat", "/opt/file")); o.stdout != "below" {
		t.Errorf("on the host: %+v", o)
	}
}

func TestTryBind(t *testing.T) {
	h := newTryHost(t)
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "f"), []byte("seen"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := h.inside("cat "+dir+"/f; touch "+dir+"/g 2>/dev/null || echo no",
		"--bind", dir); got != "seenno" {
		t.Errorf("read-only: got %q", got)
	}
	got := h.inside("pwd; stat -c %u f; echo new >g", "--bind", dir+":/work/here:rw", "-w", "/work/here")
	if got != "/work/here\n0" {
		t.Errorf("writable: got %q", got)
	}
	st, err := os.Stat(filepath.Join(dir, "g"))
	if err != nil {
		t.Fatal(err)
	}
	if uid := st.Sys().(*syscall.Stat_t).Uid; uid != 0 {
		t.Errorf("what root wrote inside belongs to %d outside", uid)
	}
}

func TestTryStatus(t *testing.T) {
	h := newTryHost(t)
	for script, want := range map[string]int{"exit 0": 0, "exit 7": 7, "kill -9 $$ & wait; exit 3": 3} {
		if o := finished(h.command("-q", "--", "sh", "-c", script)); o.status != want {
			t.Errorf("%s: status %d, want %d", script, o.status, want)
		}
	}
	for name, args := range map[string][]string{
		"program": {"-q", "--", "bh-no-such-program"}, "bind": {"--bind", "/bh-none"},
		"size": {"--size", "0"}, "flag": {"--bh-none"}, "workdir": {"-w", "tmp"},
	} {
		o := finished(h.command(args...))
		if o.status != 1 || o.stdout != "" || o.stderr == "" {
			t.Errorf("bad %s: %+v", name, o)
		}
	}
}

// TestTryReport: without command and terminal it says what is isolated, from
// both sides.
func TestTryReport(t *testing.T) {
	h := newTryHost(t)
	o := finished(h.command())
	for _, want := range []string{"pid 1", "hostname try", "network: lo only", "(id-mapped)", "gone at exit"} {
		if !strings.Contains(o.stderr, want) {
			t.Errorf("announced: %q has no %q", o.stderr, want)
		}
	}
	if strings.Contains(o.stderr, "missing") {
		t.Errorf("announced: %q", o.stderr)
	}
	for _, want := range []string{"process id        1\n", "host name         try\n", "network           lo\n",
		"capabilities      00000000a80425fb\n", "seccomp mode      2\n", "processes         1"} {
		if !strings.Contains(o.stdout, want) {
			t.Errorf("reported: %q has no %q", o.stdout, want)
		}
	}
	if o = finished(h.command("-q", "--", "true")); o.stderr != "" {
		t.Errorf("quiet: says %q", o.stderr)
	}
}

// running starts a try that lasts, and returns it with its container's ID and
// process.
func (h *tryHost) running(args ...string) (cmd *exec.Cmd, stdin io.WriteCloser, id string) {
	h.t.Helper()
	cmd = h.command(append([]string{"-q", "--"}, args...)...)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		h.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { cmd.Process.Kill() })
	err = poll(func() error {
		out, err := exec.Command(h.runtime, "--root", h.root, "list").Output()
		if err != nil || !bytes.Contains(out, []byte(" running ")) {
			return fmt.Errorf("no container runs: %s %v", out, err)
		}
		return nil
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return cmd, stdin, h.ids()[0]
}

// noCgroups checks that an ID's cgroups are gone.
func (h *tryHost) noCgroups(id string) {
	h.t.Helper()
	for _, dir := range (&leftovers{id: id}).cgroups() {
		h.t.Errorf("left behind: cgroup %s", dir)
	}
}

func TestTryLeavesNothing(t *testing.T) {
	h := newTryHost(t)
	cmd, stdin, id := h.running("sh", "-c", "read line; exit 5")
	if now := h.mountTable(); now != h.mounts {
		t.Errorf("the host sees the mounts of a try:\n%s", now)
	}
	if len((&leftovers{id: id}).cgroups()) == 0 {
		t.Error("no cgroup is called " + id)
	}
	fmt.Fprintln(stdin)
	if status := exitStatus(cmd.Wait()); status != 5 {
		t.Errorf("status %d, want 5", status)
	}
	h.noCgroups(id)
}

// TestTryEnds: process 1 of a pid namespace is spared what it does not
// handle; somebody who ends a try means it.
func TestTryEnds(t *testing.T) {
	h := newTryHost(t)
	for _, tc := range []struct {
		script string
		want   int
	}{
		{"exec sleep 600", 128 + int(unix.SIGTERM)},
		{"trap 'exit 9' TERM; while :; do sleep 0.05; done", 9},
	} {
		cmd, _, id := h.running("sh", "-c", tc.script)
		// The shell has yet to come to its trap or to exec.
		err := poll(func() error {
			out, err := exec.Command(h.runtime, "--root", h.root, "ps", id).Output()
			if err != nil || !bytes.Contains(out, []byte("sleep")) {
				return fmt.Errorf("no sleep yet: %s %v", out, err)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Process.Signal(unix.SIGTERM); err != nil {
			t.Fatal(err)
		}
		if status := exitStatus(cmd.Wait()); status != tc.want {
			t.Errorf("%s: status %d, want %d", tc.script, status, tc.want)
		}
		h.noCgroups(id)
	}
}

// TestTryKilled: no mount outlives a try that had no chance to clean up, and
// delete --force finds the rest.
func TestTryKilled(t *testing.T) {
	h := newTryHost(t)
	cmd, _, id := h.running("sleep", "600")
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	cmd.Wait()
	if now := h.mountTable(); now != h.mounts {
		t.Errorf("the host sees mounts of a killed try:\n%s", now)
	}
	h.delete(id)
	h.noCgroups(id)
}

// TestTryUser runs as an ordinary user.
func TestTryUser(t *testing.T) {
	h := newTryHost(t)
	engine.Need(t, engine.Program("setpriv"))
	cmd := h.enter("setpriv", "--reuid=1234", "--regid=1234", "--clear-groups", "--",
		h.runtime, "try", "--", "sh", "-c",
		"id -u; touch /new && ls /new; ls -A /home; touch /tmp/f; exit 6")
	cmd.Env = []string{"PATH=" + os.Getenv("PATH")}
	cmd.Dir = "/"
	if err := reachable(h.runtime); err != nil {
		engine.Skip(t, err.Error())
	}
	o := finished(cmd)
	if o.status != 6 {
		t.Fatalf("%+v", o)
	}
	if !strings.HasPrefix(o.stderr, "missing: root's rights") {
		t.Errorf("first line: got %q", o.stderr)
	}
	if !strings.Contains(o.stderr, "root here is uid 1234 outside") {
		t.Errorf("announced: %q", o.stderr)
	}
	if o.stdout != "0\n/new" {
		t.Errorf("inside: got %q", o.stdout)
	}
}

// reachable says whether any user can execute the file.
func reachable(path string) error {
	for dir := path; dir != "/"; dir = filepath.Dir(dir) {
		st, err := os.Stat(dir)
		if err != nil {
			return err
		}
		if st.Mode().Perm()&1 == 0 {
			return fmt.Errorf("%s is closed to users", dir)
		}
	}
	return nil
}

// TestTryWithoutUserNamespaces takes them away, in a user namespace.
func TestTryWithoutUserNamespaces(t *testing.T) {
	h := newTryHost(t)
	cmd := h.enter("unshare", "--user", "--map-root-user", "sh", "-c",
		`echo 0 >/proc/sys/user/max_user_namespaces && exec "$0" try -- sh -c "echo in; ls -A /home; exit 4"`,
		h.runtime)
	o := finished(cmd)
	if o.status != 4 || o.stdout != "/home:\nin" && o.stdout != "in" {
		t.Errorf("%+v", o)
	}
	if !strings.HasPrefix(o.stderr, "missing: user namespaces (") {
		t.Errorf("first line: got %q", o.stderr)
	}
}
