package main

import (
	"bytes"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// TestUpToDate fails when runtime-spec was updated and its types were not
// studied anew.
func TestUpToDate(t *testing.T) {
	want, err := source(reflect.TypeFor[specs.Spec]())
	if err != nil {
		t.Fatal(err)
	}
	const file = "../types.go"
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is not what runtime-spec %s asks for: run go generate ./spec/...",
			file, specs.Version)
	}
}

type (
	decodesItself struct{}
	decodesText   int
	plain         struct {
		A int `json:"a"`
	}
)

func (*decodesItself) UnmarshalJSON([]byte) error { return nil }

func (*decodesText) UnmarshalText([]byte) error { return nil }

func TestRefused(t *testing.T) {
	many := make([]reflect.StructField, maxMembers+1)
	for i := range many {
		name := "F" + strings.Repeat("x", i)
		tag := reflect.StructTag(`json:"` + name + `"`)
		many[i] = reflect.StructField{Name: name, Type: reflect.TypeFor[int](), Tag: tag}
	}
	for name, c := range map[string]struct {
		value any
		want  string
	}{
		"own decoder": {decodesItself{}, "decoder of its own"},
		"member": {struct {
			A *decodesItself `json:"a"`
		}{}, "decoder of its own"},
		"element": {struct {
			A []decodesText `json:"a"`
		}{}, "decoder of its own"},
		"lists in a list": {struct {
			A [][]string `json:"a"`
		}{}, "no function"},
		"float": {struct {
			A float64 `json:"a"`
		}{}, "no function"},
		"interface": {struct {
			A any `json:"a"`
		}{}, "no function"},
		"bytes": {struct {
			A []byte `json:"a"`
		}{}, "no function"},
		"pointers in a list": {struct {
			A []*plain `json:"a"`
		}{}, "no function"},
		"numbers as names": {struct {
			A map[int]string `json:"a"`
		}{}, "no function"},
		"no name": {struct{ A int }{}, "plain field"},
		"left out": {struct {
			A int `json:"-"`
		}{}, "plain field"},
		"unexported": {reflect.New(reflect.StructOf([]reflect.StructField{{
			Name: "a", PkgPath: "a", Type: reflect.TypeFor[int](), Tag: `json:"a"`,
		}})).Elem().Interface(), "plain field"},
		"same name": {struct {
			A int `json:"a"`
			B int `json:"A"`
		}{}, "plain field"},
		"embedded with a name": {struct {
			plain `json:"b"`
		}{}, "plain field"},
		"pointer embedded": {struct{ *plain }{}, "plain field"},
		"quoted": {struct {
			A int `json:"a,string"`
		}{}, "unknown option"},
		"too many": {reflect.New(reflect.StructOf(many)).Elem().Interface(), "more than 32"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := source(reflect.TypeOf(c.value))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error = %v, want %q", err, c.want)
			}
		})
	}
}

func TestLower(t *testing.T) {
	for name, want := range map[string]string{
		"Spec": "spec", "LinuxCPU": "linuxCPU", "POSIXRlimit": "posixRlimit", "CPU": "cpu",
	} {
		if got := lower(name); got != want {
			t.Errorf("lower(%q) = %q, want %q", name, got, want)
		}
	}
}
