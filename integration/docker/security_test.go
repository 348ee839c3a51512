package docker

import (
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/bulkhead-oci/bulkhead/integration/engine"
)

// status prints a field of the process's own status.
func status(field string) []string {
	return []string{engine.Image, "sh", "-c", "awk '/^" + field + ":/{print $2}' /proc/self/status"}
}

func TestCapabilities(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		flags []string
		want  string
	}{
		"default":  {nil, "00000000a80425fb"},
		"drop all": {[]string{"--cap-drop", "ALL"}, "0000000000000000"},
		"drop one": {[]string{"--cap-drop", "CHOWN"}, "00000000a80425fa"},
		"add one":  {[]string{"--cap-add", "SYS_TIME"}, "00000000aa0425fb"},
		"only one": {[]string{"--cap-drop", "ALL", "--cap-add", "KILL"}, "0000000000000020"},
		"no root":  {[]string{"--user", "1000"}, "0000000000000000"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := output(t, docker(t), append(tc.flags, status("CapEff")...)...)
			engine.Same(t, "CapEff", got, tc.want)
		})
	}
}

func TestCapabilityDropped(t *testing.T) {
	t.Parallel()
	r := run(t, docker(t), "--cap-drop", "CHOWN", engine.Image, "chown", "1000", "/etc/keep")
	engine.Same(t, "exit code", r.Code, 1)
	engine.Contains(t, "stderr", r.Stderr, "Operation not permitted")
}

func TestCapabilityAdded(t *testing.T) {
	t.Parallel()
	d := docker(t)
	down := []string{engine.Image, "ip", "link", "set", "lo", "down"}
	engine.Contains(t, "without", run(t, d, down...).Stderr, "Operation not permitted")
	d.OK(t, "rm", t.Name())
	engine.Same(t, "with", run(t, d, append([]string{"--cap-add", "NET_ADMIN"}, down...)...).Code, 0)
}

const denyMkdir = `{"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_AARCH64"],
 "syscalls": [{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 95}]}`

func TestSeccomp(t *testing.T) {
	t.Parallel()
	profile := filepath.Join(t.TempDir(), "profile.json")
	write(t, profile, denyMkdir)
	for name, tc := range map[string]struct {
		profile string
		script  string
		want    string
	}{
		"default denies":    {"", "unshare -U true 2>&1", "Operation not permitted"},
		"default allows":    {"", "mkdir /x && echo made", "made"},
		"default is on":     {"", "grep Seccomp: /proc/self/status", "Seccomp:\t2"},
		"unconfined allows": {"seccomp=unconfined", "unshare -U echo apart", "apart"},
		"unconfined is off": {"seccomp=unconfined", "grep Seccomp: /proc/self/status", "Seccomp:\t0"},
		"custom denies":     {"seccomp=" + profile, "mkdir /x 2>&1", "Operation not supported"},
		"custom allows":     {"seccomp=" + profile, "touch /x && echo made", "made"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			args := []string{engine.Image, "sh", "-c", tc.script}
			if tc.profile != "" {
				args = append([]string{"--security-opt", tc.profile}, args...)
			}
			engine.Contains(t, "output", run(t, docker(t), args...).Stdout, tc.want)
		})
	}
}

// TestSeccompExec: an exec gets the container's filter.
func TestSeccompExec(t *testing.T) {
	t.Parallel()
	profile := filepath.Join(t.TempDir(), "profile.json")
	write(t, profile, denyMkdir)
	b := sleeper(t, docker(t), "", "--security-opt", "seccomp="+profile)
	r := b.Code(t, 1, "exec", b.name, "mkdir", "/x")
	engine.Contains(t, "stderr", r.Stderr, "Operation not supported")
}

func TestSeccompBadProfile(t *testing.T) {
	t.Parallel()
	profile := filepath.Join(t.TempDir(), "profile.json")
	write(t, profile, `{"defaultAction": "SCMP_ACT_WHATEVER"}`)
	r := run(t, docker(t), "--security-opt", "seccomp="+profile, engine.Image, "true")
	engine.Same(t, "exit code", r.Code, 125)
	engine.Contains(t, "stderr", strings.ToLower(r.Stderr), "scmp_act_whatever")
}

func TestNoNewPrivileges(t *testing.T) {
	t.Parallel()
	d := docker(t)
	without := sleeper(t, d, "-without", "--user", "1000")
	engine.Same(t, "effective user without", without.exec(t, "suid-probe euid"), "0")
	with := sleeper(t, d, "-with", "--user", "1000", "--security-opt", "no-new-privileges")
	engine.Same(t, "effective user with", with.exec(t, "suid-probe euid"), "1000")
	engine.Same(t, "flag", with.exec(t, "grep NoNewPrivs /proc/self/status"), "NoNewPrivs:\t1")
}

func TestPrivileged(t *testing.T) {
	t.Parallel()
	engine.Need(t, engine.AllCapabilities)
	b := sleeper(t, docker(t), "", "--privileged")
	engine.Same(t, "all capabilities", hasAll(t, b.exec(t, "grep CapBnd /proc/self/status")), true)
	engine.Same(t, "mount", b.exec(t, "mount -t tmpfs x /tmp && echo mounted"), "mounted")
	engine.Same(t, "sysctl", b.exec(t, "echo 1 >/proc/sys/net/ipv4/ip_forward && echo set"), "set")
	engine.Same(t, "seccomp", b.exec(t, "grep Seccomp: /proc/self/status"), "Seccomp:\t0")
	b.exec(t, "test -c /dev/kmsg && : </dev/kmsg")
}

// TestNearlyPrivileged is TestPrivileged for a machine whose bounding set lacks
// a capability.
func TestNearlyPrivileged(t *testing.T) {
	t.Parallel()
	b := sleeper(t, docker(t), "", "--cap-add", "ALL", "--cap-drop", "SYS_RESOURCE", "--security-opt",
		"seccomp=unconfined", "--security-opt", "apparmor=unconfined", "--security-opt", "systempaths=unconfined")
	engine.Same(t, "mount", b.exec(t, "mount -t tmpfs x /tmp && echo mounted"), "mounted")
	engine.Same(t, "sysctl", b.exec(t, "echo 1 >/proc/sys/net/ipv4/ip_forward && echo set"), "set")
	engine.Same(t, "raw device", b.exec(t, "mknod /tmp/kmsg c 1 11 && (: </tmp/kmsg) || echo barred"), "barred")
}

// allCapabilities are those up to CAP_AUDIT_READ, which every Docker knows; an
// older one leaves out the newest of the kernel's.
const allCapabilities = 1<<38 - 1

// hasAll says whether a line of /proc/PID/status has all capabilities.
func hasAll(t *testing.T, line string) bool {
	t.Helper()
	_, hex, _ := strings.Cut(line, ":")
	set, err := strconv.ParseUint(strings.TrimSpace(hex), 16, 64)
	if err != nil {
		t.Fatal(err)
	}
	return set&allCapabilities == allCapabilities
}
