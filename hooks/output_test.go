package hooks

import (
	"strings"
	"testing"
)

func TestTail(t *testing.T) {
	long := strings.Repeat("0123456789abcdef", tailSize/16)
	for _, c := range []struct {
		name   string
		writes []string
		want   string
	}{
		{"nothing", nil, ""},
		{"blank", []string{"\n \n"}, ""},
		{"line", []string{"oo", "ps\n"}, "oops"},
		{"lines", []string{"a\nb\r\n"}, `a\nb`},
		{"just fits", []string{long}, long},
		{"one too many", []string{"x" + long}, "…" + long},
		{"in two", []string{"xy", long}, "…" + long},
		{"shifted", []string{long, "xyz"}, "…" + long[3:] + "xyz"},
		{"far too long", []string{long, long, "\n", long}, "…" + long},
		{"cut rune", []string{"ü", long[1:]}, "…" + long[1:]},
		{"escape sequence", []string{"\x1b]0;x\a"}, `\x1b]0;x\a`},
		{"hidden text", []string{"a\u202eb\u200b"}, `a\u202eb\u200b`},
		{"no UTF-8", []string{"a\xff\xc3"}, `a\xff\xc3`},
		{"other letters", []string{"früh 日本"}, "früh 日本"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var w tail
			for _, s := range c.writes {
				if n, err := w.Write([]byte(s)); n != len(s) || err != nil {
					t.Fatalf("Write: %d, %v", n, err)
				}
			}
			if got := w.String(); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
