package spec

import (
	"errors"
	"strings"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// A faultCase adds members to a configuration without faults. What it names
// once more is merged, as encoding/json does. The faults wanted are separated
// by line ends; none are wanted if there are none.
type faultCase struct {
	name    string
	members string
	want    string
}

const faultless = `"ociVersion": "1.3.0",
	"root": {"path": "rootfs"},
	"process": {"args": ["sh"], "cwd": "/"}`

func runFaultCases(t *testing.T, cases []faultCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := Parse([]byte("{" + faultless + "," + c.members + "}"))
			wantFaults(t, err, c.want)
		})
	}
}

func wantFaults(t *testing.T, err error, want string) {
	t.Helper()
	var faults Faults
	if err != nil && !errors.As(err, &faults) {
		t.Fatalf("error is a %T, want Faults: %v", err, err)
	}
	var lines []string
	for _, f := range faults {
		lines = append(lines, f.String())
	}
	if got := strings.Join(lines, "\n"); got != want {
		t.Errorf("faults:\n%s\nwant:\n%s", got, want)
	}
}

func TestCheckNil(t *testing.T) {
	if err := Check(nil); err == nil {
		t.Error("Check(nil) = nil")
	}
	if err := CheckProcess(nil); err == nil {
		t.Error("CheckProcess(nil) = nil")
	}
}

func TestCheckEmpty(t *testing.T) {
	wantFaults(t, Check(&specs.Spec{}), "ociVersion: required\n"+
		"root: root must be specified\n"+
		"process: process property must not be empty")
}

func TestVersion(t *testing.T) {
	for _, v := range []string{
		"1.0.0", "1.0.0-rc5", "1.0.0-rc5-dev", "1.0.2-dev", "1.3.0", "1.99.0", "1.3.0+build.7",
		"1.0.0-rc.1+x",
	} {
		if err := Check(versioned(v)); err != nil {
			t.Errorf("%q: %v", v, err)
		}
	}
	for _, v := range []string{"2.0.0", "0.5.0", "10.0.0"} {
		wantFaults(t, Check(versioned(v)),
			`ociVersion: must be 1.x, the versions supported here, not "`+v+`"`)
	}
	for _, v := range []string{
		"1", "1.0", "v1.0.0", "1.0.0.0", "1.0.x", "1..0", "01.0.0", "1.0.0-", "1.0.0+", "1.0.0-a..b",
		"1.0.0-a_b", " 1.0.0", "latest",
	} {
		wantFaults(t, Check(versioned(v)),
			`ociVersion: must be a semantic version such as 1.3.0, not "`+v+`"`)
	}
}

func versioned(v string) *specs.Spec {
	s := Template()
	s.Version = v
	return s
}

func TestRootAndNames(t *testing.T) {
	long := strings.Repeat("x", 65)
	runFaultCases(t, []faultCase{
		{"no path", `"root": {"path": ""}`, "root.path: required"},
		{"null byte", `"root": {"path": "a\u0000"}`, "root.path: contains a null byte"},
		{"read-only root of the host's mounts", `"root": {"readonly": true}`,
			"root.readonly: unable to make rootfs read-only without a private MNT namespace"},
		{"read-only root", `"root": {"readonly": true},
			"linux": {"namespaces": [{"type": "mount"}]}`, ""},
		{"host's name", `"hostname": "a", "domainname": "b"`,
			"hostname: unable to set hostname without a private UTS namespace\n" +
				"domainname: unable to set domainname without a private UTS namespace"},
		{"own name", `"hostname": "a", "domainname": "b",
			"linux": {"namespaces": [{"type": "uts"}]}`, ""},
		{"bad name", `"hostname": "a\nb", "domainname": "a\u0000",
			"linux": {"namespaces": [{"type": "uts"}]}`,
			"hostname: contains a control character\ndomainname: contains a control character"},
		{"long name", `"hostname": "` + long + `", "linux": {"namespaces": [{"type": "uts"}]}`,
			"hostname: must be at most 64 bytes, not 65"},
		{"annotation without a key", `"annotations": {"": "x"}`, "annotations: has an empty key"},
		{"annotation", `"annotations": {"a": ""}`, ""},
	})
}

func TestPlatforms(t *testing.T) {
	runFaultCases(t, []faultCase{
		{"windows", `"windows": {"layerFolders": ["x"]}`, "windows: not supported on Linux"},
		{"vm", `"vm": {"kernel": {"path": "/k"}}`, "vm: not supported on Linux"},
		{"solaris", `"solaris": {"milestone": "x"}`, "solaris: not supported on Linux"},
		{"zos", `"zos": {"namespaces": [{"type": "pid"}]}`, "zos: not supported on Linux"},
		{"freebsd", `"freebsd": {"jail": {}}`, "freebsd: not supported on Linux"},
		{"empty", `"windows": {}, "vm": {}, "solaris": {}, "zos": {}, "freebsd": {}`, ""},
		{"null", `"windows": null, "vm": null`, ""},
	})
}
