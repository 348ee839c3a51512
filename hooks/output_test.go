package hooks

import (
	"io"
	"os"
	"strings"
	"testing"
)

// stopped is a drain whose reading in the background has ended.
func stopped(r *os.File, to io.Writer) *drain {
	d := &drain{r: r, to: to, done: make(chan struct{})}
	close(d.done)
	return d
}

func TestDrainTakesTheRest(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = w.Close() }()
	if _, err := w.WriteString("the rest"); err != nil {
		t.Fatal(err)
	}
	var to tail
	stopped(r, &to).stop()
	if got := to.String(); got != "the rest" {
		t.Errorf("got %q", got)
	}
}

func TestDrainTakesNoMoreThanAPipe(t *testing.T) {
	endless, err := os.Open("/dev/zero")
	if err != nil {
		t.Fatal(err)
	}
	var to tail
	stopped(endless, &to).stop()
	if to.total != pipeSize {
		t.Errorf("read %d bytes, want %d", to.total, pipeSize)
	}
}

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
