package podman

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/bulkhead-oci/bulkhead/integration/engine"
)

// A ward is a container the way CRI-O has it: a conmon holds its streams and
// its exit code, the runtime is called for everything else.
type ward struct {
	runtime engine.CLI
	id, dir string
}

// newWard writes a bundle whose process runs the given command.
func newWard(t *testing.T, terminal bool, command ...string) *ward {
	t.Helper()
	engine.Need(t, programs)
	w := &ward{id: strings.ToLower(label(t, "")), dir: t.TempDir()}
	w.runtime = engine.CLI{Path: engine.Runtime(t), Args: []string{"--root=" + filepath.Join(w.dir, "root")}}
	engine.Unpack(t, filepath.Join(w.dir, "rootfs"))
	for _, dir := range []string{"exits", "persist"} {
		if err := os.Mkdir(filepath.Join(w.dir, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	writeJSON(t, filepath.Join(w.dir, "config.json"), bundle(w.id, process(terminal, command)))
	t.Cleanup(func() { w.runtime.Try(t, "delete", "--force", w.id) })
	return w
}

func process(terminal bool, command []string) *specs.Process {
	return &specs.Process{Terminal: terminal, Args: command, Cwd: "/", Env: []string{"PATH=/bin", "TERM=xterm"}}
}

func bundle(id string, p *specs.Process) *specs.Spec {
	s := &specs.Spec{Version: "1.0.2", Process: p, Root: &specs.Root{Path: "rootfs"}, Hostname: "ward",
		Mounts: []specs.Mount{
			{Destination: "/proc", Type: "proc", Source: "proc"},
			{Destination: "/dev", Type: "tmpfs", Source: "tmpfs", Options: []string{"mode=755"}},
			{Destination: "/dev/pts", Type: "devpts", Source: "devpts", Options: []string{"newinstance", "ptmxmode=0666"}},
		},
		Linux: &specs.Linux{CgroupsPath: engine.CgroupParent("conmon") + "/" + id},
	}
	for _, kind := range []specs.LinuxNamespaceType{"pid", "mount", "uts", "ipc", "network"} {
		s.Linux.Namespaces = append(s.Linux.Namespaces, specs.LinuxNamespace{Type: kind})
	}
	return s
}

func writeJSON(t *testing.T, path string, v any) {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// A report is what conmon writes to its sync pipe: the pid of a container, the
// exit code of an exec, or -1 and the runtime's error.
type report struct {
	Pid      int    `json:"pid"`
	ExitCode int    `json:"exit_code"`
	Message  string `json:"message"`
}

// conmon starts a conmon, gives it the go-ahead on its start pipe and returns
// its report. The process goes to the background by itself.
func (w *ward) conmon(t *testing.T, args ...string) report {
	t.Helper()
	base := []string{"-c", w.id, "-n", w.id, "-u", w.id, "-r", w.runtime.Path,
		"--runtime-arg", w.runtime.Args[0], "--exit-dir", filepath.Join(w.dir, "exits"),
		"--socket-dir-path", w.dir, "-b", w.dir, "--persist-dir", filepath.Join(w.dir, "persist")}
	cmd := exec.Command("conmon", append(base, args...)...)
	sync, syncEnd := pipe(t)
	startEnd, start := pipe(t)
	cmd.ExtraFiles = []*os.File{syncEnd, startEnd}
	cmd.Env = append(os.Environ(), "_OCI_SYNCPIPE=3", "_OCI_STARTPIPE=4")
	cmd.Dir = w.dir
	if _, err := start.Write([]byte{0}); err != nil {
		t.Fatal(err)
	}
	out, err := cmd.CombinedOutput()
	syncEnd.Close()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if err := sync.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	var r report
	if err := json.NewDecoder(sync).Decode(&r); err != nil {
		t.Fatal(err)
	}
	return r
}

func pipe(t *testing.T) (r, w *os.File) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close(); w.Close() })
	return r, w
}

// create creates the container and returns conmon's report.
func (w *ward) create(t *testing.T, args ...string) report {
	t.Helper()
	return w.conmon(t, append([]string{"-l", w.log(), "-p", w.pidFile()}, args...)...)
}

// boot creates and starts the container.
func (w *ward) boot(t *testing.T, args ...string) {
	t.Helper()
	r := w.create(t, args...)
	if r.Pid <= 0 {
		t.Fatalf("create: %+v", r)
	}
	engine.Same(t, "pid file", w.read(t, w.pidFile()), strconv.Itoa(r.Pid))
	engine.Same(t, "status", w.status(t), "created")
	w.runtime.OK(t, "start", w.id)
}

func (w *ward) log() string     { return filepath.Join(w.dir, "log") }
func (w *ward) pidFile() string { return filepath.Join(w.dir, "pid") }

func (w *ward) read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(data))
}

func (w *ward) status(t *testing.T) string {
	t.Helper()
	var state specs.State
	if err := json.Unmarshal([]byte(w.runtime.OK(t, "state", w.id)), &state); err != nil {
		t.Fatal(err)
	}
	return string(state.Status)
}

// end waits for the exit file, which conmon writes, and returns the code.
func (w *ward) end(t *testing.T) string {
	t.Helper()
	path := filepath.Join(w.dir, "exits", w.id)
	engine.Eventually(t, "the exit file", func() bool {
		_, err := os.Stat(path)
		return !errors.Is(err, fs.ErrNotExist)
	})
	return w.read(t, path)
}
