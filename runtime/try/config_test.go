package try

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/bulkhead-oci/bulkhead/spec"
)

func example() settings {
	return settings{
		args: []string{"true"}, env: []string{"PATH=/bin"}, cwd: "/", hostname: "try",
		root: "/mnt/view", limits: true,
		ids: &ids{uids: mapping(7, 65536), gids: mapping(7, 65536), base: 7, own: true},
		namespaces: []specs.LinuxNamespaceType{
			specs.PIDNamespace, specs.MountNamespace, specs.UserNamespace, specs.UTSNamespace,
			specs.CgroupNamespace, specs.NetworkNamespace, specs.IPCNamespace,
		},
	}
}

func mapping(host, size uint32) []specs.LinuxIDMapping {
	return []specs.LinuxIDMapping{{HostID: host, Size: size}}
}

// What the runtime would refuse must not come out of any settings.
func TestConfigIsValid(t *testing.T) {
	plain := example()
	plain.ids, plain.limits = nil, false
	plain.namespaces = slices.DeleteFunc(slices.Clone(plain.namespaces),
		func(k specs.LinuxNamespaceType) bool { return k == specs.UserNamespace })
	bound := example()
	bound.binds = []specs.Mount{bindMount(Bind{"/usr", "/a", true}, bound.ids)}
	for name, s := range map[string]settings{"usual": example(), "plain": plain, "bind": bound} {
		dir := t.TempDir()
		data, err := json.Marshal(s.config())
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "config.json"), data, 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := spec.Load(dir)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if w := spec.Warnings(got); len(w) > 0 {
			t.Errorf("%s: warnings %v", name, w)
		}
	}
}

func TestConfigIsSafe(t *testing.T) {
	c := example().config()
	if !c.Process.NoNewPrivileges {
		t.Error("new privileges are possible")
	}
	caps := c.Process.Capabilities
	for name, set := range map[string][]string{
		"bounding": caps.Bounding, "effective": caps.Effective, "permitted": caps.Permitted,
	} {
		if len(set) != 14 || slices.Contains(set, "CAP_SYS_ADMIN") {
			t.Errorf("%s: got %v", name, set)
		}
	}
	if len(caps.Inheritable)+len(caps.Ambient) > 0 {
		t.Errorf("inheritable %v, ambient %v: want none", caps.Inheritable, caps.Ambient)
	}
	if *c.Linux.Resources.Pids.Limit != maxTasks {
		t.Errorf("pids: got %d", *c.Linux.Resources.Pids.Limit)
	}
	for _, ns := range c.Linux.Namespaces {
		if ns.Path != "" {
			t.Errorf("%s namespace is joined: %s", ns.Type, ns.Path)
		}
	}
}

func TestTTYGroup(t *testing.T) {
	for _, tc := range []struct {
		gids []specs.LinuxIDMapping
		want bool
	}{
		{mapping(7, 65536), true}, {mapping(7, 6), true}, {mapping(7, 5), false},
		{mapping(7, 1), false},
		{[]specs.LinuxIDMapping{{Size: 1}, {ContainerID: 6, HostID: 100, Size: 10}}, false},
		{[]specs.LinuxIDMapping{{Size: 1}, {ContainerID: 5, HostID: 100, Size: 10}}, true},
	} {
		s := example()
		if s.ttyGroup = hasID(tc.gids, ttyGroup); s.ttyGroup != tc.want {
			t.Errorf("%v: got %v", tc.gids, s.ttyGroup)
		}
		i := slices.IndexFunc(s.mounts(), func(m specs.Mount) bool { return m.Type == "devpts" })
		if got := slices.Contains(s.mounts()[i].Options, "gid=5"); got != tc.want {
			t.Errorf("%v: gid=5 is %v", tc.gids, got)
		}
	}
}

func TestBindMount(t *testing.T) {
	got := bindMount(Bind{"/a", "/b", false}, nil)
	if want := []string{"bind", "rprivate", "nosuid", "nodev", "ro"}; !slices.Equal(got.Options, want) ||
		got.UIDMappings != nil {
		t.Errorf("got %+v", got)
	}
	got = bindMount(Bind{"/a", "/b", true}, &ids{uids: mapping(7, 9), gids: mapping(8, 9)})
	if want := []string{"bind", "rprivate", "nosuid", "nodev", "rw"}; !slices.Equal(got.Options, want) ||
		!slices.Equal(got.UIDMappings, mapping(7, 9)) || !slices.Equal(got.GIDMappings, mapping(8, 9)) {
		t.Errorf("got %+v", got)
	}
}

func TestEnvironment(t *testing.T) {
	caller := func(name string) (string, bool) {
		value, ok := map[string]string{"TERM": "xterm", "TOKEN": "s", "EMPTY": ""}[name]
		return value, ok
	}
	got := environment(caller, []string{"A=b=c", "EMPTY", "NONE", "TERM=dumb"})
	want := []string{"PATH=" + defaultPath, "HOME=/root", "USER=root", "container=bulkhead",
		"TERM=xterm", "A=b=c", "EMPTY=", "TERM=dumb"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
}

func TestCheck(t *testing.T) {
	good := Options{Size: "25%", Cwd: "/", Hostname: "try"}
	if err := good.Check(); err != nil {
		t.Error(err)
	}
	for _, size := range []string{"1", "4096k", "2g", "007M", "100%"} {
		o := good
		if o.Size = size; o.Check() != nil {
			t.Errorf("size %s is refused", size)
		}
	}
	bad := map[string]func(*Options){
		"relative": func(o *Options) { o.Cwd = "tmp" },
		"no name":  func(o *Options) { o.Hostname = "" },
		"spaces":   func(o *Options) { o.Hostname = "a b" },
		"newline":  func(o *Options) { o.Hostname = "a\n1.2.3.4" },
		"long":     func(o *Options) { o.Hostname = string(make([]byte, 65)) },
	}
	for _, size := range []string{"", "0", "00k", "-1", "1,mode=0777", "1t", "%", "1 "} {
		bad["size "+size] = func(o *Options) { o.Size = size }
	}
	for name, spoil := range bad {
		o := good
		if spoil(&o); o.Check() == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}
