package container

import "testing"

func TestUnifiedCgroup(t *testing.T) {
	for text, want := range map[string]string{
		"0::/\n":                                 "/",
		"9:name=systemd:/\n8:pids:/x\n0::/a/b\n": "/a/b",
		"0::/a b:c":                              "/a b:c",
		"8:pids:/x\n":                            "",
		"0::/../other\n":                         "",
		"10::/x\n":                               "",
		"":                                       "",
	} {
		if got := unifiedCgroup(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

// The write changes nothing, whichever thread it is made from.
func TestGracePeriodMovesNothing(t *testing.T) {
	before := content(t, "/proc/self/cgroup")
	for range 20 {
		beginGracePeriod()
	}
	writeMainThread()
	if after := content(t, "/proc/self/cgroup"); after != before {
		t.Errorf("our cgroups were\n%s\nand are\n%s", before, after)
	}
}
