package docker

import (
	"strings"
	"testing"

	"github.com/bulkhead-oci/bulkhead/integration/engine"
)

func TestOptions(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		flags  []string
		script string
		want   string
	}{
		"user by name":  {[]string{"--user", "mate"}, "id", "uid=1000(mate) gid=1000(mate) groups=1000(mate),2000(crew)"},
		"user by id":    {[]string{"--user", "77:88"}, "id", "uid=77 gid=88 groups=88"},
		"added group":   {[]string{"--user", "77:88", "--group-add", "99"}, "id -G", "88 99"},
		"home":          {[]string{"--user", "mate"}, "echo $HOME", "/home/mate"},
		"workdir":       {[]string{"--workdir", "/www"}, "pwd", "/www"},
		"made workdir":  {[]string{"--workdir", "/made/here"}, "pwd", "/made/here"},
		"hostname":      {[]string{"--hostname", "galley"}, "cat /proc/sys/kernel/hostname", "galley"},
		"environment":   {[]string{"-e", "A=b c"}, "echo \"$A\"", "b c"},
		"ulimit":        {[]string{"--ulimit", "nofile=100:200"}, "ulimit -Sn; ulimit -Hn", "100\n200"},
		"core limit":    {[]string{"--ulimit", "core=0"}, "ulimit -c", "0"},
		"sysctl":        {[]string{"--sysctl", "net.ipv4.ip_default_ttl=33"}, "cat /proc/sys/net/ipv4/ip_default_ttl", "33"},
		"ipc sysctl":    {[]string{"--sysctl", "kernel.shmmni=77"}, "cat /proc/sys/kernel/shmmni", "77"},
		"shm size":      {[]string{"--shm-size", "4m"}, "df -k /dev/shm | tail -1 | awk '{print $2}'", "4096"},
		"oom score":     {[]string{"--oom-score-adj", "500"}, "cat /proc/self/oom_score_adj", "500"},
		"pid 1":         {nil, "echo $$", "1"},
		"init":          {[]string{"--init"}, "tr '\\0' ' ' </proc/1/cmdline | cut -c 1-16", "/sbin/docker-ini"},
		"added host":    {[]string{"--add-host", "port:192.0.2.7"}, "grep port /etc/hosts", "192.0.2.7\tport"},
		"standard fds":  {nil, "ls /proc/self/fd | head -3 | xargs", "0 1 2"},
		"devices":       {nil, "ls /dev | grep -v core | xargs", "fd full mqueue null ptmx pts random shm stderr stdin stdout tty urandom zero"},
		"null is a dev": {nil, "echo x >/dev/null; stat -c '%F %t %T' /dev/null", "character special file 1 3"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			args := append(tc.flags, engine.Image, "sh", "-c", tc.script)
			engine.Same(t, "output", strings.TrimSpace(run(t, docker(t), args...).Stdout), tc.want)
		})
	}
}

// TestNoLeakedDescriptors: a container starts with its streams only.
func TestNoLeakedDescriptors(t *testing.T) {
	t.Parallel()
	b := start(t, docker(t), "", engine.Image, "sleep", "1000")
	list := "for f in /proc/self/fd/*; do readlink $f; done | grep -v -e pipe: -e /dev/null -e /proc/ || echo none"
	engine.Same(t, "exec", b.exec(t, list), "none")
	list = strings.ReplaceAll(list, "/proc/self/", "/proc/1/")
	engine.Same(t, "pid 1", b.exec(t, list), "none")
}

func TestInitReaps(t *testing.T) {
	t.Parallel()
	b := start(t, docker(t), "", "--init", engine.Image, "sleep", "1000")
	b.exec(t, "(sh -c 'sleep 0 & exec true' &)")
	engine.Eventually(t, "no zombies", func() bool {
		return b.exec(t, "cat /proc/[0-9]*/stat | grep -c ') Z ' || true") == "0"
	})
	b.OK(t, "stop", "-t", "50", b.name)
	engine.Same(t, "exit code", b.inspect(t, ".State.ExitCode"), "143")
}

func TestDevice(t *testing.T) {
	t.Parallel()
	engine.Need(t, engine.Device("/dev/fuse"), engine.Controller("devices"))
	d := docker(t)
	with := sleeper(t, d, "-with", "--device", "/dev/fuse:/dev/hatch:rwm")
	engine.Same(t, "open", with.exec(t, ": <>/dev/hatch && echo open"), "open")
	without := sleeper(t, d, "-without")
	try := "mknod /tmp/hatch c 10 229 && (: <>/tmp/hatch) 2>&1"
	engine.Contains(t, "barred", without.Try(t, "exec", without.name, "sh", "-c", try).Stdout, "not permitted")
	ruled := sleeper(t, d, "-ruled", "--device-cgroup-rule", "c 10:229 rw")
	engine.Same(t, "by rule", ruled.exec(t, try+" && echo open"), "open")
}

func TestHealth(t *testing.T) {
	t.Parallel()
	d := docker(t)
	check := []string{"--health-interval", "1s", "--health-retries", "1", "--health-cmd", "test -e /tmp/well"}
	b := start(t, d, "", append(check, engine.Image, "sh", "-c", "touch /tmp/well; exec sleep 1000")...)
	for _, step := range []struct{ then, want string }{{"true", "healthy"}, {"rm /tmp/well", "unhealthy"}} {
		b.exec(t, step.then)
		engine.Eventually(t, step.want, func() bool { return b.inspect(t, ".State.Health.Status") == step.want })
	}
	engine.Same(t, "last code", b.inspect(t, "(index .State.Health.Log 0).ExitCode"), "0")
}

func TestTop(t *testing.T) {
	t.Parallel()
	b := start(t, docker(t), "", engine.Image, "sh", "-c", "sleep 4321 & echo up; wait")
	b.said(t, "up")
	lines := strings.Split(b.OK(t, "top", b.name, "-o", "pid,args"), "\n")
	engine.Same(t, "lines", len(lines), 3)
	engine.Contains(t, "child", lines[2], "sleep 4321")
}
