package main

import (
	"slices"
	"testing"
)

func TestParseVersion(t *testing.T) {
	for _, test := range []struct{ out, kind, name string }{
		{"runc version 1.5.2\ncommit: v1.5.2\nspec: 1.3.0\n", "runc", "runc 1.5.2"},
		{"crun version 1.27.1\n", "crun", "crun 1.27.1"},
		{"bulkhead version 0.1.0-dev", "bulkhead", "bulkhead 0.1.0-dev"},
		{"", "", ""},
		{"usage: thing [FLAGS]\n", "", ""},
	} {
		if got := parseVersion(test.out); got.Kind != test.kind || got.Name != test.name {
			t.Errorf("%q: %+v", test.out, got)
		}
	}
}

func TestNameApart(t *testing.T) {
	var all []*contender
	for _, path := range []string{"/bin/ours", "/opt/runc-pie", "/opt/runc-static", "/usr/runc-pie"} {
		name := "runc 1.6.0"
		if path == "/bin/ours" {
			name = "bulkhead 1"
		}
		all = append(all, &contender{path: path, version: version{Name: name}})
	}
	nameApart(all)
	var names []string
	for _, c := range all {
		names = append(names, c.Name)
	}
	want := []string{"bulkhead 1", "runc 1.6.0 (runc-pie)", "runc 1.6.0 (runc-static)",
		"runc 1.6.0 (runc-pie) #2"}
	if !slices.Equal(names, want) {
		t.Errorf("got %q, want %q", names, want)
	}
}
