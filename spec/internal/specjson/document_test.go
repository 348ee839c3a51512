package specjson_test

import (
	"strings"
	"testing"

	"github.com/bulkhead-oci/bulkhead/spec/internal/specjson"
)

func nested(n int) string {
	return `{"x":` + strings.Repeat("[", n) + strings.Repeat("]", n) + `}`
}

func TestTaken(t *testing.T) {
	for name, text := range map[string]string{
		"nothing":         `{}`,
		"space":           " {\t\"hostname\"\r\n: \"x\" }\n",
		"null":            `{"hostname":null,"mounts":null,"linux":null,"annotations":null,"windows":null}`,
		"null elements":   `{"mounts":[null],"process":{"args":[null],"user":{"additionalGids":[null]}}}`,
		"null values":     `{"annotations":{"a":null},"linux":{"netDevices":{"eth0":null}}}`,
		"empty":           `{"mounts":[],"annotations":{},"linux":{"sysctl":{}},"process":{"args":[]}}`,
		"any order":       `{"linux":{},"hostname":"x","ociVersion":"1.0.2"}`,
		"escapes":         `{"hostname":"\"\\\/\b\f\n\r\t\u003c\u20AC\u0000"}`,
		"escaped name":    `{"ho\u0073tname":"x"}`,
		"unicode":         `{"hostname":"é€😀","annotations":{"ключ":"\u043a"}}`,
		"unknown":         `{"x":{"hostname":[1,-2,true,false,null,"\u0041",{}]},"hostname":"x"}`,
		"unknown twice":   `{"x":1,"x":2}`,
		"unknown, nested": nested(30),
		"one more list":   `{"process":{"args":["a","b"],"env":["c"]},"mounts":[{"options":["d"]}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			if !agree(t, []byte(text), specjson.Spec) {
				t.Error("not taken")
			}
		})
	}
}

// TestLeft has what encoding/json has to decide.
func TestLeft(t *testing.T) {
	for name, text := range map[string]string{
		"empty":              "",
		"null":               "null",
		"list":               "[]",
		"byte order mark":    "\ufeff{}",
		"trailing":           "{} {}",
		"trailing NUL":       "{}\x00",
		"no end":             `{"hostname":"x"`,
		"no end of string":   `{"hostname":"x`,
		"no end of escape":   `{"hostname":"\`,
		"no end of digits":   `{"hostname":"\u00`,
		"trailing comma":     `{"hostname":"x",}`,
		"leading comma":      `{,"hostname":"x"}`,
		"no comma":           `{"hostname":"x" "domainname":"y"}`,
		"no colon":           `{"hostname" "x"}`,
		"no value":           `{"hostname":}`,
		"comma in list":      `{"mounts":[,]}`,
		"trailing, list":     `{"process":{"args":["x",]}}`,
		"other case":         `{"Hostname":"x"}`,
		"other case, folded": `{"hoſtname":"x"}`,
		"twice":              `{"hostname":"x","hostname":"x"}`,
		"null, twice":        `{"hostname":null,"hostname":"x"}`,
		"key twice":          `{"annotations":{"a":"b","a":"b"}}`,
		"key twice, objects": `{"linux":{"netDevices":{"a":{},"a":{}}}}`,
		"windows":            `{"windows":{}}`,
		"control character":  "{\"hostname\":\"\t\"}",
		"control, escaped":   "{\"hostname\":\"\\n\t\"}",
		"unknown escape":     `{"hostname":"\x41"}`,
		"quote":              `{"hostname":"\'"}`,
		"not hexadecimal":    `{"hostname":"\u00g0"}`,
		"signed hexadecimal": `{"hostname":"\u+041"}`,
		"surrogates":         `{"hostname":"\ud83d\ude00"}`,
		"not UTF-8":          "{\"hostname\":\"\xff\"}",
		"not UTF-8, unknown": "{\"x\":\"\xff\"}",
		"literal":            `{"process":{"terminal":tru}}`,
		"longer literal":     `{"process":{"terminal":truest}}`,
		"longer null":        `{"hostname":nulls}`,
		"string of number":   `{"process":{"oomScoreAdj":"1"}}`,
		"fraction":           `{"process":{"oomScoreAdj":1.0}}`,
		"exponent":           `{"process":{"oomScoreAdj":1e2}}`,
		"leading zero":       `{"process":{"oomScoreAdj":01}}`,
		"negative, leading":  `{"process":{"oomScoreAdj":-01}}`,
		"plus":               `{"process":{"oomScoreAdj":+1}}`,
		"minus alone":        `{"process":{"oomScoreAdj":-}}`,
		"negative":           `{"process":{"user":{"uid":-1}}}`,
		"negative zero":      `{"process":{"user":{"uid":-0}}}`,
		"beyond 16 bits":     `{"linux":{"resources":{"blockIO":{"weight":65536}}}}`,
		"beyond 32 bits":     `{"process":{"user":{"uid":4294967296}}}`,
		"beyond 32, signed":  `{"process":{"scheduler":{"nice":2147483648}}}`,
		"beyond 64 bits":     `{"linux":{"resources":{"cpu":{"shares":18446744073709551616}}}}`,
		"unknown fraction":   `{"x":1.5}`,
		"unknown, deep":      nested(40),
	} {
		t.Run(name, func(t *testing.T) {
			if agree(t, []byte(text), specjson.Spec) {
				t.Error("taken")
			}
		})
	}
}

// TestListsApart makes sure that lists, which lie in one array, do not grow
// into each other.
func TestListsApart(t *testing.T) {
	p := specjson.Process([]byte(`{"args":["a","b"],"env":["c"]}`))
	p.Args = append(p.Args, "d")
	if p.Env[0] != "c" {
		t.Errorf("env = %q after args grew", p.Env)
	}
}

// TestOwnMemory makes sure that the caller may use data again.
func TestOwnMemory(t *testing.T) {
	data := []byte(`{"cwd":"/a"}`)
	p := specjson.Process(data)
	clear(data)
	if p.Cwd != "/a" {
		t.Errorf("cwd = %q after the document was cleared", p.Cwd)
	}
}
