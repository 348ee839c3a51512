package main

import (
	"slices"
	"testing"
)

func TestOptions(t *testing.T) {
	t.Setenv("PEERS", "/a/runc  crun")
	o, err := parseOptions([]string{"-only", "run,exec", "-quick"})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(o.peers, []string{"/a/runc", "crun"}) {
		t.Errorf("peers %q", o.peers)
	}
	if !o.wants("exec") || o.wants("state") || !o.quick || o.rounds > 5 {
		t.Errorf("options %+v", o)
	}
	o, err = parseOptions([]string{"-peers", "x"})
	if err != nil || !slices.Equal(o.peers, []string{"x"}) {
		t.Errorf("peers %q, %v", o.peers, err)
	}
	for _, bad := range [][]string{{"-only", "walk"}, {"stray"}, {"-rounds", "0"},
		{"-hybrid", "-private-cgroup2"}} {
		if _, err := parseOptions(bad); err == nil {
			t.Errorf("%q: no error", bad)
		}
	}
}
