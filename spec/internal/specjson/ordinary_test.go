package specjson_test

import (
	"bytes"
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"

	root "github.com/bulkhead-oci/bulkhead/spec"
	"github.com/bulkhead-oci/bulkhead/spec/internal/specjson"
)

type (
	spec      = specs.Spec
	process   = specs.Process
	resources = specs.LinuxResources
)

// ordinaryFiles are what engines and `runc spec` write.
var ordinaryFiles = []string{
	"testdata/containerd.json",
	"testdata/podman.json",
	"testdata/runc.json",
	"../../testdata/docker.json",
	"../../../integration/bench/testdata/docker-config.json",
}

func readFile(tb testing.TB, name string) []byte {
	tb.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		tb.Fatal(err)
	}
	return data
}

func marshal(tb testing.TB, v any) []byte {
	tb.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		tb.Fatal(err)
	}
	return data
}

// TestOrdinary is the promise of the package: these are taken.
func TestOrdinary(t *testing.T) {
	documents := map[string][]byte{}
	for _, name := range ordinaryFiles {
		documents[name] = readFile(t, name)
	}
	template := root.Template()
	documents["template"] = marshal(t, template)
	root.Rootless(template, 1000, 1000)
	documents["rootless template"] = marshal(t, template)
	for name, data := range documents {
		t.Run(name, func(t *testing.T) {
			wantTaken(t, data, specjson.Spec)
			var members struct{ Process, Linux json.RawMessage }
			if err := json.Unmarshal(data, &members); err != nil {
				t.Fatal(err)
			}
			wantTaken(t, members.Process, specjson.Process)
			var linux struct{ Resources json.RawMessage }
			if err := json.Unmarshal(members.Linux, &linux); err != nil {
				t.Fatal(err)
			}
			if linux.Resources != nil {
				wantTaken(t, linux.Resources, specjson.Resources)
			}
		})
	}
}

// wantTaken has the document decoded as it is, compact and indented.
func wantTaken[T any](t *testing.T, data []byte, direct func([]byte) *T) {
	t.Helper()
	var compact, indented bytes.Buffer
	if err := json.Compact(&compact, data); err != nil {
		t.Fatal(err)
	}
	if err := json.Indent(&indented, data, "\r\n", "\t"); err != nil {
		t.Fatal(err)
	}
	for _, form := range [][]byte{data, compact.Bytes(), indented.Bytes()} {
		if !agree(t, form, direct) {
			t.Errorf("not taken: %s", form)
		}
	}
}

func TestEveryField(t *testing.T) {
	wantTaken(t, marshal(t, everyField[spec]()), specjson.Spec)
	wantTaken(t, marshal(t, everyField[process]()), specjson.Process)
	wantTaken(t, marshal(t, everyField[resources]()), specjson.Resources)

	// The test is worth as much as what it fills in.
	if text := string(marshal(t, everyField[spec]())); strings.Contains(text, ":null") ||
		!strings.Contains(text, `"valueTwo":18446744073709551615`) {
		t.Error("a field without a value")
	}
}

// everyField returns a T in which everything for Linux has a value: the
// largest of numbers, two elements of lists.
func everyField[T any]() *T {
	v := new(T)
	fill(reflect.ValueOf(v).Elem())
	return v
}

func fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem())
	case reflect.Struct:
		for i := range v.NumField() {
			if platform := v.Type().Field(i).Tag.Get("platform"); v.Field(i).Kind() != reflect.Pointer ||
				platform == "" || strings.Contains(platform, "linux") {
				fill(v.Field(i))
			}
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		fill(v.Index(0))
		fill(v.Index(1))
	case reflect.Map:
		element := reflect.New(v.Type().Elem()).Elem()
		fill(element)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(reflect.ValueOf("a <key>"), element)
		v.SetMapIndex(reflect.ValueOf("schlüssel"), element)
	case reflect.String:
		v.SetString("a & b")
	case reflect.Bool:
		v.SetBool(true)
	default:
		fillNumber(v)
	}
}

func fillNumber(v reflect.Value) {
	if v.CanUint() {
		v.SetUint(1<<v.Type().Bits() - 1)
	} else {
		v.SetInt(-1 << (v.Type().Bits() - 1))
	}
}
