package spec

import (
	"encoding/json"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"
)

func TestTemplateIsFaultless(t *testing.T) {
	if err := Check(Template()); err != nil {
		t.Errorf("Check(Template()) = %v", err)
	}
	s := Template()
	Rootless(s, 1000, 100)
	if err := Check(s); err != nil {
		t.Errorf("Check(rootless template) = %v", err)
	}
}

func TestRootless(t *testing.T) {
	s := Template()
	Rootless(s, 1000, 100)
	for _, ns := range s.Linux.Namespaces {
		if ns.Type == specs.NetworkNamespace {
			t.Error("network namespace kept")
		}
	}
	if last := s.Linux.Namespaces[len(s.Linux.Namespaces)-1]; last.Type != specs.UserNamespace {
		t.Errorf("last namespace is %q, want user", last.Type)
	}
	if s.Linux.Resources != nil {
		t.Error("resources kept")
	}
	if m := s.Linux.UIDMappings; len(m) != 1 || m[0] != (specs.LinuxIDMapping{HostID: 1000, Size: 1}) {
		t.Errorf("uidMappings = %v", m)
	}
	if m := s.Linux.GIDMappings; len(m) != 1 || m[0] != (specs.LinuxIDMapping{HostID: 100, Size: 1}) {
		t.Errorf("gidMappings = %v", m)
	}
	want := map[string]string{
		"/dev/pts": `{"destination":"/dev/pts","type":"devpts","source":"devpts",` +
			`"options":["nosuid","noexec","newinstance","ptmxmode=0666","mode=0620"]}`,
		"/sys": `{"destination":"/sys","type":"none","source":"/sys",` +
			`"options":["rbind","nosuid","noexec","nodev","ro"]}`,
		"/proc": `{"destination":"/proc","type":"proc","source":"proc"}`,
	}
	for _, m := range s.Mounts {
		got, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		if w := want[m.Destination]; w != "" && string(got) != w {
			t.Errorf("mount %s = %s, want %s", m.Destination, got, w)
		}
	}
}

func TestRootlessWithoutLinux(t *testing.T) {
	s := &specs.Spec{}
	Rootless(s, 1, 2)
	if len(s.Linux.Namespaces) != 1 || s.Linux.Namespaces[0].Type != specs.UserNamespace {
		t.Errorf("namespaces = %v", s.Linux.Namespaces)
	}
}
