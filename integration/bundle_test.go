package integration

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"
)

const busybox = "/bin/busybox"

var applets = sync.OnceValues(func() ([]string, error) {
	out, err := exec.Command(busybox, "--list").Output()
	if err != nil {
		return nil, fmt.Errorf("list busybox's applets: %w", err)
	}
	return strings.Fields(string(out)), nil
})

// commands are what the scripts have beside testscript's own.
var commands = map[string]func(*testscript.TestScript, bool, []string){
	"bundle":  bundle,
	"args":    setArgs,
	"config":  config,
	"field":   field,
	"capture": capture,
	"pid":     pid,
	"alive":   alive,
	"cgroup":  cgroup,
	"waitfor": waitfor,
	"needs":   needs,
	"only":    only,
	"except":  except,
	"probe":   probe,
}

// bundle makes a bundle of its own for a block: a copy, since a container
// that may write would change the file of all the others through a link.
func bundle(ts *testscript.TestScript, neg bool, args []string) {
	noNeg(ts, neg, "bundle")
	if len(args) != 1 {
		ts.Fatalf("usage: bundle DIR")
	}
	rt := ts.Value(runtimeKey{}).(*runtimeUnderTest)
	ts.Check(makeBundle(ts.MkAbs(args[0]), rt.spec))
}

func makeBundle(dir string, spec []byte) error {
	rootfs := filepath.Join(dir, "rootfs")
	for _, sub := range []string{"bin", "dev", "etc", "proc", "sys", "root"} {
		if err := os.MkdirAll(filepath.Join(rootfs, sub), 0o755); err != nil {
			return err
		}
	}
	// Kept apart from the rest, since the umask takes bits away from MkdirAll.
	tmp := filepath.Join(rootfs, "tmp")
	if err := os.Mkdir(tmp, 0o700); err != nil {
		return err
	}
	if err := os.Chmod(tmp, 0o1777); err != nil {
		return err
	}
	if err := fillBin(filepath.Join(rootfs, "bin")); err != nil {
		return err
	}
	passwd := "root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000::/home/user:/bin/sh\n"
	if err := os.WriteFile(filepath.Join(rootfs, "etc/passwd"), []byte(passwd), 0o644); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "config.json"), spec, 0o644); err != nil {
		return err
	}
	return editConfig(dir, func(doc any) (any, error) {
		return setPaths(doc, "process.terminal", "false", "process.args", `["sleep","600"]`)
	})
}

func fillBin(bin string) error {
	names, err := applets()
	if err != nil {
		return err
	}
	data, err := os.ReadFile(busybox)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(bin, "busybox"), data, 0o755); err != nil {
		return err
	}
	for _, name := range names {
		if name == "busybox" {
			continue
		}
		if err := os.Symlink("busybox", filepath.Join(bin, name)); err != nil {
			return err
		}
	}
	return nil
}

// editConfig rewrites a bundle's config.json.
func editConfig(dir string, edit func(any) (any, error)) error {
	file := filepath.Join(dir, "config.json")
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var doc any
	if err := json.Unmarshal(data, &doc); err != nil {
		return err
	}
	if doc, err = edit(doc); err != nil {
		return err
	}
	if data, err = json.Marshal(doc); err != nil {
		return err
	}
	return os.WriteFile(file, data, 0o644)
}

func setPaths(doc any, pairs ...string) (any, error) {
	for i := 0; i < len(pairs); i += 2 {
		var value any
		if err := json.Unmarshal([]byte(pairs[i+1]), &value); err != nil {
			return nil, fmt.Errorf("%s: %w", pairs[i], err)
		}
		var err error
		if doc, err = setPath(doc, pairs[i], value); err != nil {
			return nil, err
		}
	}
	return doc, nil
}

// setArgs is "args DIR WORD...".
func setArgs(ts *testscript.TestScript, neg bool, args []string) {
	noNeg(ts, neg, "args")
	if len(args) < 2 {
		ts.Fatalf("usage: args DIR WORD...")
	}
	words := make([]any, 0, len(args))
	for _, word := range args[1:] {
		words = append(words, word)
	}
	ts.Check(editConfig(ts.MkAbs(args[0]), func(doc any) (any, error) {
		return setPath(doc, "process.args", words)
	}))
}

// config is "config DIR PATH JSON", "config DIR PATH @FILE" for JSON in a
// file, and "config DIR PATH-".
func config(ts *testscript.TestScript, neg bool, args []string) {
	noNeg(ts, neg, "config")
	if len(args) == 2 && strings.HasSuffix(args[1], "-") {
		args = append(args, "null")
	}
	if len(args) != 3 {
		ts.Fatalf("usage: config DIR PATH JSON, or config DIR PATH-")
	}
	value := args[2]
	if name, ok := strings.CutPrefix(value, "@"); ok {
		value = ts.ReadFile(name)
	}
	ts.Check(editConfig(ts.MkAbs(args[0]), func(doc any) (any, error) {
		return setPaths(doc, args[1], value)
	}))
}
