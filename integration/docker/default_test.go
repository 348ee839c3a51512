package docker

import (
	"testing"

	"github.com/bulkhead-oci/bulkhead/integration/engine"
)

// defaulted is a daemon with the tested runtime as its default, which builds
// use too.
func defaulted(t *testing.T) *engine.Docker {
	t.Helper()
	return defaultDaemon.get(t, func() *engine.Docker {
		return engine.StartDockerOffline(t, "default", "--default-runtime", engine.DockerRuntime)
	})
}

func TestDefaultRuntime(t *testing.T) {
	t.Parallel()
	d := defaulted(t)
	engine.Same(t, "default", d.OK(t, "info", "--format", "{{.DefaultRuntime}}"), engine.DockerRuntime)
	b := &box{d, name(t, d, "")}
	d.OK(t, "run", "-d", "--net", "none", "--name", b.name, engine.Image, "sh", "-c", trap("TERM", "exit 7"))
	engine.Same(t, "runtime", d.OK(t, "inspect", "--format", "{{.HostConfig.Runtime}}", b.name), engine.DockerRuntime)
	engine.Same(t, "exec", d.OK(t, "exec", b.name, "echo", "in"), "in")
	b.said(t, "ready")
	d.OK(t, "stop", "-t", "50", b.name)
	engine.Same(t, "code", d.OK(t, "wait", b.name), "7")
	d.Code(t, 127, "run", "--rm", "--net", "none", engine.Image, "no-such-program")
}

// TestLiveRestore: containers outlive the daemon, and the new daemon takes
// them over. The daemon is of its own, for others would see it go.
func TestLiveRestore(t *testing.T) {
	engine.Need(t, programs)
	d := engine.StartDockerOffline(t, "restored", "--live-restore")
	defer d.Stop()
	b := start(t, d, "", engine.Image, "sh", "-c", "echo before; until test -e /go; do sleep 0.1; done; echo after; exit 5")
	b.said(t, "before")
	pid := b.pid(t)
	d.Stop()
	engine.Same(t, "process lives without the daemon", engine.Alive(pid), true)
	if err := d.Start(); err != nil {
		t.Fatal(err)
	}
	engine.Same(t, "pid", b.pid(t), pid)
	b.exec(t, "touch /go")
	engine.Same(t, "exit code", b.wait(t), "5")
	engine.Same(t, "log", b.OK(t, "logs", b.name), "before\nafter")
}
