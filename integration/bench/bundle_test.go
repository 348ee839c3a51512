package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// written returns the config.json that edits give, as a runtime reads it.
func written(t *testing.T, edits ...edit) config {
	t.Helper()
	dir := t.TempDir()
	if err := writeBundle(dir, edits...); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(dir, "config.json"))
	if err != nil {
		t.Fatal(err)
	}
	c := config{}
	if err := json.Unmarshal(data, &c); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestDockerConfigIsWhole(t *testing.T) {
	c := written(t)
	if c["hooks"] != nil {
		t.Error("it has hooks")
	}
	if got := c.object("process")["args"]; !reflect.DeepEqual(got, []any{"true"}) {
		t.Errorf("it runs %v", got)
	}
	rules, _ := c.object("linux", "seccomp")["syscalls"].([]any)
	if len(rules) < 10 {
		t.Errorf("its profile has %d rules", len(rules))
	}
	// Paths of the machine that it was taken on have no place in it.
	for _, dir := range []string{"/var/lib", "/tmp/", "/run/"} {
		if strings.Contains(string(dockerConfig), dir) {
			t.Errorf("it names %s", dir)
		}
	}
}

func TestRooted(t *testing.T) {
	c := written(t, rooted("/box/rootfs", "/box/files"))
	if got := c.object("root")["path"]; got != "/box/rootfs" {
		t.Errorf("root is %v", got)
	}
	sources := map[string]string{}
	for _, m := range c["mounts"].([]any) {
		m := m.(map[string]any)
		sources[text(m["destination"])] = text(m["source"])
	}
	for target, want := range map[string]string{"/proc": "proc", "/etc/hosts": "/box/files/hosts",
		"/etc/hostname": "/box/files/hostname", "/etc/resolv.conf": "/box/files/resolv.conf"} {
		if sources[target] != want {
			t.Errorf("%s comes from %q, want %q", target, sources[target], want)
		}
	}
}

func TestEdits(t *testing.T) {
	plain := written(t)
	count := func(c config, list string, path ...string) int {
		all, _ := c.object(path...)[list].([]any)
		return len(all)
	}
	for _, test := range []struct {
		name      string
		edit      edit
		list      string
		path      []string
		want      int
		relatives bool // want is counted from what the plain config has
	}{
		{"args", args("sleep", "7"), "args", []string{"process"}, 2, false},
		{"mounts", bindMounts(30, "/src"), "mounts", nil, 30, true},
		{"rules", seccompRules(40), "syscalls", []string{"linux", "seccomp"}, 41, false},
		{"no seccomp", noSeccomp, "syscalls", []string{"linux", "seccomp"}, 0, false},
		{"devices", deviceRules(50), "devices", []string{"linux", "resources"}, 50, true},
		{"cgroup namespace", ownCgroupNamespace, "namespaces", []string{"linux"}, 1, true},
	} {
		want := test.want
		if test.relatives {
			want += count(plain, test.list, test.path...)
		}
		if got := count(written(t, test.edit), test.list, test.path...); got != want {
			t.Errorf("%s: %d, want %d", test.name, got, want)
		}
	}
	c := written(t, memoryLimit(5*mib), cgroupPath("/a/b"))
	if got := c.object("linux", "resources", "memory")["limit"]; got != float64(5*mib) {
		t.Errorf("limit %v", got)
	}
	if got := c.object("linux")["cgroupsPath"]; got != "/a/b" {
		t.Errorf("cgroup %v", got)
	}
}

// Rules that said the same would cost a runtime less than rules that differ.
func TestSeccompRulesDiffer(t *testing.T) {
	c := written(t, seccompRules(1000))
	seen := map[string]bool{}
	for _, rule := range c.object("linux", "seccomp")["syscalls"].([]any) {
		data, _ := json.Marshal(rule)
		if seen[string(data)] {
			t.Fatalf("twice: %s", data)
		}
		seen[string(data)] = true
	}
}
