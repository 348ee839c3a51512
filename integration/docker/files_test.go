package docker

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bulkhead-oci/bulkhead/integration/engine"
)

func TestCopy(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "in"), "goes in\n")
	b := sleeper(t, docker(t), "")
	b.OK(t, "cp", dir+"/in", b.name+":/tmp/in")
	engine.Same(t, "inside", b.exec(t, "cat /tmp/in"), "goes in")
	b.exec(t, "echo comes out >/tmp/out")
	b.OK(t, "cp", b.name+":/tmp/out", dir+"/out")
	engine.Same(t, "outside", read(t, dir+"/out"), "comes out\n")
	engine.Contains(t, "diff", b.OK(t, "diff", b.name), "A /tmp/out")
}

// context writes a build context and returns its directory.
func buildContext(t *testing.T, dockerfile string) string {
	t.Helper()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "Dockerfile"), dockerfile)
	write(t, filepath.Join(dir, "cargo"), "rum\n")
	return dir
}

func TestBuild(t *testing.T) {
	t.Parallel()
	d := defaulted(t)
	dir := buildContext(t, strings.Join([]string{
		"FROM " + engine.Image,
		"COPY cargo /hold/cargo",
		"RUN cp /hold/cargo /hold/copy && id -u >/hold/builder",
		"USER mate",
		"WORKDIR /home/mate",
		"RUN id -un >who && pwd >>who",
		"CMD cat /hold/copy /hold/builder who",
	}, "\n"))
	d.OK(t, "build", "--network", "none", "-t", "built", dir)
	engine.Same(t, "what was built", d.OK(t, "run", "--rm", "--net", "none", "built"), "rum\n0\nmate\n/home/mate")
}

func TestBuildFails(t *testing.T) {
	t.Parallel()
	dir := buildContext(t, "FROM "+engine.Image+"\nRUN echo going down; exit 42\n")
	r := defaulted(t).Try(t, "build", "--network", "none", dir)
	engine.Same(t, "exit code", r.Code, 42)
	engine.Contains(t, "output", r.Stdout, "going down")
	engine.Contains(t, "stderr", r.Stderr, "returned a non-zero code: 42")
}

// TestRemoveLeavesNothing: no state, mount, cgroup or process of a container
// that was removed while it ran.
func TestRemoveLeavesNothing(t *testing.T) {
	t.Parallel()
	d := docker(t)
	b := start(t, d, "", "--net", "bridge", "--tmpfs", "/scratch", engine.Image, "sh", "-c", "sleep 1000 & echo up; wait")
	b.said(t, "up")
	id, pid := b.inspect(t, ".Id"), b.pid(t)
	if len(engine.CgroupsOf("docker", id)) == 0 || len(engine.PathsUnder("/run", id)) == 0 {
		t.Fatal("the test looks in the wrong places")
	}
	d.OK(t, "rm", "-f", b.name)
	engine.Same(t, "process", engine.Alive(pid), false)
	engine.Same(t, "cgroups", strings.Join(engine.CgroupsOf("docker", id), " "), "")
	engine.Same(t, "mounts", strings.Join(engine.MountsUnder(id), " "), "")
	engine.Eventually(t, "no file in /run with the id", func() bool { return len(engine.PathsUnder("/run", id)) == 0 })
	_, err := os.Stat(filepath.Join(d.Data, "data", "containers", id))
	engine.Same(t, "container's directory gone", os.IsNotExist(err), true)
}

// TestFailedCreateLeavesNothing: nor of one that never started.
func TestFailedCreateLeavesNothing(t *testing.T) {
	t.Parallel()
	d := docker(t)
	r := run(t, d, engine.Image, "no-such-program")
	engine.Contains(t, "the runtime's refusal", r.Stderr, "no-such-program")
	b := &box{d, t.Name()}
	id := b.inspect(t, ".Id")
	engine.Same(t, "cgroups", strings.Join(engine.CgroupsOf("docker", id), " "), "")
	engine.Same(t, "mounts", strings.Join(engine.MountsUnder(id), " "), "")
	engine.Same(t, "files", strings.Join(engine.PathsUnder("/run", id), " "), "")
}
