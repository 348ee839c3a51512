package container

import (
	"encoding/json"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/opencontainers/runc/libcontainer/seccomp"
	runcfeatures "github.com/opencontainers/runc/types/features"
	libseccomp "github.com/seccomp/libseccomp-golang"
)

// The version told to engines is that of go.mod.
func TestLibcontainerVersion(t *testing.T) {
	mod := content(t, "../../go.mod")
	want := regexp.MustCompile(`github\.com/opencontainers/runc v(\S+)`).FindStringSubmatch(mod)
	if want == nil || want[1] != libcontainerVersion {
		t.Errorf("go.mod has %q, we say %s", want, libcontainerVersion)
	}
}

// No list is empty and no claim is nil: engines take that for "unknown".
func TestFeaturesAreComplete(t *testing.T) {
	f := Features()
	complete(t, "features", reflect.ValueOf(*f))
	if f.OCIVersionMin != "1.0.0" || f.OCIVersionMax != "1.3.0" {
		t.Errorf("versions %s to %s", f.OCIVersionMin, f.OCIVersionMax)
	}
}

func complete(t *testing.T, name string, v reflect.Value) {
	t.Helper()
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			t.Errorf("%s is nil", name)
			return
		}
		complete(t, name, v.Elem())
	case reflect.Slice, reflect.Map, reflect.String:
		if v.Len() == 0 && (seccomp.Enabled || !strings.Contains(name, "Seccomp")) {
			t.Errorf("%s is empty", name)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			complete(t, name+"."+v.Type().Field(i).Name, v.Field(i))
		}
	}
}

func TestFeaturesLists(t *testing.T) {
	f := Features()
	for name, c := range map[string]struct{ have, want []string }{
		"hooks": {f.Hooks, []string{
			"prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop",
		}},
		"namespaces": {f.Linux.Namespaces, []string{
			"cgroup", "ipc", "mount", "network", "pid", "time", "user", "uts",
		}},
		"mounts":       {f.MountOptions, []string{"rro", "rbind", "tmpcopyup", "nosymfollow", "rslave"}},
		"capabilities": {f.Linux.Capabilities, []string{"CAP_CHOWN", "CAP_CHECKPOINT_RESTORE"}},
		"annotations":  {f.PotentiallyUnsafeConfigAnnotations, []string{"bundle", "org.systemd.property.", "org.criu.config"}},
	} {
		for _, w := range c.want {
			if !slices.Contains(c.have, w) {
				t.Errorf("%s: no %s in %q", name, w, c.have)
			}
		}
	}
	for key, want := range map[string]string{
		"org.opencontainers.runc.version":            libcontainerVersion,
		"org.opencontainers.runc.checkpoint.enabled": "true",
	} {
		if f.Annotations[key] != want {
			t.Errorf("%s: %q", key, f.Annotations[key])
		}
	}
}

// A caller may add annotations of its own.
func TestFeaturesAreFresh(t *testing.T) {
	Features().Annotations["x"] = "y"
	*Features().Linux.Cgroup.V1 = false
	f := Features()
	if _, there := f.Annotations["x"]; there || !*f.Linux.Cgroup.V1 {
		t.Error("two callers share one document")
	}
	if _, err := json.Marshal(f); err != nil {
		t.Error(err)
	}
}

func TestFeaturesSeccomp(t *testing.T) {
	s := Features().Linux.Seccomp
	if *s.Enabled != seccomp.Enabled {
		t.Errorf("seccomp: %v", *s.Enabled)
	}
	version := LibseccompVersion()
	if !seccomp.Enabled {
		if version != "" {
			t.Errorf("version %s of nothing", version)
		}
		t.Skip("built without seccomp")
	}
	linked := regexp.MustCompile(`^[0-9]+\.[0-9]+\.[0-9]+$`).MatchString(version)
	// The binding's filter is a pointer to the C library's.
	if _, binding := reflect.TypeFor[libseccomp.ScmpFilter]().FieldByName("filterCtx"); linked != binding {
		t.Errorf("version %q of libseccomp", version)
	}
	if _, claimed := Features().Annotations[runcfeatures.AnnotationLibseccompVersion]; claimed != linked {
		t.Errorf("libseccomp's version among the features: %v", claimed)
	}
	for _, want := range []string{"SCMP_ACT_NOTIFY", "SCMP_ACT_KILL_PROCESS"} {
		if !slices.Contains(s.Actions, want) {
			t.Errorf("no %s", want)
		}
	}
	for _, flag := range s.SupportedFlags {
		if !slices.Contains(s.KnownFlags, flag) {
			t.Errorf("%s is supported, not known", flag)
		}
	}
}
