package podman

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bulkhead-oci/bulkhead/integration/engine"
)

// buildContext writes a build context and returns its directory.
func buildContext(t *testing.T, lines ...string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"Containerfile": "FROM " + engine.Image + "\n" + strings.Join(lines, "\n") + "\n",
		"cargo":         "rum\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// build builds an image. Its cgroup is the very one that is called parent.
func build(t *testing.T, p *engine.Podman, dir string) engine.Result {
	t.Helper()
	return p.Try(t, "build", "--network", "none", "--isolation", "oci", "--pull=never",
		"--cgroup-parent", engine.CgroupParent("podman-"+t.Name()), "-t", "localhost/built:"+strings.ToLower(t.Name()), dir)
}

func TestBuild(t *testing.T) {
	t.Parallel()
	p := podman(t)
	r := build(t, p, buildContext(t,
		"COPY cargo /hold/cargo",
		"RUN cp /hold/cargo /hold/copy && id -u >/hold/builder",
		"USER mate", "WORKDIR /home/mate",
		"RUN id -un >who && pwd >>who",
		"CMD cat /hold/copy /hold/builder who"))
	engine.Same(t, r.String(), r.Code, 0)
	got := output(t, p, "localhost/built:"+strings.ToLower(t.Name()))
	engine.Same(t, "what was built", got, "rum\n0\nmate\n/home/mate")
}

func TestBuildFails(t *testing.T) {
	t.Parallel()
	r := build(t, podman(t), buildContext(t, "RUN echo going down; exit 42"))
	engine.Same(t, "exit code", r.Code, 42)
	engine.Contains(t, "output", r.Stdout, "going down")
}

// TestBuildRuntime: builds use the runtime that they are told to, which the
// other tests rely on.
func TestBuildRuntime(t *testing.T) {
	t.Parallel()
	p := *podman(t)
	p.Args = append(append([]string{}, p.Args...), "--runtime", "/bin/false")
	r := build(t, &p, buildContext(t, "RUN true"))
	if r.Code == 0 {
		t.Errorf("built without a runtime: %s", r)
	}
}
