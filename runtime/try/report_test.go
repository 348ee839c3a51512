package try

import (
	"bytes"
	"strings"
	"testing"
)

func TestMissing(t *testing.T) {
	v := &view{}
	v.lack("overlay (x): %s can only be read", "/usr")
	v.lack("user namespaces", "")
	v.lack("overlay (x): %s can only be read", "/100%s")
	want := "overlay (x): /usr, /100%s can only be read; user namespaces"
	if got := missing(v.lacks); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestAnnounce(t *testing.T) {
	v := &view{scratch: t.TempDir(), ids: ids{base: 7}}
	s := example()
	for _, tc := range []struct {
		lacks []lack
		quiet bool
		first string
		lines int
	}{
		{nil, true, "", 0},
		{nil, false, "in here: pid 1 · hostname try · network: lo only", 3},
		{[]lack{{what: "overlay"}}, true, "missing: overlay", 1},
		{[]lack{{what: "overlay"}}, false, "missing: overlay\nin here: ", 4},
	} {
		var b bytes.Buffer
		v.lacks = tc.lacks
		v.announce(&b, s, tc.quiet)
		if !strings.HasPrefix(b.String(), tc.first) || strings.Count(b.String(), "\n") != tc.lines {
			t.Errorf("lacks %v, quiet %v: got %q", tc.lacks, tc.quiet, b.String())
		}
	}
}

func TestHuman(t *testing.T) {
	for bytes, want := range map[uint64]string{
		0: "0 MiB", 4 << 20: "4 MiB", 1023 << 20: "1023 MiB", 1 << 30: "1.0 GiB", 3 << 29: "1.5 GiB",
	} {
		if got := human(bytes); got != want {
			t.Errorf("%d: got %s, want %s", bytes, got, want)
		}
	}
}
