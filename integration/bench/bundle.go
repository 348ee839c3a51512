package main

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
)

// What dockerd 20.10 gave its runtime for docker run --rm IMAGE true, but for
// the root's path, names, and the hook that sets up the network. Sources that
// were files of the daemon's are in files/.
//
//go:embed testdata/docker-config.json
var dockerConfig []byte

// config is a config.json that works rewrite.
type config map[string]any

// An edit changes one thing of a config.
type edit func(config)

func newConfig() config {
	c := config{}
	if err := json.Unmarshal(dockerConfig, &c); err != nil {
		panic(err) // the file is a part of the program
	}
	return c
}

// object returns the object at a path of member names, made if need be.
func (c config) object(path ...string) map[string]any {
	at := map[string]any(c)
	for _, name := range path {
		next, ok := at[name].(map[string]any)
		if !ok {
			next = map[string]any{}
			at[name] = next
		}
		at = next
	}
	return at
}

// add appends values to the list called name of an object.
func add(object map[string]any, name string, values ...any) {
	list, _ := object[name].([]any)
	object[name] = append(list, values...)
}

func args(argv ...string) edit {
	return func(c config) { c.object("process")["args"] = argv }
}

func cgroupPath(path string) edit {
	return func(c config) { c.object("linux")["cgroupsPath"] = path }
}

func noSeccomp(c config) { delete(c.object("linux"), "seccomp") }

func memoryLimit(bytes int64) edit {
	return func(c config) { c.object("linux", "resources", "memory")["limit"] = bytes }
}

// ownCgroupNamespace is what Docker adds where it finds cgroup v2.
func ownCgroupNamespace(c config) {
	add(c.object("linux"), "namespaces", map[string]any{"type": "cgroup"})
}

// fewerControllers drops what Docker would not say where there is no such
// controller. All it says is zero, but crun wants the controller still.
func fewerControllers(c config) {
	resources := c.object("linux", "resources")
	for _, name := range []string{"memory", "cpu", "blockIO"} {
		if !hasController(name) {
			delete(resources, name)
		}
	}
}

// rooted puts paths in place: the root file system, and the directory that
// has the files which a daemon would bind.
func rooted(rootfs, files string) edit {
	return func(c config) {
		c.object("root")["path"] = rootfs
		mounts, _ := c["mounts"].([]any)
		for _, m := range mounts {
			m := m.(map[string]any)
			source, _ := m["source"].(string)
			if dir, name := filepath.Split(source); dir == "files/" {
				m["source"] = filepath.Join(files, name)
			}
		}
	}
}

// bindMounts adds n of them below /mnt of the container.
func bindMounts(n int, source string) edit {
	return func(c config) {
		for i := range n {
			add(c, "mounts", map[string]any{
				"destination": fmt.Sprintf("/mnt/%d", i), "type": "bind", "source": source,
				"options": []string{"rbind", "ro", "rprivate"},
			})
		}
	}
}

// seccompRules puts a profile of n rules, and one more, in place of Docker's.
// Each names a system call and a value of its first argument.
func seccompRules(n int) edit {
	names := []string{"kexec_load", "bpf", "keyctl", "add_key", "request_key", "mbind",
		"move_pages", "perf_event_open", "ptrace", "quotactl", "reboot", "setns", "swapon",
		"syslog", "umount2", "unshare", "userfaultfd", "acct", "chroot", "kcmp"}
	return func(c config) {
		rules := make([]any, n+1)
		for i := range rules {
			rules[i] = map[string]any{
				"names": []string{names[i%len(names)]}, "action": "SCMP_ACT_ERRNO",
				"args": []any{map[string]any{
					"index": 0, "value": 1000 + i/len(names), "op": "SCMP_CMP_EQ"}},
			}
		}
		c.object("linux")["seccomp"] = map[string]any{"defaultAction": "SCMP_ACT_ALLOW",
			"architectures": []string{"SCMP_ARCH_X86_64"}, "syscalls": rules}
	}
}

// deviceRules allows n more devices.
func deviceRules(n int) edit {
	return func(c config) {
		for i := range n {
			add(c.object("linux", "resources"), "devices", map[string]any{
				"allow": true, "type": "c", "major": 240, "minor": i, "access": "rw"})
		}
	}
}

// writeBundle makes a bundle directory with Docker's configuration, edited.
func writeBundle(dir string, edits ...edit) error {
	c := newConfig()
	for _, e := range edits {
		e(c)
	}
	data, err := json.Marshal(c)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "config.json"), data, 0o644)
}

// makeRootfs makes a root file system of a static busybox. It has all that
// runtimes would create in it, so that containers which start at once find the
// same.
func makeRootfs(dir string) error {
	for _, sub := range []string{"bin", "dev", "etc", "mnt", "proc", "sys"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o755); err != nil {
			return err
		}
	}
	if err := writeDaemonFiles(filepath.Join(dir, "etc")); err != nil {
		return err
	}
	busybox, err := exec.LookPath("busybox")
	if err != nil {
		return fmt.Errorf("%w (Debian package busybox-static)", err)
	}
	if err := copyProgram(busybox, filepath.Join(dir, "bin/busybox")); err != nil {
		return err
	}
	for _, applet := range []string{"true", "sleep"} {
		if err := os.Symlink("busybox", filepath.Join(dir, "bin", applet)); err != nil {
			return err
		}
	}
	return nil
}

// writeDaemonFiles writes what dockerd has containers bind over their own.
func writeDaemonFiles(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for name, text := range map[string]string{
		"hostname":    "bench\n",
		"hosts":       "127.0.0.1 localhost\n",
		"resolv.conf": "nameserver 127.0.0.1\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

func copyProgram(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o755)
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, in); err != nil {
		out.Close()
		return err
	}
	return out.Close()
}
