package container

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"

	"github.com/bulkhead-oci/bulkhead/runtime/terminal"
)

// childSweeps makes the test binary a process that removes a record without
// cgroups, where /sys/fs/cgroup is a harmless copy.
const childSweeps = "BULKHEAD_CONTAINER_SWEEPS"

func childSweep() error {
	const root = "/sys/fs/cgroup"
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return err
	}
	entries, err := os.ReadDir(root)
	if err != nil {
		return err
	}
	if err := unix.Mount("tmpfs", root, "tmpfs", 0, ""); err != nil {
		return err
	}
	for _, e := range entries {
		if err := os.MkdirAll(filepath.Join(root, e.Name(), "victim"), 0o755); err != nil {
			return err
		}
	}
	err = recordCgroup{}.remove()
	for _, e := range entries {
		if _, serr := os.Stat(filepath.Join(root, e.Name(), "victim")); serr != nil {
			return errors.Join(err, serr)
		}
	}
	return err
}

// A record that names no cgroups must not be taken for one of our own: its
// removal would take all empty cgroups of the host along.
func TestSweepWithoutCgroups(t *testing.T) {
	needRoot(t)
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), childSweeps+"=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}

// childCreates makes the test binary a process that creates one container:
// root, index, ID and bundle.
const childCreates = "BULKHEAD_CONTAINER_CREATES"

func childCreate(ctx context.Context, args string) error {
	f := strings.Fields(args)
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	r := &Runtime{Root: f[0], Index: f[1]}
	o := CreateOptions{Bundle: f[3]}
	o.Streams = terminal.Streams{Stdin: null, Stdout: null, Stderr: null}
	_, err = r.Create(ctx, f[2], o)
	return err
}

// killedRuntime runs a create in a process of its own and kills that in the
// middle of a hook.
func killedRuntime(t *testing.T, w *world, id string, h specs.Hooks, g *gate) {
	t.Helper()
	w.hooks(h)
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), childCreates+"="+fmt.Sprint(w.Root, " ", w.Index, " ", id, " ", w.bundle))
	ok(t, cmd.Start())
	g.wait()
	finish(t, cmd)
}

// A runtime that was killed leaves nothing that delete --force cannot
// remove.
func TestDeleteAfterKilledRuntime(t *testing.T) {
	marker := filepath.Join(t.TempDir(), "marker")
	w := newWorld(t, forever)
	poststop := []specs.Hook{shellHook(t, "echo x >> "+marker)}
	for _, phase := range []string{"createRuntime", "createContainer"} {
		os.Remove(marker)
		g, hook := newGate(t)
		h := specs.Hooks{CreateRuntime: []specs.Hook{hook}, Poststop: poststop}
		if phase == "createContainer" {
			h = specs.Hooks{CreateContainer: []specs.Hook{hook}, Poststop: poststop}
		}
		id := newID()
		killedRuntime(t, w, id, h, g)
		s, err := w.State(t.Context(), id)
		if err != nil || s.Status != Stopped && phase == "createRuntime" {
			t.Errorf("%s: %+v, %v", phase, s, err)
		}
		if len(cgroupsOf(id)) == 0 {
			t.Errorf("%s: there was nothing to clean up", phase)
		}
		ok(t, w.Delete(t.Context(), id, DeleteOptions{Force: true}))
		g.pass()
		w.gone(id)
		if got := content(t, marker); got != "x\n" {
			t.Errorf("%s: poststop hooks wrote %q", phase, got)
		}
	}
}
