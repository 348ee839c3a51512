package integration

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/bulkhead-oci/bulkhead/integration/engine"
	"golang.org/x/sys/unix"
)

// runtimeUnderTest is the binary the scripts run against.
type runtimeUnderTest struct {
	path string // absolute
	name string // "bulkhead", "runc", "crun": what --version says
	spec []byte // the config.json it writes
}

// runtimeKey and testKey find a block's runtime and test among its values.
type (
	runtimeKey struct{}
	testKey    struct{}
)

// findRuntime looks for the binary and asks it for its name.
func findRuntime(t *testing.T) *runtimeUnderTest {
	t.Helper()
	path := engine.Runtime(t)
	out, err := exec.Command(path, "--version").Output()
	if err != nil {
		t.Fatalf("%s --version: %v", path, err)
	}
	name, _, _ := strings.Cut(string(out), " ")
	spec, err := defaultSpec(path, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return &runtimeUnderTest{path: path, name: name, spec: spec}
}

// defaultSpec returns the config.json the runtime writes itself: the bundles
// start from it, so every block tests that it can be run.
func defaultSpec(path, dir string) ([]byte, error) {
	cmd := exec.Command(path, "spec")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%s spec: %w: %s", path, err, out)
	}
	return os.ReadFile(filepath.Join(dir, "config.json"))
}

// runtimeMain is the command "runtime" of scripts. A container that stays
// inherits the standard streams, and testscript would wait for it to close
// them: such a call gets files instead ($WORK/run.out and the like), whose
// content up to the runtime's end is passed on.
func runtimeMain() {
	path := os.Getenv("RUNTIME")
	args := append([]string{path, "--root", os.Getenv("STATE")}, os.Args[1:]...)
	verb, detached := detaches(os.Args[1:], os.Getenv("ID"))
	if !detached {
		die(unix.Exec(path, args, os.Environ()))
	}
	os.Exit(runToFiles(args, filepath.Join(os.Getenv("WORK"), verb)))
}

// detaches reports whether the command leaves a process behind, and its verb.
// Behind the container's id, which begins with id, the flags of exec are the
// process's.
func detaches(args []string, id string) (verb string, detached bool) {
	for _, arg := range args {
		switch {
		case verb == "exec" && strings.HasPrefix(arg, id):
			return verb, false
		case arg == "create":
			return arg, true
		case verb == "" && (arg == "run" || arg == "exec" || arg == "restore"):
			verb = arg
		case verb != "" && (arg == "-d" || arg == "--detach" || arg == "-dt"):
			return verb, true
		}
	}
	return verb, false
}

// runToFiles runs a command with files for its output, and lets base.out and
// base.err name those of the last one that was started.
func runToFiles(args []string, base string) int {
	cmd := exec.Command(args[0], args[1:]...)
	out, err := outputFile(base, "out")
	if err != nil {
		die(err)
	}
	defer out.Close()
	errs, err := outputFile(base, "err")
	if err != nil {
		die(err)
	}
	defer errs.Close()
	cmd.Stdout, cmd.Stderr = out, errs
	status := exitStatus(cmd.Run())
	passOn(out, os.Stdout)
	passOn(errs, os.Stderr)
	return status
}

func outputFile(base, ext string) (*os.File, error) {
	f, err := os.CreateTemp(filepath.Dir(base), ".output-")
	if err != nil {
		return nil, err
	}
	link := f.Name() + ".link"
	if err := os.Symlink(f.Name(), link); err != nil {
		return nil, err
	}
	return f, os.Rename(link, base+"."+ext)
}

// passOn copies from the file's beginning: the container may still write to
// its end.
func passOn(f, to *os.File) {
	data, err := os.ReadFile(f.Name())
	if err != nil {
		die(err)
	}
	to.Write(data)
}

// exitStatus tells a command's status the way a shell does.
func exitStatus(err error) int {
	if err == nil {
		return 0
	}
	exit, ok := err.(*exec.ExitError)
	if !ok {
		die(err)
	}
	ws := exit.Sys().(syscall.WaitStatus)
	if ws.Signaled() {
		return 128 + int(ws.Signal())
	}
	return ws.ExitStatus()
}

// statusMain is the command "status N CMD ARGS...".
func statusMain() {
	if len(os.Args) < 3 {
		die(fmt.Errorf("usage: status N CMD ARGS..."))
	}
	cmd := exec.Command(os.Args[2], os.Args[3:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	if got := fmt.Sprint(exitStatus(cmd.Run())); got != os.Args[1] {
		die(fmt.Errorf("exit status %s, want %s", got, os.Args[1]))
	}
}

func die(err error) {
	fmt.Fprintf(os.Stderr, "%s: %v\n", filepath.Base(os.Args[0]), err)
	os.Exit(125)
}
