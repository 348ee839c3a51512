package integration

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

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
