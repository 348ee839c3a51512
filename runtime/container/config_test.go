package container

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"github.com/opencontainers/runc/libcontainer/configs"
	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/bulkhead-oci/bulkhead/spec"
)

func TestRealBundle(t *testing.T) {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	ok(t, err)
	real := filepath.Join(dir, "real")
	ok(t, os.Mkdir(real, 0o700))
	ok(t, os.Symlink("real", filepath.Join(dir, "link")))
	t.Chdir(dir)
	for _, in := range []string{"real", "./real/", "link", "link/.", dir + "/link", "real/../link"} {
		if got, err := realBundle(in); err != nil || got != real {
			t.Errorf("%s: %s, %v", in, got, err)
		}
	}
	t.Chdir(real)
	if got, err := realBundle(""); err != nil || got != real {
		t.Errorf("none given: %s, %v", got, err)
	}
	_, err = realBundle("nothing")
	mentions(t, err, "bundle: ")
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

func TestAnchor(t *testing.T) {
	for in, want := range map[string]string{
		"rootfs": "/b/rootfs", "../x": "/x", "/abs": "/abs", "a/./b": "/b/a/b",
	} {
		s := &specs.Spec{Root: &specs.Root{Path: in}}
		anchor(s, "/b")
		if s.Root.Path != want {
			t.Errorf("root %s: %s", in, s.Root.Path)
		}
	}
	for _, c := range []struct {
		source string
		option string
		want   string
	}{
		{"data", "bind", "/b/data"},
		{"data", "rbind", "/b/data"},
		{"/data", "bind", "/data"},
		{"tmpfs", "ro", "tmpfs"},
		{"overlay", "lowerdir=bind", "overlay"},
		{"", "rbind", "/b"},
	} {
		s := &specs.Spec{Root: new(specs.Root), Mounts: []specs.Mount{
			{Source: "first", Options: []string{"nosuid"}},
			{Source: c.source, Options: []string{"ro", c.option}},
		}}
		anchor(s, "/b")
		if got := s.Mounts[1].Source; got != c.want || s.Mounts[0].Source != "first" {
			t.Errorf("%s, %s: %s", c.source, c.option, got)
		}
	}
}

func TestSetBundle(t *testing.T) {
	for _, c := range []struct{ in, want []string }{
		{nil, []string{"bundle=/b"}},
		{[]string{"bundle=/cwd"}, []string{"bundle=/b"}},
		{[]string{"a=b", "bundle=/cwd"}, []string{"a=b", "bundle=/b"}},
		{[]string{"bundle=/trap", "bundle=/cwd"}, []string{"bundle=/trap", "bundle=/b"}},
		{[]string{"a=b"}, []string{"a=b", "bundle=/b"}},
	} {
		config := &configs.Config{Labels: slices.Clone(c.in)}
		setBundle(config, "/b")
		if !slices.Equal(config.Labels, c.want) {
			t.Errorf("%q: %q", c.in, config.Labels)
		}
	}
}

// An annotation is an engine's user's to set: it must not become the bundle,
// from where exec reads config.json.
func TestBundleAnnotationLoses(t *testing.T) {
	r := newRuntime(t)
	for range 20 { // libcontainer takes annotations in no order
		s := spec.Template()
		s.Annotations = map[string]string{"bundle": "/trap", "a": "1=2", "z": "", "bundle=x": "/trap"}
		config, err := r.libcontainerConfig("x", "/b", s, configOptions{})
		ok(t, err)
		bundle, annotations := labels(config)
		if bundle != "/b" {
			t.Fatalf("the bundle is %s", bundle)
		}
		if annotations["a"] != "1=2" || len(annotations) != 2 {
			t.Fatalf("annotations: %q", annotations)
		}
	}
}

func TestLibcontainerConfig(t *testing.T) {
	r := newRuntime(t)
	s := spec.Template()
	s.Root.Readonly = true
	s.Annotations = map[string]string{"k": "v"}
	config, err := r.libcontainerConfig("web1", "/b", s, configOptions{})
	ok(t, err)
	if config.Rootfs != "/b/rootfs" || !config.Readonlyfs || config.Version != s.Version {
		t.Errorf("root: %s, %v, %s", config.Rootfs, config.Readonlyfs, config.Version)
	}
	if config.NoPivotRoot || config.NoNewKeyring || config.RootlessEUID != (os.Geteuid() != 0) {
		t.Errorf("options: %+v", config)
	}
	if len(config.Mounts) != len(s.Mounts) || len(config.Namespaces) != len(s.Linux.Namespaces) {
		t.Errorf("%d mounts, %d namespaces", len(config.Mounts), len(config.Namespaces))
	}
	if len(config.Hooks) != 0 {
		t.Error("it has hooks")
	}
	if want := []string{"k=v", "bundle=/b"}; !reflect.DeepEqual(config.Labels, want) {
		t.Errorf("labels: %q", config.Labels)
	}
}

func TestConfigOptions(t *testing.T) {
	r := newRuntime(t)
	r.Rootless = Always
	config, err := r.libcontainerConfig("web1", "/b", spec.Template(),
		configOptions{noPivot: true, noNewKeyring: true})
	ok(t, err)
	if !config.NoPivotRoot || !config.NoNewKeyring || !config.RootlessCgroups {
		t.Errorf("%v %v %v", config.NoPivotRoot, config.NoNewKeyring, config.RootlessCgroups)
	}
}

func TestConfigCgroup(t *testing.T) {
	for _, c := range []struct {
		systemd            bool
		path               string
		slice, scope, name string
		want               string
	}{
		{false, "", "", "", "web1", ""},
		{false, "/some/where", "", "", "", "/some/where"},
		{true, "", "", "bulkhead", "web1", ""},
		{true, "my.slice:docker:abc", "my.slice", "docker", "abc", ""},
	} {
		r := newRuntime(t)
		r.SystemdCgroup = c.systemd
		s := spec.Template()
		s.Linux.CgroupsPath = c.path
		config, err := r.libcontainerConfig("web1", "/b", s, configOptions{})
		ok(t, err)
		cg := config.Cgroups
		if cg.Systemd != c.systemd || cg.ScopePrefix != c.scope || cg.Path != c.want ||
			c.name != "" && cg.Name != c.name || c.slice != "" && cg.Parent != c.slice {
			t.Errorf("%+v: %+v", c, cg)
		}
	}
}

func TestConfigRefused(t *testing.T) {
	s := spec.Template()
	s.Linux.Namespaces = append(s.Linux.Namespaces, s.Linux.Namespaces[0])
	_, err := newRuntime(t).libcontainerConfig("x", "/b", s, configOptions{})
	mentions(t, err, "duplicated ns")
}

func TestRuntimeCheck(t *testing.T) {
	for _, c := range []struct {
		root, index string
		fine        bool
	}{
		{"/run/x", "/run/x/.index", true},
		{"/run/x", "/tmp", true},
		{"", "/tmp", false},
		{"/run/x", "", false},
		{"relative", "/tmp", false},
		{"/run/x", "./tmp", false},
		{"/", "/tmp", false},
		{"//", "/tmp", false},
		{"/run/..", "/tmp", false},
		{"/run/x", "/", false},
	} {
		err := (&Runtime{Root: c.root, Index: c.index}).check()
		if (err == nil) != c.fine {
			t.Errorf("%q, %q: %v", c.root, c.index, err)
		}
	}
}

func TestRootlessCgroups(t *testing.T) {
	needRoot(t)
	for mode, want := range map[Rootless]bool{Always: true, Never: false, Auto: false} {
		for _, systemd := range []bool{true, false} {
			r := &Runtime{Rootless: mode, SystemdCgroup: systemd}
			if got := r.rootlessCgroups(); got != want {
				t.Errorf("%v, %v: %v", mode, systemd, got)
			}
		}
	}
}
