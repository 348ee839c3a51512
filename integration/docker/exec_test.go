package docker

import (
	"strings"
	"testing"

	"github.com/bulkhead-oci/bulkhead/integration/engine"
)

func TestExecOutput(t *testing.T) {
	t.Parallel()
	b := sleeper(t, docker(t), "")
	r := b.Code(t, 0, "exec", b.name, "sh", "-c", "echo out; echo err >&2")
	engine.Same(t, "stdout", r.Stdout, "out\n")
	engine.Same(t, "stderr", r.Stderr, "err\n")
	engine.Contains(t, "pid 1", b.exec(t, "tr '\\0' ' ' </proc/1/cmdline"), "probe pause")
}

func TestExecExitCodes(t *testing.T) {
	t.Parallel()
	b := sleeper(t, docker(t), "")
	for name, tc := range map[string]struct {
		code int
		args []string
	}{
		"success":        {0, []string{"true"}},
		"own code":       {5, []string{"sh", "-c", "exit 5"}},
		"signal":         {143, []string{"sh", "-c", "kill -TERM $$"}},
		"not executable": {126, []string{"/bin/plain"}},
		"not in PATH":    {126, []string{"no-such-program"}},
		"no such path":   {126, []string{"/no/such/program"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := b.Try(t, append([]string{"exec", b.name}, tc.args...)...)
			engine.Same(t, "exit code", r.Code, tc.code)
			if tc.code == 126 {
				engine.Contains(t, "message", r.Stdout+r.Stderr, tc.args[0])
			}
		})
	}
}

func TestExecOptions(t *testing.T) {
	t.Parallel()
	b := sleeper(t, docker(t), "")
	for name, tc := range map[string]struct {
		want string
		args []string
	}{
		"user":        {"uid=1000(mate) gid=1000(mate) groups=1000(mate),2000(crew)", []string{"-u", "mate", b.name, "id"}},
		"user ids":    {"77 88", []string{"-u", "77:88", b.name, "sh", "-c", "echo $(id -u) $(id -g)"}},
		"workdir":     {"/www", []string{"-w", "/www", b.name, "pwd"}},
		"environment": {"salt", []string{"-e", "TASTE=salt", b.name, "sh", "-c", "echo $TASTE"}},
		"capable":     {"CapEff:\t00000000a80425fb", []string{b.name, "grep", "CapEff", "/proc/self/status"}},
		"confined":    {"Seccomp:\t2", []string{b.name, "grep", "Seccomp:", "/proc/self/status"}},
	} {
		t.Run(name, func(t *testing.T) {
			got := b.OK(t, append([]string{"exec"}, tc.args...)...)
			engine.Same(t, "output", got, tc.want)
		})
	}
}

func TestExecPrivileged(t *testing.T) {
	t.Parallel()
	engine.Need(t, engine.AllCapabilities)
	b := sleeper(t, docker(t), "")
	caps := b.OK(t, "exec", "--privileged", b.name, "grep", "CapEff", "/proc/self/status")
	engine.Same(t, "all capabilities", hasAll(t, caps), true)
}

func TestExecStdin(t *testing.T) {
	t.Parallel()
	b := sleeper(t, docker(t), "")
	r := b.Input(t, "a\nb\nc\n", "exec", "-i", b.name, "wc", "-l")
	engine.Same(t, "lines", strings.TrimSpace(r.Stdout), "3")
}

func TestExecDetached(t *testing.T) {
	t.Parallel()
	b := sleeper(t, docker(t), "")
	b.OK(t, "exec", "-d", b.name, "sh", "-c", "echo here >/tmp/mark; exec sleep 1000")
	engine.Eventually(t, "the mark", func() bool {
		return b.Try(t, "exec", b.name, "cat", "/tmp/mark").Stdout == "here\n"
	})
	engine.Contains(t, "processes", b.exec(t, "ps"), "sleep 1000")
}

// TestExecEndsWithContainer: killing a container takes its execs with it.
func TestExecEndsWithContainer(t *testing.T) {
	t.Parallel()
	b := sleeper(t, docker(t), "")
	code := make(chan int)
	go func() { code <- b.Try(t, "exec", b.name, "sh", "-c", "touch /tmp/on; sleep 1000").Code }()
	engine.Eventually(t, "the exec", func() bool {
		return b.Try(t, "exec", b.name, "test", "-e", "/tmp/on").Code == 0
	})
	b.OK(t, "kill", b.name)
	engine.Same(t, "exit code", <-code, 137)
}

// TestExecMany: execs into one container side by side.
func TestExecMany(t *testing.T) {
	b := sleeper(t, docker(t), "")
	t.Run("all", func(t *testing.T) {
		for _, word := range strings.Fields("a b c d e f g h i j") {
			t.Run(word, func(t *testing.T) {
				t.Parallel()
				engine.Same(t, "output", b.exec(t, "echo "+word), word)
			})
		}
	})
}
