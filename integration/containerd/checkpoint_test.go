package containerd

import (
	"os/exec"
	"testing"

	"github.com/bulkhead-oci/bulkhead/integration/engine"
)

// criu asks for a CRIU that gets along with the kernel.
func criu() string {
	if lack := engine.Program("criu")(); lack != "" {
		return lack
	}
	if out, err := exec.Command("criu", "check").CombinedOutput(); err != nil {
		return "needs a CRIU that works on this kernel: " + string(out) + err.Error()
	}
	return ""
}

// TestCtrCheckpoint: a counter goes on where it was.
func TestCtrCheckpoint(t *testing.T) {
	engine.Need(t, criu)
	b := start(t, "", nil, "sh", "-c", "n=41; touch /ready; until test -e /go; do sleep 0.1; done; echo $((n+1)) >/answer; exec probe pause")
	engine.Eventually(t, "the counter", func() bool { return b.exec(t, "test -e /ready").Code == 0 })
	images := t.TempDir()
	b.OK(t, "container", "checkpoint", "--rw", "--task", b.id, "localhost/checkpoint:test")
	b.OK(t, "task", "checkpoint", "--exit", "--image-path", images, b.id)
	engine.Eventually(t, "the end", func() bool { return b.status(t) == "STOPPED" })
	b.Try(t, "task", "rm", b.id)
	b.OK(t, "container", "rm", b.id)
	restored := prepare(t, "-restored")
	restored.OK(t, "container", "restore", "--rw", "--live", restored.id, "localhost/checkpoint:test")
	engine.Eventually(t, "a running task", func() bool { return restored.status(t) == "RUNNING" })
	if len(engine.PathsUnder(restored.RuntimeRoot(), restored.id)) == 0 {
		t.Error("another runtime restored it")
	}
	restored.exec(t, "touch /go")
	engine.Eventually(t, "the answer", func() bool { return restored.exec(t, "cat /answer").Stdout == "42\n" })
}
