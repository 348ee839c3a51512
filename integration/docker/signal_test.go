package docker

import (
	"testing"

	"github.com/bulkhead-oci/bulkhead/integration/engine"
)

// trap is a shell script that answers a signal and ends with code 7, or goes
// on when then is empty.
func trap(sig, then string) string {
	return "trap 'echo got " + sig + "; " + then + "' " + sig +
		"; echo ready; while true; do sleep 0.1; done"
}

func TestStopWithGrace(t *testing.T) {
	t.Parallel()
	b := start(t, docker(t), "", engine.Image, "sh", "-c", trap("TERM", "exit 7"))
	b.said(t, "ready")
	b.OK(t, "stop", "-t", "50", b.name)
	engine.Same(t, "exit code", b.inspect(t, ".State.ExitCode"), "7")
	engine.Same(t, "log", b.OK(t, "logs", b.name), "ready\ngot TERM")
}

func TestStopAfterGrace(t *testing.T) {
	t.Parallel()
	b := start(t, docker(t), "", engine.Image, "sh", "-c", trap("TERM", ""))
	b.said(t, "ready")
	b.OK(t, "stop", "-t", "1", b.name)
	engine.Same(t, "exit code", b.inspect(t, ".State.ExitCode"), "137")
	engine.Same(t, "log", b.OK(t, "logs", b.name), "ready\ngot TERM")
}

func TestStopSignal(t *testing.T) {
	t.Parallel()
	b := start(t, docker(t), "", "--stop-signal", "USR2", engine.Image, "sh", "-c", trap("USR2", "exit 7"))
	b.said(t, "ready")
	b.OK(t, "stop", "-t", "50", b.name)
	engine.Same(t, "exit code", b.inspect(t, ".State.ExitCode"), "7")
}

func TestKillSignal(t *testing.T) {
	t.Parallel()
	b := start(t, docker(t), "", engine.Image, "sh", "-c", trap("USR1", ""))
	b.said(t, "ready")
	b.OK(t, "kill", "--signal", "USR1", b.name)
	b.said(t, "got USR1")
	engine.Same(t, "state", b.inspect(t, ".State.Status"), "running")
	b.OK(t, "kill", "--signal", "10", b.name)
	b.said(t, "got USR1\ngot USR1")
}

func TestKill(t *testing.T) {
	t.Parallel()
	b := sleeper(t, docker(t), "")
	b.OK(t, "kill", b.name)
	engine.Same(t, "exit code", b.wait(t), "137")
	engine.Same(t, "state", b.inspect(t, ".State.Status"), "exited")
	r := b.Code(t, 1, "kill", b.name)
	engine.Contains(t, "message", r.Stderr, "is not running")
}

// TestKillForwarded: signals to the client reach the container.
func TestKillForwarded(t *testing.T) {
	t.Parallel()
	d := docker(t)
	args := flags(t, d, "", []string{engine.Image, "sh", "-c", trap("HUP", "exit 7")})
	term := d.Terminal(t, 24, 80, append([]string{"run"}, args...)...)
	term.Expect(t, "ready")
	term.Signal(t, 1)
	engine.Same(t, "exit code", term.Wait(t), 7)
	engine.Contains(t, "output", term.Text(), "got HUP")
}

func TestPause(t *testing.T) {
	t.Parallel()
	engine.Need(t, engine.Controller("freezer"))
	b := sleeper(t, docker(t), "")
	pid := b.pid(t)
	b.OK(t, "pause", b.name)
	engine.Same(t, "state", b.inspect(t, ".State.Status"), "paused")
	frozen := map[bool]string{false: "FROZEN", true: "1"}[engine.Unified()]
	engine.Same(t, "freezer", engine.CgroupValue(t, pid, "freezer.state", "cgroup.freeze"), frozen)
	r := b.Code(t, 1, "exec", b.name, "true")
	engine.Contains(t, "message", r.Stderr, "paused")
	b.OK(t, "unpause", b.name)
	engine.Same(t, "state", b.inspect(t, ".State.Status"), "running")
	engine.Same(t, "exec", b.exec(t, "echo awake"), "awake")
}

// TestPausedRemove: a frozen container can be killed.
func TestPausedRemove(t *testing.T) {
	t.Parallel()
	engine.Need(t, engine.Controller("freezer"))
	b := sleeper(t, docker(t), "")
	pid := b.pid(t)
	b.OK(t, "pause", b.name)
	b.OK(t, "rm", "-f", b.name)
	engine.Same(t, "process gone", engine.Alive(pid), false)
}

func TestRestart(t *testing.T) {
	t.Parallel()
	b := sleeper(t, docker(t), "")
	before := b.pid(t)
	b.exec(t, "echo kept >/etc/mark")
	b.OK(t, "restart", "-t", "20", b.name)
	engine.Same(t, "old process", engine.Alive(before), false)
	engine.Same(t, "new process", engine.Alive(b.pid(t)), true)
	engine.Same(t, "file", b.exec(t, "cat /etc/mark"), "kept")
}

func TestStartAgain(t *testing.T) {
	t.Parallel()
	b := start(t, docker(t), "", engine.Image, "sh", "-c", "echo x >>/runs; wc -l </runs")
	b.wait(t)
	engine.Same(t, "second run", b.OK(t, "start", "-a", b.name), "2")
}

func TestRestartPolicy(t *testing.T) {
	t.Parallel()
	b := start(t, docker(t), "", "--restart", "on-failure:2", engine.Image, "sh", "-c", "echo run; exit 3")
	engine.Eventually(t, "two restarts", func() bool {
		return b.inspect(t, ".RestartCount")+b.inspect(t, ".State.Status") == "2exited"
	})
	engine.Same(t, "exit code", b.inspect(t, ".State.ExitCode"), "3")
	engine.Same(t, "log", b.OK(t, "logs", b.name), "run\nrun\nrun")
}

func TestRestartAlways(t *testing.T) {
	t.Parallel()
	b := sleeper(t, docker(t), "", "--restart", "always")
	pid := b.pid(t)
	engine.Kill(t, pid)
	engine.Eventually(t, "a restart", func() bool { return b.inspect(t, ".RestartCount") == "1" })
	engine.Eventually(t, "a new process", func() bool {
		return b.inspect(t, ".State.Status") == "running" && b.pid(t) != pid
	})
	engine.Same(t, "exec", b.exec(t, "echo back"), "back")
}
