package docker

import (
	"strings"
	"testing"

	"github.com/bulkhead-oci/bulkhead/integration/engine"
)

// A setting is a file of the container's cgroup, by its names in v1 and v2,
// with the value it is to have in either.
type setting struct{ v1, v2, want1, want2 string }

func (b *box) check(t *testing.T, settings ...setting) {
	t.Helper()
	pid := b.pid(t)
	for _, s := range settings {
		name, want := s.v1, s.want1
		if engine.Unified() {
			name, want = s.v2, s.want2
		}
		engine.Same(t, name, engine.CgroupValue(t, pid, s.v1, s.v2), want)
	}
}

func memory(bytes string) setting {
	return setting{"memory.limit_in_bytes", "memory.max", bytes, bytes}
}

func cpus(quota string) setting {
	return setting{"cpu.cfs_quota_us", "cpu.max", quota, quota + " 100000"}
}

func pids(n string) setting { return setting{"pids.max", "pids.max", n, n} }

func TestLimits(t *testing.T) {
	t.Parallel()
	engine.Need(t, engine.Controller("memory", "cpu", "cpuset", "pids"))
	b := sleeper(t, docker(t), "", "--memory", "64m", "--memory-reservation", "32m", "--cpus", "0.5",
		"--cpuset-cpus", "0", "--pids-limit", "50")
	b.check(t, memory("67108864"), cpus("50000"), pids("50"),
		setting{"memory.soft_limit_in_bytes", "memory.low", "33554432", "33554432"},
		setting{"cpuset.cpus", "cpuset.cpus", "0", "0"})
	engine.Same(t, "cpus seen", b.exec(t, "nproc"), "1")
}

func TestLimitShares(t *testing.T) {
	t.Parallel()
	engine.Need(t, engine.Controller("cpu"))
	b := sleeper(t, docker(t), "", "--cpu-shares", "512")
	// What weight shares become differs between runtimes.
	if got := engine.CgroupValue(t, b.pid(t), "cpu.shares", "cpu.weight"); engine.Unified() {
		engine.Same(t, "weight is the default", got == "100", false)
	} else {
		engine.Same(t, "shares", got, "512")
	}
}

func TestUpdate(t *testing.T) {
	t.Parallel()
	engine.Need(t, engine.Controller("memory", "cpu", "pids"))
	b := sleeper(t, docker(t), "", "--memory", "64m", "--cpus", "0.5", "--pids-limit", "50")
	b.OK(t, "update", "--memory", "96m", "--memory-swap", "192m", "--cpus", "0.25", "--pids-limit", "60", b.name)
	b.check(t, memory("100663296"), cpus("25000"), pids("60"))
	b.OK(t, "update", "--memory", "48m", b.name)
	b.check(t, memory("50331648"), cpus("25000"), pids("60"))
}

// TestUpdateKeepsDevices: an update must not open the device rules.
func TestUpdateKeepsDevices(t *testing.T) {
	t.Parallel()
	engine.Need(t, engine.Controller("pids", "devices"), engine.Device("/dev/fuse"))
	b := sleeper(t, docker(t), "")
	open := "mknod /tmp/hatch c 10 229; (: <>/tmp/hatch) 2>&1; rm /tmp/hatch"
	engine.Contains(t, "before", b.Try(t, "exec", b.name, "sh", "-c", open).Stdout, "not permitted")
	b.OK(t, "update", "--pids-limit", "60", b.name)
	engine.Contains(t, "after", b.Try(t, "exec", b.name, "sh", "-c", open).Stdout, "not permitted")
	engine.Same(t, "null", b.exec(t, "echo x >/dev/null && echo fine"), "fine")
}

func TestPidsLimitHolds(t *testing.T) {
	t.Parallel()
	engine.Need(t, engine.Controller("pids"))
	r := run(t, docker(t), "--pids-limit", "5", engine.Image, "sh", "-c",
		"for i in 1 2 3 4 5 6 7 8; do sleep 100 & done")
	engine.Contains(t, "stderr", r.Stderr, "can't fork")
}

func TestOOM(t *testing.T) {
	t.Parallel()
	engine.Need(t, engine.Controller("memory"))
	d := docker(t)
	b := start(t, d, "", "--memory", "32m", "--memory-swap", "32m", engine.Image,
		"sh", "-c", "sleep 1; probe hog 256; echo code $?; exec probe pause")
	b.said(t, "code 137")
	engine.Eventually(t, "the oom event", func() bool {
		return d.OK(t, "events", "--since", "1h", "--until", "0s",
			"--filter", "container="+b.name, "--filter", "event=oom") != ""
	})
	b.OK(t, "kill", b.name)
	b.wait(t)
	engine.Same(t, "OOMKilled", b.inspect(t, ".State.OOMKilled"), "true")
}

func TestOOMInit(t *testing.T) {
	t.Parallel()
	engine.Need(t, engine.Controller("memory"))
	r := run(t, docker(t), "--memory", "32m", "--memory-swap", "32m", engine.Image, "probe", "hog", "256")
	engine.Same(t, "exit code", r.Code, 137)
	engine.Same(t, "output", r.Stdout, "")
}

func TestNoOOM(t *testing.T) {
	t.Parallel()
	engine.Need(t, engine.Controller("memory"))
	r := run(t, docker(t), "--memory", "128m", engine.Image, "probe", "hog", "32")
	engine.Same(t, "output", r.Stdout, "touched 32 MiB\n")
	b := &box{docker(t), t.Name()}
	engine.Same(t, "OOMKilled", b.inspect(t, ".State.OOMKilled"), "false")
}

func TestStats(t *testing.T) {
	t.Parallel()
	engine.Need(t, engine.Controller("memory", "pids"))
	b := start(t, docker(t), "", "--memory", "64m", engine.Image, "sh", "-c", "sleep 1000 & echo up; wait")
	b.said(t, "up")
	stats := b.OK(t, "stats", "--no-stream", "--format", "{{.Name}} {{.PIDs}} {{.MemUsage}}", b.name)
	engine.Contains(t, "stats", stats, b.name+" 2 ")
	engine.Contains(t, "stats", stats, "/ 64MiB")
	if strings.Contains(stats, " 0B /") {
		t.Errorf("no memory in use: %s", stats)
	}
}

func TestCgroupParent(t *testing.T) {
	t.Parallel()
	d := docker(t)
	parent := engine.CgroupParent("docker") + "-own"
	b := sleeper(t, d, "", "--cgroup-parent", parent)
	engine.Contains(t, "cgroup", engine.CgroupDir(t, b.pid(t), "devices"), parent+"/"+b.inspect(t, ".Id"))
}
