package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"
	"golang.org/x/sys/unix"

	"github.com/bulkhead-oci/bulkhead/runtime/container"
	"github.com/bulkhead-oci/bulkhead/spec"
)

// prepared runs what comes before every command, and returns the --root that
// a command would see.
func prepared(t *testing.T, args ...string) (root string, err error) {
	t.Helper()
	keepLog(t)
	app := newApp()
	app.Commands = []*cli.Command{{Name: "look", Action: func(c *cli.Context) error {
		rt, err := runtimeOf(c)
		if err == nil {
			root = rt.Root
		}
		return err
	}}}
	err = app.Run(append(append([]string{"bulkhead"}, args...), "look"))
	return root, err
}

func TestRoot(t *testing.T) {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	ok(t, err)
	t.Chdir(dir)
	for in, want := range map[string]string{
		"/run/x": "/run/x", "rel": dir + "/rel", "./a/../b": dir + "/b", "/run/x/": "/run/x",
	} {
		if got, err := prepared(t, "--root", in); got != want || err != nil {
			t.Errorf("%s: %s, %v", in, got, err)
		}
	}
	for _, in := range []string{"/", "//", "/run/.."} {
		_, err := prepared(t, "--root", in)
		says(t, err, "Option --root argument should not be set to /")
	}
	_, err = prepared(t, "--rootless", "perhaps")
	mentions(t, err, "--rootless: ")
}

// XDG_RUNTIME_DIR is for ordinary users only.
func TestDefaultRoot(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root")
	}
	t.Setenv("XDG_RUNTIME_DIR", filepath.Join(t.TempDir(), "xdg"))
	if got := defaultRoot(); got != "/run/bulkhead" {
		t.Errorf("root's is %s", got)
	}
	if got := indexFor("/run/x"); got != "/run/bulkhead/.index" {
		t.Errorf("root's index is %s", got)
	}
	if got := xdgRoot(); got != os.Getenv("XDG_RUNTIME_DIR")+"/bulkhead" {
		t.Errorf("a user's is %s", got)
	}
	if got, err := prepared(t); got != "/run/bulkhead" || err != nil {
		t.Errorf("%s, %v", got, err)
	}
	if _, err := os.Stat(xdgRoot()); err == nil {
		t.Error("made a user's root")
	}
}

func TestUsable(t *testing.T) {
	dir := t.TempDir()
	ok(t, os.WriteFile(dir+"/file", nil, 0o600))
	for path, want := range map[string]bool{
		dir: true, dir + "/a/b": true, dir + "/file": false, dir + "/file/x": false, "/proc/x": false,
	} {
		if got := usable(path); got != want {
			t.Errorf("%s: %v", path, got)
		}
	}
}

func TestVersion(t *testing.T) {
	for _, args := range [][]string{{"--version"}, {"-v"}, {"--root", "/", "--version"}, {"--log", "/no/log", "-v"}} {
		out, err := commandLine(args...)
		ok(t, err)
		lines := strings.Split(out, "\n")
		if lines[0] != "bulkhead version "+version || !strings.Contains(out, "\nspec: 1.3.0\ngo: go1.") {
			t.Errorf("%q: %s", args, out)
		}
		seccomp := "\nseccomp: built in\n"
		if v := container.LibseccompVersion(); v != "" {
			seccomp = "\nlibseccomp: " + v + "\n"
		}
		if !strings.Contains(out, seccomp) || strings.Count(out, "version") != 1 {
			t.Errorf("%q: %s", args, out) // moby reads any line with that word
		}
	}
}

func TestWithoutCommand(t *testing.T) {
	keepLog(t)
	out, err := commandLine("--root", t.TempDir())
	if err != nil || !strings.Contains(out, "bulkhead makes containers from bundles") {
		t.Errorf("%v, %s", err, out)
	}
	out, err = commandLine("--root", t.TempDir(), "dance", "web1")
	says(t, err, "No help topic for 'dance'")
	if out != "" {
		t.Errorf("standard output: %s", out)
	}
}

func TestWriteSpec(t *testing.T) {
	keepLog(t)
	for _, rootless := range []bool{false, true} {
		dir := t.TempDir()
		args := []string{"spec", "-b", dir}
		if rootless {
			args = append(args, "--rootless")
		}
		_, err := commandLine(args...)
		ok(t, err)
		ok(t, os.Mkdir(filepath.Join(dir, "rootfs"), 0o700))
		s, err := spec.Load(dir)
		ok(t, err)
		if (len(s.Linux.UIDMappings) > 0) != rootless {
			t.Errorf("rootless %v: %+v", rootless, s.Linux.UIDMappings)
		}
		before, err := os.ReadFile(filepath.Join(dir, "config.json"))
		ok(t, err)
		_, err = commandLine(args...)
		says(t, err, "File "+dir+"/config.json exists. Remove it first")
		if after, err := os.ReadFile(filepath.Join(dir, "config.json")); err != nil || string(after) != string(before) {
			t.Errorf("the file has changed: %v", err)
		}
	}
	_, err := commandLine("spec", "--bundle", "/no/such")
	mentions(t, err, "no such file or directory")
}

