package container

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// named is a child whose name is init's; with a script it takes another name
// after a while.
func named(t *testing.T, text string) *exec.Cmd {
	t.Helper()
	needBusybox(t)
	path := filepath.Join(t.TempDir(), strings.TrimSpace(initName))
	ok(t, unix.Symlink(busybox, path))
	cmd := exec.Command(path)
	cmd.Args = []string{"sh", "-c", text}
	ok(t, cmd.Start())
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	return cmd
}

func TestAwaitProgram(t *testing.T) {
	cmd := named(t, "busybox sleep 0.2; exec busybox sleep 3600")
	c := &loaded{status: Running, init: refer(cmd.Process.Pid)}
	c.awaitProgram(t.Context())
	name := content(t, fmt.Sprintf("/proc/%d/comm", cmd.Process.Pid))
	if name == initName {
		t.Errorf("it is still %q", name)
	}
}

// A program may have init's name, and a caller may give up.
func TestAwaitProgramEnds(t *testing.T) {
	t.Parallel()
	cmd := named(t, "while :; do busybox sleep 3600; done")
	c := &loaded{status: Running, init: refer(cmd.Process.Pid)}
	c.awaitProgram(t.Context()) // returns nevertheless
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	c.awaitProgram(ctx)
	c.status = Created
	c.awaitProgram(t.Context())
	(&loaded{status: Running, init: processRef{Pid: deadPid(t)}}).awaitProgram(t.Context())
}
