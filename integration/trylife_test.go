package integration

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bulkhead-oci/bulkhead/integration/engine"
	"golang.org/x/sys/unix"
)

// running starts a try that lasts, and returns it with its container's ID and
// process.
func (h *tryHost) running(args ...string) (cmd *exec.Cmd, stdin io.WriteCloser, id string) {
	h.t.Helper()
	cmd = h.command(append([]string{"-q", "--"}, args...)...)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		h.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { cmd.Process.Kill() })
	err = poll(func() error {
		out, err := exec.Command(h.runtime, "--root", h.root, "list").Output()
		if err != nil || !bytes.Contains(out, []byte(" running ")) {
			return fmt.Errorf("no container runs: %s %v", out, err)
		}
		return nil
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return cmd, stdin, h.ids()[0]
}

// noCgroups checks that an ID's cgroups are gone.
func (h *tryHost) noCgroups(id string) {
	h.t.Helper()
	for _, dir := range (&leftovers{id: id}).cgroups() {
		h.t.Errorf("left behind: cgroup %s", dir)
	}
}

func TestTryLeavesNothing(t *testing.T) {
	h := newTryHost(t)
	cmd, stdin, id := h.running("sh", "-c", "read line; exit 5")
	if now := h.mountTable(); now != h.mounts {
		t.Errorf("the host sees the mounts of a try:\n%s", now)
	}
	if len((&leftovers{id: id}).cgroups()) == 0 {
		t.Error("no cgroup is called " + id)
	}
	fmt.Fprintln(stdin)
	if status := exitStatus(cmd.Wait()); status != 5 {
		t.Errorf("status %d, want 5", status)
	}
	h.noCgroups(id)
}

// TestTryEnds: process 1 of a pid namespace is spared what it does not
// handle; somebody who ends a try means it.
func TestTryEnds(t *testing.T) {
	h := newTryHost(t)
	for _, tc := range []struct {
		script string
		want   int
	}{
		{"exec sleep 600", 128 + int(unix.SIGTERM)},
		{"trap 'exit 9' TERM; while :; do sleep 0.05; done", 9},
	} {
		cmd, _, id := h.running("sh", "-c", tc.script)
		// The shell has yet to come to its trap or to exec.
		err := poll(func() error {
			out, err := exec.Command(h.runtime, "--root", h.root, "ps", id).Output()
			if err != nil || !bytes.Contains(out, []byte("sleep")) {
				return fmt.Errorf("no sleep yet: %s %v", out, err)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Process.Signal(unix.SIGTERM); err != nil {
			t.Fatal(err)
		}
		if status := exitStatus(cmd.Wait()); status != tc.want {
			t.Errorf("%s: status %d, want %d", tc.script, status, tc.want)
		}
		h.noCgroups(id)
	}
}

// TestTryKilled: no mount outlives a try that had no chance to clean up, and
// delete --force finds the rest.
func TestTryKilled(t *testing.T) {
	h := newTryHost(t)
	cmd, _, id := h.running("sleep", "600")
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	cmd.Wait()
	if now := h.mountTable(); now != h.mounts {
		t.Errorf("the host sees mounts of a killed try:\n%s", now)
	}
	h.delete(id)
	h.noCgroups(id)
}

// TestTryUser runs as an ordinary user.
func TestTryUser(t *testing.T) {
	h := newTryHost(t)
	engine.Need(t, engine.Program("setpriv"))
	cmd := h.enter("setpriv", "--reuid=1234", "--regid=1234", "--clear-groups", "--",
		h.runtime, "try", "--", "sh", "-c",
		"id -u; touch /new && ls /new; ls -A /home; touch /tmp/f; exit 6")
	cmd.Env = []string{"PATH=" + os.Getenv("PATH")}
	cmd.Dir = "/"
	if err := reachable(h.runtime); err != nil {
		engine.Skip(t, err.Error())
	}
	o := finished(cmd)
	if o.status != 6 {
		t.Fatalf("%+v", o)
	}
	if !strings.HasPrefix(o.stderr, "missing: root's rights") {
		t.Errorf("first line: got %q", o.stderr)
	}
	if !strings.Contains(o.stderr, "root here is uid 1234 outside") {
		t.Errorf("announced: %q", o.stderr)
	}
	if o.stdout != "0\n/new" {
		t.Errorf("inside: got %q", o.stdout)
	}
}

// reachable says whether any user can execute the file.
func reachable(path string) error {
	for dir := path; dir != "/"; dir = filepath.Dir(dir) {
		st, err := os.Stat(dir)
		if err != nil {
			return err
		}
		if st.Mode().Perm()&1 == 0 {
			return fmt.Errorf("%s is closed to users", dir)
		}
	}
	return nil
}

// TestTryWithoutUserNamespaces takes them away, in a user namespace.
func TestTryWithoutUserNamespaces(t *testing.T) {
	h := newTryHost(t)
	cmd := h.enter("unshare", "--user", "--map-root-user", "sh", "-c",
		`echo 0 >/proc/sys/user/max_user_namespaces && exec "$0" try -- sh -c "echo in; ls -A /home; exit 4"`,
		h.runtime)
	o := finished(cmd)
	if o.status != 4 || o.stdout != "/home:\nin" && o.stdout != "in" {
		t.Errorf("%+v", o)
	}
	if !strings.HasPrefix(o.stderr, "missing: user namespaces (") {
		t.Errorf("first line: got %q", o.stderr)
	}
}