func TestFeatures(t *testing.T) {
	keepLog(t)
	out, err := commandLine("--root", t.TempDir(), "features")
	ok(t, err)
	var f struct {
		OCIVersionMin string            `json:"ociVersionMin"`
		Hooks         []string          `json:"hooks"`
		Annotations   map[string]string `json:"annotations"`
	}
	ok(t, json.Unmarshal([]byte(out), &f))
	if f.OCIVersionMin != "1.0.0" || len(f.Hooks) != 6 || f.Annotations["io.github.bulkhead-oci.version"] != version {
		t.Errorf("%+v", f)
	}
}

func TestList(t *testing.T) {
	keepLog(t)
	root := t.TempDir()
	for line, want := range map[string]string{
		"list --format json": "null\n",
		"list -q":            "",
		"list":               "ID          PID         STATUS      BUNDLE      CREATED     OWNER\n",
	} {
		out, err := commandLine(append([]string{"--root", root}, strings.Fields(line)...)...)
		if err != nil || out != want {
			t.Errorf("%s: %q, %v", line, out, err)
		}
	}
	_, err := commandLine("--root", root, "list", "-f", "xml")
	says(t, err, "invalid format option: table and json are known")
	_, err = commandLine("--root", root+"/none", "list")
	mentions(t, err, "list: open "+root+"/none: no such file or directory")
}

func TestBadValues(t *testing.T) {
	keepLog(t)
	root := t.TempDir()
	for line, want := range map[string]string{
		"kill x NOPE":             `unknown signal "NOPE"`,
		"events x --interval 0":   "duration interval must be greater than 0",
		"events x --interval=-1s": "duration interval must be greater than 0",
		"ps -f xml x":             "invalid format option: table and json are known",
		"exec x":                  "exec failed: exec args cannot be empty",
		"exec -p /no/such x":      "exec failed: --process /no/such: ",
		"update x --memory 5Q":    "invalid value for memory: ",
		"update x -r /no/such":    "--resources: ",
		"state x":                 "container does not exist",
		"run x --preserve-fds 9":  "--preserve-fds: descriptor ",
	} {
		out, err := commandLine(append([]string{"--root", root}, strings.Fields(line)...)...)
		mentions(t, err, want)
		if out != "" {
			t.Errorf("%s: standard output: %s", line, out)
		}
	}
}

func TestPreservedFDs(t *testing.T) {
	const first = 300 // far from what else is open
	null, err := os.Open(os.DevNull)
	ok(t, err)
	defer null.Close()
	for fd := first; fd < first+3; fd++ {
		ok(t, unix.Dup2(int(null.Fd()), fd))
	}
	unix.CloseOnExec(first + 2)
	for _, n := range []int{0, -1} {
		if files, err := preservedFDs(first, n); len(files) != 0 || err != nil {
			t.Errorf("%d: %v, %v", n, files, err)
		}
	}
	_, err = preservedFDs(first+2, 1)
	says(t, err, "--preserve-fds: descriptor 302 (1 of 1) was not passed to us")
	_, err = preservedFDs(first+3, 2)
	says(t, err, "--preserve-fds: descriptor 303 (1 of 2) was not passed to us")
	files, err := preservedFDs(first, 2)
	ok(t, err)
	for i, f := range files {
		if int(f.Fd()) != first+i || f.Name() != "PreserveFD:"+[]string{"300", "301"}[i] {
			t.Errorf("%d is %d, %s", i, f.Fd(), f.Name())
		}
		ok(t, f.Close())
	}
	unix.Close(first + 2)
}

func TestListenFDs(t *testing.T) {
	null, err := os.Open(os.DevNull)
	ok(t, err)
	defer null.Close()
	for _, c := range []struct{ pid, n, names, want string }{
		{"self", "2", "web::x", "3 web true <nil>\n4 LISTEN_FD_4 true <nil>\n"},
		{"self", "1", "", "3 LISTEN_FD_3 true <nil>\n"},
		{"self", "0", "", ""},
		{"self", "-1", "", ""},
		{"self", "x", "", ""},
		{"1", "2", "", ""},
		{"", "2", "", ""},
	} {
		cmd := exec.Command("/proc/self/exe")
		cmd.ExtraFiles = []*os.File{null, null}
		cmd.Env = append(os.Environ(), childListens+"=1", "LISTEN_PID="+c.pid, "LISTEN_FDS="+c.n, "LISTEN_FDNAMES="+c.names)
		out, err := cmd.Output()
		if err != nil || string(out) != c.want {
			t.Errorf("%+v: %q, %v", c, out, err)
		}
	}
}

func TestAbsolute(t *testing.T) {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	ok(t, err)
	t.Chdir(dir)
	for in, want := range map[string]string{"": "", "/x": "/x", "x": dir + "/x"} {
		if got, err := absolute(in); got != want || err != nil {
			t.Errorf("%q: %q, %v", in, got, err)
		}
	}
}

func TestHookRunIsOurs(t *testing.T) {
	for _, args := range [][]string{nil, {"{}", "x"}} {
		if said := stderr(t, func() {
			if got := hookRun(args); got != 1 {
				t.Errorf("%q: %d", args, got)
			}
		}); !strings.Contains(said, "is called by the runtime itself") {
			t.Errorf("%q: %q", args, said)
		}
	}
}
