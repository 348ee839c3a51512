package containerd

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/bulkhead-oci/bulkhead/integration/engine"
)

// config writes a config.json of the test's own and returns its path.
func config(t *testing.T, change func(*specs.Spec), command ...string) string {
	t.Helper()
	dir := t.TempDir()
	// Root inside a user namespace is nobody out here.
	for _, d := range []string{filepath.Dir(dir), dir} {
		if err := os.Chmod(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	engine.Unpack(t, filepath.Join(dir, "rootfs"))
	s := &specs.Spec{Version: "1.0.2",
		Process: &specs.Process{Args: command, Cwd: "/", Env: []string{"PATH=/bin"}},
		Root:    &specs.Root{Path: filepath.Join(dir, "rootfs")},
		Mounts: []specs.Mount{
			{Destination: "/proc", Type: "proc", Source: "proc"},
			{Destination: "/dev", Type: "tmpfs", Source: "tmpfs", Options: []string{"mode=755"}},
			{Destination: "/tmp", Type: "tmpfs", Source: "tmpfs"},
		},
		Linux: &specs.Linux{CgroupsPath: engine.CgroupParent("containerd") + "/" + t.Name()},
	}
	for _, kind := range []specs.LinuxNamespaceType{"pid", "mount", "uts", "ipc", "network"} {
		s.Linux.Namespaces = append(s.Linux.Namespaces, specs.LinuxNamespace{Type: kind})
	}
	change(s)
	data, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "config.json")
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestCtrUserNamespace brings its own config.json: with --uidmap, ctr forgets
// which runtime it was told to use.
func TestCtrUserNamespace(t *testing.T) {
	t.Parallel()
	b := prepare(t, "")
	path := config(t, func(s *specs.Spec) {
		s.Linux.Namespaces = append(s.Linux.Namespaces, specs.LinuxNamespace{Type: "user"})
		ids := []specs.LinuxIDMapping{{HostID: 700000, Size: 65536}}
		s.Linux.UIDMappings, s.Linux.GIDMappings = ids, ids
	}, "sh", "-c", "id -u; xargs </proc/self/uid_map; touch /tmp/x && stat -c %u /tmp/x; sleep 0.5")
	got := b.OK(t, "run", "--rm", "--runc-binary", engine.Runtime(t), "--runc-root", b.RuntimeRoot(), "--config", path, b.id)
	engine.Same(t, "output", got, "0\n0 700000 65536\n0")
}
