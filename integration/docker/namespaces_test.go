package docker

import (
	"os"
	"testing"

	"github.com/bulkhead-oci/bulkhead/integration/engine"
)

func TestNamespacesNew(t *testing.T) {
	t.Parallel()
	d := docker(t)
	a, b := sleeper(t, d, "-a").pid(t), sleeper(t, d, "-b").pid(t)
	self := os.Getpid()
	for _, kind := range []string{"pid", "net", "ipc", "mnt", "uts"} {
		in := engine.Namespace(t, a, kind)
		if in == engine.Namespace(t, self, kind) {
			t.Errorf("%s namespace is the host's", kind)
		}
		if in == engine.Namespace(t, b, kind) {
			t.Errorf("%s namespace is shared by two containers", kind)
		}
	}
	engine.Same(t, "user namespace", engine.Namespace(t, a, "user"), engine.Namespace(t, self, "user"))
}

// TestNamespacesHost: each flag takes the host's namespace and leaves the
// others alone.
func TestNamespacesHost(t *testing.T) {
	t.Parallel()
	d := docker(t)
	for kind, flag := range map[string]string{"pid": "--pid", "ipc": "--ipc", "uts": "--uts"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			pid := sleeper(t, d, "", flag, "host").pid(t)
			for _, k := range []string{"pid", "ipc", "uts", "mnt"} {
				same := engine.Namespace(t, pid, k) == engine.Namespace(t, os.Getpid(), k)
				engine.Same(t, k+" shared with the host", same, k == kind)
			}
		})
	}
}

func TestNamespacesOfContainer(t *testing.T) {
	t.Parallel()
	d := docker(t)
	first := sleeper(t, d, "-first", "--ipc", "shareable")
	for kind, flag := range map[string]string{"pid": "--pid", "ipc": "--ipc", "net": "--net"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			pid := sleeper(t, d, "", flag, "container:"+first.name).pid(t)
			for _, k := range []string{"pid", "ipc", "net", "mnt"} {
				same := engine.Namespace(t, pid, k) == engine.Namespace(t, first.pid(t), k)
				engine.Same(t, k+" shared with the first", same, k == kind)
			}
		})
	}
}

func TestPidHostSees(t *testing.T) {
	t.Parallel()
	got := output(t, docker(t), "--pid", "host", engine.Image, "ps", "-o", "args")
	engine.Contains(t, "processes", got, "dockerd --host")
}

// TestPidHostKill: with no pid namespace of its own, a container dies as a
// whole only when each of its processes is killed.
func TestPidHostKill(t *testing.T) {
	t.Parallel()
	b := start(t, docker(t), "", "--pid", "host", engine.Image,
		"sh", "-c", "setsid sleep 987654 & echo up $!; wait")
	b.said(t, "up ")
	b.OK(t, "rm", "-f", b.name)
	engine.Eventually(t, "the end of the child", func() bool { return !engine.Runs("sleep 987654") })
}

func TestPidOfContainerSees(t *testing.T) {
	t.Parallel()
	d := docker(t)
	first := sleeper(t, d, "-first")
	peer := sleeper(t, d, "-peer", "--pid", "container:"+first.name)
	engine.Contains(t, "pid 1", peer.exec(t, "cat /proc/1/cmdline | tr '\\0' ' '"), "probe pause")
	engine.Same(t, "both", peer.exec(t, "ps -o args | grep -c '^probe pause'"), "2")
}

func TestIpcShared(t *testing.T) {
	t.Parallel()
	d := docker(t)
	first := sleeper(t, d, "-first", "--ipc", "shareable", "--shm-size", "8m")
	first.exec(t, "echo shared >/dev/shm/note")
	peer := sleeper(t, d, "-peer", "--ipc", "container:"+first.name)
	engine.Same(t, "note", peer.exec(t, "cat /dev/shm/note"), "shared")
	engine.Same(t, "size", peer.exec(t, "df -k /dev/shm | tail -1 | awk '{print $2}'"), "8192")
}

func TestUts(t *testing.T) {
	t.Parallel()
	d := docker(t)
	own := sleeper(t, d, "-own", "--hostname", "galley", "--domainname", "ship")
	engine.Same(t, "host name", own.exec(t, "hostname"), "galley")
	engine.Same(t, "domain name", own.exec(t, "cat /proc/sys/kernel/domainname"), "ship")
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	engine.Same(t, "host's name", sleeper(t, d, "-host", "--uts", "host").exec(t, "hostname"), host)
}

func TestCgroupnsPrivate(t *testing.T) {
	t.Parallel()
	b := sleeper(t, docker(t), "", "--cgroupns", "private")
	engine.Same(t, "paths other than /", b.exec(t, "grep -vc ':/$' /proc/1/cgroup || true"), "0")
	if engine.Namespace(t, b.pid(t), "cgroup") == engine.Namespace(t, os.Getpid(), "cgroup") {
		t.Error("cgroup namespace is the host's")
	}
}
