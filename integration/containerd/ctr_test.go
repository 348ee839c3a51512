package containerd

import (
	"strings"
	"testing"

	"github.com/bulkhead-oci/bulkhead/integration/engine"
)

func TestCtrRun(t *testing.T) {
	t.Parallel()
	r := run(t, nil, "sh", "-c", "echo out; echo err >&2")
	engine.Same(t, "exit code", r.Code, 0)
	engine.Same(t, "stdout", r.Stdout, "out\n")
	engine.Same(t, "stderr", r.Stderr, "err\n")
}

func TestCtrExitCodes(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		code    int
		says    string
		command []string
	}{
		"success":        {0, "", []string{"true"}},
		"own code":       {3, "", []string{"sh", "-c", "exit 3"}},
		"not found":      {1, "no-such-program", []string{"no-such-program"}},
		"not executable": {1, "permission denied", []string{"/bin/plain"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := run(t, nil, tc.command...)
			engine.Same(t, "exit code", r.Code, tc.code)
			engine.Contains(t, "stderr", strings.ToLower(r.Stderr), tc.says)
		})
	}
}

func TestCtrStdin(t *testing.T) {
	t.Parallel()
	b := prepare(t, "")
	r := b.Input(t, "a\nb\n", b.args(t, []string{"--rm"}, "sh", "-c", "head -n 2 | wc -l")...)
	engine.Same(t, "lines", strings.TrimSpace(r.Stdout), "2")
}

func TestCtrTerminal(t *testing.T) {
	t.Parallel()
	b := prepare(t, "")
	term := b.Terminal(t, 29, 88, b.args(t, []string{"--rm", "-t"}, "sh")...)
	term.Type(t, "tty; until stty size | grep '^29 88'; do sleep 0.1; done\r")
	term.Expect(t, "/dev/pts/0")
	term.Expect(t, "\n29 88\r")
	term.Type(t, "exit 9\r")
	engine.Same(t, "exit code", term.Wait(t), 9)
}

func TestCtrExec(t *testing.T) {
	t.Parallel()
	b := sleeper(t)
	r := b.exec(t, "echo in; tr '\\0' ' ' </proc/1/cmdline")
	engine.Same(t, "output", r.Stdout, "in\nprobe pause ")
	engine.Same(t, "exit code", b.exec(t, "exit 6").Code, 6)
	r = b.Try(t, "task", "exec", "--exec-id", "missing", b.id, "no-such-program")
	engine.Same(t, "exit code of a missing program", r.Code, 1)
	engine.Contains(t, "stderr", r.Stderr, "no-such-program")
	r = b.Try(t, "task", "exec", "--exec-id", "user", "--user", "1000", "--cwd", "/www", b.id, "sh", "-c", "id -u; pwd")
	engine.Same(t, "as another user", r.Stdout, "1000\n/www\n")
}

func TestCtrExecTerminal(t *testing.T) {
	t.Parallel()
	b := sleeper(t)
	term := b.Terminal(t, 21, 71, "task", "exec", "-t", "--exec-id", "tty", b.id, "sh")
	term.Type(t, "until stty size | grep '^21 71'; do sleep 0.1; done\r")
	term.Expect(t, "\n21 71\r")
	term.Type(t, "exit 4\r")
	engine.Same(t, "exit code", term.Wait(t), 4)
}

func TestCtrPauseResume(t *testing.T) {
	t.Parallel()
	engine.Need(t, engine.Controller("freezer"))
	b := sleeper(t)
	pid := b.pid(t)
	b.OK(t, "task", "pause", b.id)
	engine.Same(t, "status", b.status(t), "PAUSED")
	frozen := map[bool]string{false: "FROZEN", true: "1"}[engine.Unified()]
	engine.Same(t, "freezer", engine.CgroupValue(t, pid, "freezer.state", "cgroup.freeze"), frozen)
	b.OK(t, "task", "resume", b.id)
	engine.Same(t, "status", b.status(t), "RUNNING")
	engine.Same(t, "exec", b.exec(t, "echo awake").Stdout, "awake\n")
}

func TestCtrKill(t *testing.T) {
	t.Parallel()
	b := start(t, "", nil, "sh", "-c", "trap 'exit 7' USR1; touch /ready; while true; do sleep 0.1; done")
	engine.Eventually(t, "the trap", func() bool { return b.exec(t, "test -e /ready").Code == 0 })
	b.OK(t, "task", "kill", "-s", "USR1", b.id)
	engine.Eventually(t, "the end", func() bool { return b.status(t) == "STOPPED" })
	engine.Contains(t, "removal", b.Try(t, "task", "rm", b.id).Stderr, "exit code 7")
}

