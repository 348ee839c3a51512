package engine

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// CRIHandler is the name of the tested runtime as the CRI knows it: what a
// RuntimeClass has as its handler.
const CRIHandler = "tested"

// Containerd is a containerd with its clients.
type Containerd struct {
	*Daemon
	CLI
	// Namespace of containerd that the CRI uses.
	K8s CLI
}

// StartContainerd starts a containerd that has the tested runtime as a CRI
// handler, Debian's runc as the default one, and the test images.
func StartContainerd(t testing.TB) *Containerd {
	t.Helper()
	daemon, err := newDaemon("containerd")
	if err != nil {
		t.Fatal(err)
	}
	socket := daemon.Run + "/containerd.sock"
	c := &Containerd{Daemon: daemon,
		CLI: CLI{Path: "ctr", Args: []string{"--address", socket, "--namespace", "tests"}},
		K8s: CLI{Path: "ctr", Args: []string{"--address", socket, "--namespace", "k8s.io"}}}
	config := filepath.Join(daemon.Data, "config.toml")
	if err := os.WriteFile(config, []byte(c.config(t, socket)), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := c.networks(); err != nil {
		t.Fatal(err)
	}
	c.argv = []string{"containerd", "--config", config}
	c.ready = func() bool {
		return exec.Command("ctr", "--address", socket, "version").Run() == nil
	}
	if err := c.Daemon.Start(); err != nil {
		t.Fatal(err)
	}
	c.load(t, Image, "sh")
	c.load(t, PauseImage, "/bin/probe", "pause")
	return c
}

// config is containerd's. The CRI must not lower oom_score_adj where that takes
// a capability that the machine may lack.
func (c *Containerd) config(t testing.TB, socket string) string {
	t.Helper()
	return fmt.Sprintf(`version = 2
root = "%[1]s/root"
state = "%[2]s/state"
[grpc]
address = "%[3]s"
[plugins."io.containerd.internal.v1.opt"]
path = "%[1]s/opt"
[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "%[4]s"
restrict_oom_score_adj = true
stream_server_address = "127.0.0.1"
[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = "/usr/lib/cni"
conf_dir = "%[1]s/cni"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.%[5]s]
runtime_type = "io.containerd.runc.v2"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.%[5]s.options]
BinaryName = "%[6]s"
Root = "%[7]s"
`, c.Data, c.Daemon.Run, socket, PauseImage, CRIHandler, Runtime(t), c.RuntimeRoot())
}

// RuntimeRoot is where the tested runtime keeps its state.
func (c *Containerd) RuntimeRoot() string { return c.Daemon.Run + "/runtime" }

// networks configures the pods' network: a bridge in the test's namespace.
func (c *Containerd) networks() error {
	dir := filepath.Join(c.Data, "cni")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	conf, err := json.Marshal(map[string]any{
		"cniVersion": "1.0.0", "name": "pods",
		"plugins": []any{map[string]any{
			"type": "bridge", "bridge": "pods0", "isGateway": true,
			"ipam": map[string]any{
				"type": "host-local", "dataDir": dir + "/leases",
				"ranges": [][]map[string]string{{{"subnet": "10.88.99.0/24"}}},
			},
		}},
	})
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "10-pods.conflist"), conf, 0o644)
}

func (c *Containerd) load(t testing.TB, name string, command ...string) {
	t.Helper()
	path, err := OCIArchive(name, command...)
	if err != nil {
		t.Fatal(err)
	}
	for _, client := range []*CLI{&c.CLI, &c.K8s} {
		client.OK(t, "images", "import", path)
	}
}
