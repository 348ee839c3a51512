package engine

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// DockerRuntime is the name under which dockerd knows the runtime under test.
const DockerRuntime = "tested"

// Docker is a dockerd with a containerd of its own, and its client.
type Docker struct {
	*Daemon
	CLI
}

// StartDocker starts a dockerd that knows the runtime under test and the test
// image. Flags are added to its command line.
func StartDocker(t testing.TB, name string, flags ...string) *Docker {
	t.Helper()
	return startDocker(t, name, 0, flags)
}

// StartDockerOffline starts one without a bridge, in a network namespace of its
// own: a dockerd without a bridge removes that of another.
func StartDockerOffline(t testing.TB, name string, flags ...string) *Docker {
	t.Helper()
	return startDocker(t, name, syscall.CLONE_NEWNET, append(flags, "--bridge", "none"))
}

func startDocker(t testing.TB, name string, namespaces uintptr, flags []string) *Docker {
	t.Helper()
	daemon, err := newDaemon(name)
	if err != nil {
		t.Fatal(err)
	}
	socket := "unix://" + daemon.Run + "/docker.sock"
	d := &Docker{daemon, CLI{Path: "docker", Args: []string{"-H", socket},
		Env: []string{"DOCKER_BUILDKIT=0", "DOCKER_CONFIG=" + daemon.Data + "/client"}}}
	d.namespaces = namespaces
	d.argv = append([]string{"dockerd", "--host", socket,
		"--data-root", filepath.Join(daemon.Data, "data"),
		"--exec-root", filepath.Join(daemon.Run, "exec"),
		"--config-file", emptyConfig(t, daemon),
		"--pidfile", filepath.Join(daemon.Run, "pid"),
		"--add-runtime", DockerRuntime + "=" + Runtime(t),
		"--exec-opt", "native.cgroupdriver=cgroupfs",
		"--cgroup-parent", CgroupParent(name),
		"--oom-score-adjust", "0", "--ip6tables=false"}, flags...)
	d.ready = func() bool {
		return exec.Command("docker", "-H", socket, "version").Run() == nil
	}
	if err := d.Daemon.Start(); err != nil {
		t.Fatal(err)
	}
	d.load(t)
	return d
}

// emptyConfig stands in for /etc/docker/daemon.json, which a host may have.
func emptyConfig(t testing.TB, d *Daemon) string {
	t.Helper()
	path := filepath.Join(d.Data, "daemon.json")
	if err := os.WriteFile(path, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func (d *Docker) load(t testing.TB) {
	t.Helper()
	tar, err := Rootfs()
	if err != nil {
		t.Fatal(err)
	}
	d.OK(t, "import", "--change", `CMD ["sh"]`, tar, Image)
}

// ExecRoot is the place of dockerd's own state and of the runtime's.
func (d *Docker) ExecRoot() string { return filepath.Join(d.Run, "exec") }
