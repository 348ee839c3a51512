package spec

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

func TestSyntaxFaults(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"empty", "", "must be a JSON object, found an empty document"},
		{"blank", " \n", "must be a JSON object, found an empty document"},
		{"null", " null\n", "must be a JSON object, not null"},
		{"array", "[]", "expected object, found array"},
		{"number", "7", "expected object, found number"},
		{"string", `"x"`, "expected object, found string"},
		{"boolean", "true", "expected object, found boolean"},
		{"first line", "{x}", "invalid JSON at 1:2: invalid character 'x' " +
			"looking for beginning of object key string"},
		{"third line", "{\n\t\"root\": {\n\t\t\"path\": }\n}",
			"invalid JSON at 3:11: invalid character '}' looking for beginning of value"},
		{"truncated", `{"root":`, "invalid JSON at 1:8: unexpected end of JSON input"},
		{"second document", "{}\n{}", "invalid JSON at 2:1: invalid character '{' " +
			"after top-level value"},
		{"deep", strings.Repeat("[", 20000), "invalid JSON at 1:10001: invalid character '[' " +
			"exceeded max depth"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Parse([]byte(c.text))
			wantFaults(t, err, c.want)
		})
	}
}

func TestTypeFaults(t *testing.T) {
	runFaultCases(t, []faultCase{
		{"all of them", `"process": {"args": "sh", "env": ["A=b", 5], "user": {"uid": -1, "gid": 1.5,
			"umask": 4294967296, "additionalGids": [1, "2"]}, "terminal": "yes", "oomScoreAdj": 1e3},
			"root": "rootfs", "mounts": {}, "annotations": {"a": 1, "b.c": true},
			"linux": {"resources": {"memory": {"limit": "64M"}, "blockIO": {"weight": 65536,
				"weightDevice": [{"major": true}]}}, "sysctl": ["x"],
				"seccomp": {"syscalls": [{"names": [1], "args": [{"value": -1}]}]}}`,
			`process.args: expected array of strings, found string
process.env[1]: expected string, found 5
process.user.uid: expected integer from 0 to 4294967295, found -1
process.user.gid: expected integer, found 1.5
process.user.umask: expected integer from 0 to 4294967295, found 4294967296
process.user.additionalGids[1]: expected integer, found "2"
process.terminal: expected true or false, found "yes"
process.oomScoreAdj: expected integer, found 1e3
root: expected object, found string
mounts: expected array of objects, found object
annotations.a: expected string, found 1
annotations["b.c"]: expected string, found true
linux.resources.memory.limit: expected integer, found "64M"
linux.resources.blockIO.weight: expected integer from 0 to 65535, found 65536
linux.resources.blockIO.weightDevice[0].major: expected integer, found true
linux.sysctl: expected object of strings, found array
linux.seccomp.syscalls[0].names[0]: expected string, found 1
linux.seccomp.syscalls[0].args[0].value: expected integer from 0 to 18446744073709551615, found -1
linux.seccomp.defaultAction: string "" is not a valid action for seccomp
linux.seccomp.syscalls[0].action: string "" is not a valid action for seccomp
linux.seccomp.syscalls[0].args[0].op: string "" is not a valid operator for seccomp`},
		{"beside other faults", `"process": {"cwd": "x", "oomScoreAdj": "y"}, "hostname": "h"`,
			`process.oomScoreAdj: expected integer, found "y"` + "\n" +
				`process.cwd: Cwd must be an absolute path, not "x"` + "\n" +
				"hostname: unable to set hostname without a private UTS namespace"},
		{"other case", `"HOSTNAME": 5, "Linux": {"CGROUPSPATH": 6}`,
			"hostname: expected string, found 5\nlinux.cgroupsPath: expected string, found 6"},
		{"the first of doubles", `"domainname": 5, "domainname": ""`,
			"domainname: expected string, found 5"},
		{"null and unknown members", `"hooks": null, "mounts": [], "x": {"y": [[1, {}]]},
			"linux": {"x": [[[]]], "resources": {"memory": {"limit": null}}}`, ""},
		{"unknown beside wrong", `"x": {"y": [[1, {}]]}, "hostname": [1, [2]]`,
			"hostname: expected string, found array"},
	})
}

func TestTypeFaultValues(t *testing.T) {
	long := strings.Repeat("9", 1000)
	_, err := ParseProcess([]byte(`{"args": ["x"], "cwd": "/", "oomScoreAdj": ` + long + `}`))
	wantFaults(t, err, "oomScoreAdj: expected integer from "+
		"-9223372036854775808 to 9223372036854775807, found "+long[:64]+"…")

	long = strings.Repeat("é", 1000)
	_, err = ParseProcess([]byte(`{"args": ["x"], "cwd": "/", "oomScoreAdj": "` + long + `"}`))
	wantFaults(t, err, `oomScoreAdj: expected integer, found "`+long[:64]+`…"`)
}

func TestManyFaults(t *testing.T) {
	_, err := ParseProcess([]byte(`{"args": ["x"], "cwd": "/", "env": [` +
		strings.Repeat("1,", 150) + `1]}`))
	faults, ok := err.(Faults)
	if !ok || len(faults) != 101 {
		t.Fatalf("%T with %d faults", err, len(faults))
	}
	if got := faults[100].String(); got != "and 51 more" {
		t.Errorf("last fault: %s", got)
	}
}

// TestExplainAgrees makes sure that a member of a wrong type never passes: a
// walk that finds nothing hands on what encoding/json said.
func TestExplainAgrees(t *testing.T) {
	err := &json.UnmarshalTypeError{Value: "x", Type: reflect.TypeFor[int]()}
	_, got := explain[struct{}]([]byte("{}"), err)
	wantFaults(t, got, err.Error())
}
