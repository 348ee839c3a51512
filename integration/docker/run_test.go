package docker

import (
	"testing"

	"github.com/bulkhead-oci/bulkhead/integration/engine"
)

func TestRunOutput(t *testing.T) {
	t.Parallel()
	r := run(t, docker(t), engine.Image, "sh", "-c", "echo out; echo err >&2")
	engine.Same(t, "exit code", r.Code, 0)
	engine.Same(t, "stdout", r.Stdout, "out\n")
	engine.Same(t, "stderr", r.Stderr, "err\n")
}
