package podman

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bulkhead-oci/bulkhead/integration/engine"
)

func TestRunOutput(t *testing.T) {
	t.Parallel()
	r := run(t, podman(t), engine.Image, "sh", "-c", "echo out; echo err >&2")
	engine.Same(t, "exit code", r.Code, 0)
	engine.Same(t, "stdout", r.Stdout, "out\n")
	engine.Same(t, "stderr", r.Stderr, "err\n")
}

func TestRunRuntime(t *testing.T) {
	t.Parallel()
	b := sleeper(t, podman(t), "")
	engine.Same(t, "runtime", b.inspect(t, ".OCIRuntime"), engine.Runtime(t))
}

// exitCodes are what `podman run` and `podman exec` give alike.
var exitCodes = map[string]struct {
	code    int
	says    string
	command []string
}{
	"success":        {0, "", []string{"true"}},
	"own code":       {3, "", []string{"sh", "-c", "exit 3"}},
	"signal":         {143, "", []string{"sh", "-c", "sh -c 'kill -TERM $$'; exit $?"}},
	"not executable": {126, "permission denied", []string{"/bin/plain"}},
	"not in PATH":    {127, "no-such-program", []string{"no-such-program"}},
	"no such path":   {127, "/no/such/program", []string{"/no/such/program"}},
}

func TestRunExitCodes(t *testing.T) {
	t.Parallel()
	for name, tc := range exitCodes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := run(t, podman(t), append([]string{engine.Image}, tc.command...)...)
			engine.Same(t, "exit code", r.Code, tc.code)
			engine.Contains(t, "stderr", strings.ToLower(r.Stderr), tc.says)
		})
	}
}

// TestRunErrorText: Podman shows the message of the runtime's JSON log, not the
// JSON.
func TestRunErrorText(t *testing.T) {
	t.Parallel()
	r := run(t, podman(t), engine.Image, "no-such-program")
	engine.Contains(t, "stderr", r.Stderr, "Error: "+engine.Runtime(t)+": ")
	engine.Contains(t, "stderr", r.Stderr, "OCI runtime attempted to invoke a command that was not found")
	if strings.Contains(r.Stderr, `"msg"`) {
		t.Errorf("raw JSON: %s", r.Stderr)
	}
}

func TestRunStdin(t *testing.T) {
	t.Parallel()
	p := podman(t)
	sent := strings.Repeat("all hands on deck\n", 20000)
	args := append([]string{"run", "-i"}, flags(t, p, "", []string{engine.Image, "cat"})...)
	r := p.Input(t, sent, args...)
	engine.Same(t, "exit code", r.Code, 0)
	engine.Same(t, "same bytes", r.Stdout == sent, true)
}

func TestRunTerminal(t *testing.T) {
	t.Parallel()
	p := podman(t)
	args := flags(t, p, "", []string{"-it", engine.Image, "sh"})
	term := p.Terminal(t, 31, 97, append([]string{"run"}, args...)...)
	term.Type(t, "tty; until stty size | grep '^31 97'; do sleep 0.1; done\r")
	term.Expect(t, "/dev/pts/0")
	term.Expect(t, "\n31 97\r")
	term.Type(t, "exit 9\r")
	engine.Same(t, "exit code", term.Wait(t), 9)
}

func TestRunLogs(t *testing.T) {
	t.Parallel()
	b := start(t, podman(t), "", engine.Image, "sh", "-c", "echo one; echo two >&2; exit 4")
	engine.Same(t, "exit code", b.OK(t, "wait", b.name), "4")
	r := b.Code(t, 0, "logs", b.name)
	engine.Same(t, "stdout", r.Stdout, "one\n")
	engine.Same(t, "stderr", r.Stderr, "two\n")
}

const denyMkdir = `{"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_AARCH64"],
 "syscalls": [{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 95}]}`

func TestRunOptions(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	profile := filepath.Join(dir, "profile.json")
	if err := os.WriteFile(profile, []byte(denyMkdir), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		flags  []string
		script string
		want   string
	}{
		"user":         {[]string{"--user", "mate"}, "id", "uid=1000(mate) gid=1000(mate) groups=1000(mate),2000(crew)"},
		"workdir":      {[]string{"--workdir", "/www"}, "pwd", "/www"},
		"hostname":     {[]string{"--hostname", "galley"}, "hostname", "galley"},
		"ulimit":       {[]string{"--ulimit", "nofile=100:200", "--ulimit", "nproc=64"}, "ulimit -Sn; ulimit -Hn", "100\n200"},
		"sysctl":       {[]string{"--sysctl", "net.ipv4.ip_default_ttl=33"}, "cat /proc/sys/net/ipv4/ip_default_ttl", "33"},
		"read-only":    {[]string{"--read-only"}, "touch /etc/x 2>&1", "touch: /etc/x: Read-only file system"},
		"tmpfs":        {[]string{"--tmpfs", "/scratch:size=1m"}, "df -k /scratch | tail -1 | awk '{print $2}'", "1024"},
		"bind":         {[]string{"-v", dir + ":/host:ro"}, "touch /host/x 2>&1", "touch: /host/x: Read-only file system"},
		"drop all":     {[]string{"--cap-drop", "all"}, "awk '/CapEff/{print $2}' /proc/self/status", "0000000000000000"},
		"seccomp":      {nil, "awk '/Seccomp:/{print $2}' /proc/self/status", "2"},
		"unconfined":   {[]string{"--security-opt", "seccomp=unconfined"}, "awk '/Seccomp:/{print $2}' /proc/self/status", "0"},
		"own profile":  {[]string{"--security-opt", "seccomp=" + profile}, "mkdir /x 2>&1", "mkdir: can't create directory '/x': Operation not supported"},
		"no new privs": {[]string{"--security-opt", "no-new-privileges", "--user", "1000"}, "suid-probe euid", "1000"},
		"new privs":    {[]string{"--user", "1000"}, "suid-probe euid", "0"},
		"no network":   {nil, "ls /sys/class/net", "lo"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			// Podman can miss the last words of a container that ends at once.
			script := "(" + tc.script + "\n); code=$?; sleep 0.5; exit $code"
			args := append(tc.flags, engine.Image, "sh", "-c", script)
			r := run(t, podman(t), args...)
			engine.Same(t, r.String(), strings.TrimSpace(r.Stdout), tc.want)
		})
	}
}

func TestRunTenAtOnce(t *testing.T) {
	p := podman(t)
	for range 10 {
		t.Run("box", func(t *testing.T) {
			t.Parallel()
			engine.Same(t, "exec", sleeper(t, p, "").exec(t, "echo here"), "here")
		})
	}
}