// TestCtrKillAll: with the host's pid namespace, -a reaches every process of
// the container.
func TestCtrKillAll(t *testing.T) {
	t.Parallel()
	b := start(t, "", []string{"--with-ns", "pid:/proc/1/ns/pid"}, "sh", "-c", "setsid sleep 876543 & wait")
	engine.Eventually(t, "the child", func() bool { return engine.Runs("sleep 876543") })
	b.OK(t, "task", "kill", "-s", "KILL", "-a", b.id)
	engine.Eventually(t, "the end", func() bool { return b.status(t) == "STOPPED" })
	engine.Eventually(t, "the child's end", func() bool { return !engine.Runs("sleep 876543") })
	engine.Contains(t, "removal", b.Try(t, "task", "rm", b.id).Stderr, "exit code 137")
}

func TestCtrPs(t *testing.T) {
	t.Parallel()
	b := start(t, "", nil, "sh", "-c", "sleep 1000 & sleep 1000 & wait")
	engine.Eventually(t, "three processes", func() bool {
		return len(strings.Split(b.OK(t, "task", "ps", b.id), "\n")) == 4
	})
	engine.Contains(t, "ps", b.OK(t, "task", "ps", b.id), b.task(t, 1))
}

func TestCtrMetrics(t *testing.T) {
	t.Parallel()
	engine.Need(t, engine.Controller("memory", "pids"))
	b := sleeper(t, "--memory-limit", "67108864")
	metrics := b.OK(t, "task", "metrics", "--format", "json", b.id)
	engine.Contains(t, "metrics", metrics, "67108864")
	engine.Same(t, "limit", engine.CgroupValue(t, b.pid(t), "memory.limit_in_bytes", "memory.max"), "67108864")
}

func TestCtrLimits(t *testing.T) {
	t.Parallel()
	engine.Need(t, engine.Controller("cpu"))
	b := sleeper(t, "--cpus", "0.5")
	want := map[bool]string{false: "50000", true: "50000 100000"}[engine.Unified()]
	engine.Same(t, "quota", engine.CgroupValue(t, b.pid(t), "cpu.cfs_quota_us", "cpu.max"), want)
}

func TestCtrOptions(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		flags  []string
		script string
		want   string
	}{
		"read-only":      {[]string{"--read-only"}, "touch /x 2>&1", "touch: /x: Read-only file system"},
		"bind":           {[]string{"--mount", "type=bind,src=/etc,dst=/host,options=rbind:ro"}, "grep -c ^root: /host/passwd", "1"},
		"workdir":        {[]string{"--cwd", "/www"}, "pwd", "/www"},
		"no new privs":   {nil, "awk '/NoNewPrivs/{print $2}' /proc/self/status", "1"},
		"new privs":      {[]string{"--allow-new-privs"}, "awk '/NoNewPrivs/{print $2}' /proc/self/status", "0"},
		"capability":     {[]string{"--cap-drop", "CAP_CHOWN"}, "awk '/CapEff/{print $2}' /proc/self/status", "00000000a80425fa"},
		"seccomp":        {[]string{"--seccomp"}, "unshare -U true 2>&1", "unshare: unshare(0x10000000): Operation not permitted"},
		"network":        {nil, "ls /sys/class/net", "lo"},
		"joined network": {[]string{"--with-ns", "network:/proc/1/ns/net"}, "readlink /proc/self/ns/net", "HOST"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want := strings.Replace(tc.want, "HOST", engine.Namespace(t, 1, "net"), 1)
			engine.Same(t, "output", strings.TrimSpace(run(t, tc.flags, "sh", "-c", tc.script).Stdout), want)
		})
	}
}

func TestCtrRemoveLeavesNothing(t *testing.T) {
	t.Parallel()
	b := sleeper(t)
	pid := b.pid(t)
	if len(engine.CgroupsOf("containerd", b.id)) == 0 || len(engine.PathsUnder("/run", b.id)) == 0 {
		t.Fatal("the test looks in the wrong places")
	}
	b.OK(t, "task", "kill", "-s", "KILL", b.id)
	engine.Eventually(t, "the end", func() bool { return b.status(t) == "STOPPED" })
	b.Try(t, "task", "rm", b.id)
	b.OK(t, "container", "rm", b.id)
	engine.Same(t, "process", engine.Alive(pid), false)
	engine.Same(t, "cgroups", strings.Join(engine.CgroupsOf("containerd", b.id), " "), "")
	engine.Same(t, "mounts", strings.Join(engine.MountsUnder(b.id), " "), "")
	engine.Eventually(t, "no file in /run with the id", func() bool { return len(engine.PathsUnder("/run", b.id)) == 0 })
}

func TestCtrManyAtOnce(t *testing.T) {
	for range 10 {
		t.Run("box", func(t *testing.T) {
			t.Parallel()
			b := sleeper(t)
			engine.Same(t, "exec", b.exec(t, "echo here").Stdout, "here\n")
		})
	}
}
