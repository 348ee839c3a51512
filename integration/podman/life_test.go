package podman

import (
	"strings"
	"testing"

	"github.com/bulkhead-oci/bulkhead/integration/engine"
)

const trap = "trap 'echo got TERM; exit 7' TERM; echo ready; while true; do sleep 0.1; done"

func TestExecExitCodes(t *testing.T) {
	t.Parallel()
	b := sleeper(t, podman(t), "")
	for name, tc := range exitCodes {
		t.Run(name, func(t *testing.T) {
			r := b.Try(t, append([]string{"exec", b.name}, tc.command...)...)
			engine.Same(t, "exit code", r.Code, tc.code)
			engine.Contains(t, "stderr", strings.ToLower(r.Stderr), tc.says)
		})
	}
}

func TestExecOptions(t *testing.T) {
	t.Parallel()
	b := sleeper(t, podman(t), "")
	engine.Same(t, "user", b.OK(t, "exec", "-u", "mate", b.name, "id", "-un"), "mate")
	engine.Same(t, "workdir", b.OK(t, "exec", "-w", "/www", b.name, "pwd"), "/www")
	engine.Same(t, "environment", b.OK(t, "exec", "-e", "A=b c", b.name, "sh", "-c", "echo $A"), "b c")
	r := b.Input(t, "a\nb\n", "exec", "-i", b.name, "wc", "-l")
	engine.Same(t, "stdin", strings.TrimSpace(r.Stdout), "2")
}

func TestExecTerminal(t *testing.T) {
	t.Parallel()
	b := sleeper(t, podman(t), "")
	term := b.Terminal(t, 19, 66, "exec", "-it", b.name, "sh")
	term.Type(t, "until stty size | grep '^19 66'; do sleep 0.1; done\r")
	term.Expect(t, "\n19 66\r")
	term.Type(t, "exit 4\r")
	engine.Same(t, "exit code", term.Wait(t), 4)
}

func TestStop(t *testing.T) {
	t.Parallel()
	p := podman(t)
	b := start(t, p, "-grace", engine.Image, "sh", "-c", trap)
	b.said(t, "ready")
	b.OK(t, "stop", "-t", "50", b.name)
	engine.Same(t, "exit code", b.inspect(t, ".State.ExitCode"), "7")
	engine.Contains(t, "log", b.OK(t, "logs", b.name), "got TERM")
	deaf := start(t, p, "-deaf", engine.Image, "sh", "-c", "trap '' TERM; echo ready; while true; do sleep 0.1; done")
	deaf.said(t, "ready")
	deaf.Code(t, 0, "stop", "-t", "1", deaf.name)
	engine.Same(t, "exit code", deaf.inspect(t, ".State.ExitCode"), "137")
}

func TestKill(t *testing.T) {
	t.Parallel()
	b := start(t, podman(t), "", engine.Image, "sh", "-c", "trap 'echo got USR1' USR1; echo ready; while true; do sleep 0.1; done")
	b.said(t, "ready")
	b.OK(t, "kill", "--signal", "USR1", b.name)
	b.said(t, "got USR1")
	b.OK(t, "kill", b.name)
	engine.Same(t, "exit code", b.OK(t, "wait", b.name), "137")
}

func TestPause(t *testing.T) {
	t.Parallel()
	engine.Need(t, engine.Controller("freezer"))
	b := sleeper(t, podman(t), "")
	b.OK(t, "pause", b.name)
	engine.Same(t, "state", b.inspect(t, ".State.Status"), "paused")
	frozen := map[bool]string{false: "FROZEN", true: "1"}[engine.Unified()]
	engine.Same(t, "freezer", engine.CgroupValue(t, b.pid(t), "freezer.state", "cgroup.freeze"), frozen)
	b.OK(t, "unpause", b.name)
	engine.Same(t, "exec", b.exec(t, "echo awake"), "awake")
}

func TestRestart(t *testing.T) {
	t.Parallel()
	b := sleeper(t, podman(t), "")
	before := b.pid(t)
	b.exec(t, "echo kept >/etc/mark")
	b.OK(t, "restart", "-t", "20", b.name)
	engine.Same(t, "old process", engine.Alive(before), false)
	engine.Same(t, "file", b.exec(t, "cat /etc/mark"), "kept")
}

