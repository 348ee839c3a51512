package container

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/opencontainers/runc/libcontainer"
	"github.com/opencontainers/runc/libcontainer/configs"

	"github.com/bulkhead-oci/bulkhead/runtime/terminal"
)

func TestCheckTerminal(t *testing.T) {
	const noSocket = "cannot allocate tty if the runtime will detach without setting console socket"
	const noUse = "cannot use console socket if the runtime will not detach or allocate tty"
	for _, c := range []struct {
		detach, tty bool
		socket      string
		want        string
	}{
		{false, false, "", ""},
		{false, true, "", ""},
		{true, false, "", ""},
		{true, true, "", noSocket},
		{true, true, "/s", ""},
		{true, false, "/s", noUse},
		{false, true, "/s", noUse},
		{false, false, "/s", noUse},
	} {
		err := IO{Detach: c.detach, ConsoleSocket: c.socket}.checkTerminal(c.tty)
		if c.want != "" {
			says(t, err, c.want)
		} else if err != nil {
			t.Errorf("%+v: %v", c, err)
		}
		_, cerr := IO{Detach: c.detach, ConsoleSocket: c.socket}.connect(
			new(libcontainer.Process), c.tty, new(configs.Config))
		if c.want != "" {
			says(t, cerr, c.want)
		}
	}
}

func TestExitStatus(t *testing.T) {
	for script, want := range map[string]int{
		"exit 0": 0, "exit 1": 1, "exit 255": 255,
		"kill -9 $$": 137, "kill -15 $$": 143, "kill -34 $$": 162,
	} {
		cmd := exec.Command("sh", "-c", script)
		cmd.Run()
		if got := exitStatus(cmd.ProcessState); got != want {
			t.Errorf("%s: %d", script, got)
		}
	}
}

// listener is an AF_UNIX socket somebody listens on.
func listener(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "sock")
	l, err := net.Listen("unix", path)
	ok(t, err)
	t.Cleanup(func() { l.Close() })
	return path
}

func TestConnectDetached(t *testing.T) {
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	ok(t, err)
	defer null.Close()
	sock := listener(t)
	noLeak(t)
	p := &libcontainer.Process{Env: []string{"A=B"}}
	s, err := IO{
		Streams: terminal.Streams{Stdin: null, Stdout: null, Stderr: null},
		Detach:  true, PidfdSocket: sock,
		ExtraFiles: []*os.File{null, null}, ListenFDs: 1,
	}.connect(p, false, new(configs.Config))
	ok(t, err)
	if p.Stdin != null || p.Stdout != null || p.Stderr != null {
		t.Error("the streams are not those given")
	}
	if p.PidfdSocket == nil || p.ConsoleSocket != nil || len(p.ExtraFiles) != 2 {
		t.Errorf("%+v", p)
	}
	if want := []string{"A=B", "LISTEN_FDS=1", "LISTEN_PID=1"}; !slices.Equal(p.Env, want) {
		t.Errorf("env: %q", p.Env)
	}
	ok(t, s.started())
	if _, err := p.PidfdSocket.Stat(); err == nil {
		t.Error("the pidfd socket is still open")
	}
	s.close()
}

func TestConnectConsoleSocket(t *testing.T) {
	sock := listener(t)
	noLeak(t)
	p := new(libcontainer.Process)
	s, err := IO{Detach: true, ConsoleSocket: sock}.connect(p, true, new(configs.Config))
	ok(t, err)
	if p.ConsoleSocket == nil || p.Env != nil || s.console != nil || s.pipes != nil {
		t.Errorf("%+v, %+v", p, s)
	}
	s.close()
	s.close()
}

func TestConnectPipes(t *testing.T) {
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	ok(t, err)
	defer null.Close()
	noLeak(t)
	p := new(libcontainer.Process)
	s, err := IO{
		Streams: terminal.Streams{Stdin: null, Stdout: null, Stderr: null},
	}.connect(p, false, new(configs.Config))
	ok(t, err)
	if p.Stdin == nil || p.Stdin == null || p.Stdout == null || p.Stderr == null {
		t.Errorf("no pipes: %+v", p)
	}
	s.close()
}

// Nobody listens: the message says which socket, and nothing stays open.
func TestConnectFails(t *testing.T) {
	sock := listener(t)
	noLeak(t)
	gone := filepath.Join(t.TempDir(), "gone")
	p := new(libcontainer.Process)
	_, err := IO{Detach: true, PidfdSocket: gone}.connect(p, false, new(configs.Config))
	mentions(t, err, "pidfd socket: ")
	_, err = IO{Detach: true, PidfdSocket: sock, ConsoleSocket: gone}.connect(p, true, new(configs.Config))
	mentions(t, err, "console socket: ")
	bad := &configs.Config{Namespaces: configs.Namespaces{{Type: configs.NEWUSER}}}
	if _, err := (IO{PidfdSocket: sock}).connect(p, false, bad); err == nil {
		t.Error("no host uid for root, and no error")
	}
}
