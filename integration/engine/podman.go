package engine

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// Podman is Podman with storage of its own, and the tested runtime.
type Podman struct {
	CLI
	// Root is where it stores containers, Run what is gone after a boot.
	Root, Run string
}

// SetUpPodman sets Podman up for root and loads the test image.
func SetUpPodman(t testing.TB) *Podman {
	t.Helper()
	return setUpPodman(t, "podman", Runtime(t), nil)
}

// SetUpRootless sets Podman up for User.
func SetUpRootless(t testing.TB) *Podman {
	t.Helper()
	AddUser(t)
	openTun(t)
	return setUpPodman(t, "rootless", reachable(t, Runtime(t)), asUser)
}

// reachable copies a program to where an ordinary user can run it: a checkout
// may be in root's home.
func reachable(t testing.TB, program string) string {
	t.Helper()
	data, err := os.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(UserHome(), filepath.Base(program))
	if err := os.WriteFile(path, data, 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

func setUpPodman(t testing.TB, name, runtime string, as func(*exec.Cmd)) *Podman {
	t.Helper()
	p := &Podman{Root: filepath.Join(Scratch(), name), Run: "/run/podman"}
	if as != nil {
		p.Root, p.Run = filepath.Join(UserHome(), "podman"), runtimeDir()
	}
	p.CLI = CLI{Path: "podman", As: as, Args: []string{
		"--root", p.Root, "--runroot", filepath.Join(p.Run, "runroot"), "--tmpdir", filepath.Join(p.Run, "libpod"),
		"--runtime", runtime, "--cgroup-manager", "cgroupfs", "--events-backend", "file"}}
	p.Env = []string{"CONTAINERS_CONF=" + p.config(t, name), "STORAGE_DRIVER=" + storageDriver()}
	AtEnd(p.stop)
	p.load(t, Image, "sh")
	p.load(t, PauseImage, "/bin/probe", "pause")
	return p
}

// config is containers.conf. Podman reads a runtime's JSON errors only when its
// name is listed there.
func (p *Podman) config(t testing.TB, name string) string {
	t.Helper()
	path := filepath.Join(Scratch(), name+".conf")
	text := fmt.Sprintf(`[containers]
log_driver = "k8s-file"
[engine]
runtime_supports_json = ["%s"]
infra_image = "%s"
[network]
network_backend = "netavark"
`, filepath.Base(Runtime(t)), PauseImage)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func (p *Podman) load(t testing.TB, name string, command ...string) {
	t.Helper()
	archive, err := OCIArchive(name, command...)
	if err != nil {
		t.Fatal(err)
	}
	p.OK(t, "load", "-i", archive)
}

// storageDriver is overlay unless the scratch directory is on an overlay
// itself.
func storageDriver() string {
	var st unix.Statfs_t
	if unix.Statfs(Scratch(), &st) == nil && st.Type == unix.OVERLAYFS_SUPER_MAGIC {
		return "vfs"
	}
	return "overlay"
}

// stop ends what Podman keeps running without containers: the process that
// holds a user's namespace.
func (p *Podman) stop() {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	p.Cmd(ctx, "system", "migrate").Run()
}

// openTun gives everybody the tun device, as udev does; not every machine has
// udev.
func openTun(t testing.TB) {
	t.Helper()
	const tun = "/dev/net/tun"
	if _, err := os.Stat(tun); err != nil {
		return
	}
	own := filepath.Join(Scratch(), "tun")
	if err := unix.Mknod(own, unix.S_IFCHR|0o666, int(unix.Mkdev(10, 200))); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(own, 0o666); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount(own, tun, "", unix.MS_BIND, ""); err != nil {
		t.Fatal(err)
	}
}