func TestTop(t *testing.T) {
	t.Parallel()
	b := start(t, podman(t), "", engine.Image, "sh", "-c", "sleep 4321 & echo up; wait")
	b.said(t, "up")
	engine.Contains(t, "top", b.OK(t, "top", b.name, "hpid", "args"), "sleep 4321")
}

func TestStats(t *testing.T) {
	t.Parallel()
	engine.Need(t, engine.Controller("memory", "pids"))
	b := start(t, podman(t), "", "--memory", "64m", engine.Image, "sh", "-c", "sleep 1000 & echo up; wait")
	b.said(t, "up")
	stats := b.OK(t, "stats", "--no-stream", "--format", "{{.Name}} {{.PIDs}} {{.MemUsage}}", b.name)
	engine.Contains(t, "stats", stats, b.name+" 2 ")
	engine.Contains(t, "stats", stats, "/ 67.11MB")
}

func TestLimits(t *testing.T) {
	t.Parallel()
	engine.Need(t, engine.Controller("memory", "cpu", "pids"))
	b := sleeper(t, podman(t), "", "--memory", "64m", "--cpus", "0.5", "--pids-limit", "50")
	pid := b.pid(t)
	engine.Same(t, "memory", engine.CgroupValue(t, pid, "memory.limit_in_bytes", "memory.max"), "67108864")
	engine.Same(t, "pids", engine.CgroupValue(t, pid, "pids.max", "pids.max"), "50")
	quota, _, _ := strings.Cut(engine.CgroupValue(t, pid, "cpu.cfs_quota_us", "cpu.max"), " ")
	engine.Same(t, "quota", quota, "50000")
	b.OK(t, "update", "--memory", "96m", "--cpus", "0.25", b.name)
	engine.Same(t, "memory", engine.CgroupValue(t, pid, "memory.limit_in_bytes", "memory.max"), "100663296")
	quota, _, _ = strings.Cut(engine.CgroupValue(t, pid, "cpu.cfs_quota_us", "cpu.max"), " ")
	engine.Same(t, "quota", quota, "25000")
}

// TestOOM: Podman 4.3 and conmon 2.1.6 disagree on where to note it, so that
// State.OOMKilled says nothing.
func TestOOM(t *testing.T) {
	t.Parallel()
	engine.Need(t, engine.Controller("memory"))
	r := run(t, podman(t), "--memory", "32m", "--memory-swap", "32m", engine.Image,
		"sh", "-c", "probe hog 256; echo code $?; exec probe hog 256")
	engine.Same(t, "output", r.Stdout, "code 137\n")
	engine.Same(t, "exit code", r.Code, 137)
}

func TestHealthcheck(t *testing.T) {
	t.Parallel()
	b := sleeper(t, podman(t), "", "--health-interval", "disable", "--health-retries", "1", "--health-cmd", "test -e /tmp/well")
	b.Code(t, 1, "healthcheck", "run", b.name)
	engine.Same(t, "status", b.inspect(t, ".State.Health.Status"), "unhealthy")
	b.exec(t, "touch /tmp/well")
	b.Code(t, 0, "healthcheck", "run", b.name)
	engine.Same(t, "status", b.inspect(t, ".State.Health.Status"), "healthy")
}

func TestRemoveLeavesNothing(t *testing.T) {
	t.Parallel()
	p := podman(t)
	b := sleeper(t, p, "")
	id, pid := b.inspect(t, ".Id"), b.pid(t)
	if len(engine.CgroupsOf("podman", id)) == 0 || len(engine.PathsUnder("/run", id)) == 0 {
		t.Fatal("the test looks in the wrong places")
	}
	p.OK(t, "rm", "-f", "-t", "0", b.name)
	engine.Same(t, "process", engine.Alive(pid), false)
	engine.Same(t, "mounts", strings.Join(engine.MountsUnder(id), " "), "")
	engine.Eventually(t, "no cgroup with the id", func() bool { return len(engine.CgroupsOf("podman", id)) == 0 })
	engine.Eventually(t, "no file in /run with the id", func() bool { return len(engine.PathsUnder("/run", id)) == 0 })
}
