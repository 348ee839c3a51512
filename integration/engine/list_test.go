package engine

import "testing"

func TestInList(t *testing.T) {
	const list = "# a comment\n\nTestA # lacks a thing\nTestB/* # lacks another\n"
	for name, want := range map[string]bool{
		"TestA": true, "TestA/sub": false, "TestB": false, "TestB/sub": true, "TestC": false, "a comment": false,
	} {
		got, err := inList(list, name)
		if err != nil || got != want {
			t.Errorf("%s: got %v, %v", name, got, err)
		}
	}
	for _, bad := range []string{"TestA\n", "TestA #\n", "Test[ # bad pattern\n"} {
		if _, err := inList(bad, "TestZ"); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}

func TestCgroupPath(t *testing.T) {
	const hybrid = "8:pids:/a/b\n5:cpu,cpuacct:/c\n1:name=systemd:/d\n0::/e\n"
	for _, tc := range []struct {
		controller string
		unified    bool
		want       string
	}{
		{"pids", false, "pids/a/b"}, {"cpuacct", false, "cpuacct/c"}, {"memory", false, ""},
		{"pids", true, "/e"}, {"memory", true, "/e"},
	} {
		got, ok := cgroupPath(hybrid, tc.controller, tc.unified)
		if got != tc.want || ok != (tc.want != "") {
			t.Errorf("%s, unified %v: got %q, %v", tc.controller, tc.unified, got, ok)
		}
	}
}
