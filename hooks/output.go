package hooks

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	tailSize = 1 << 10 // of an output, kept for the error
	lineSize = 4 << 10 // of a line, handed to a Hook's Log
)

// A tail is a writer that keeps the end of what it is given.
type tail struct {
	kept  []byte
	total int64
}

func (t *tail) Write(p []byte) (int, error) {
	t.total += int64(len(p))
	t.kept = append(t.kept, p[max(0, len(p)-tailSize):]...)
	if over := len(t.kept) - tailSize; over > 0 {
		t.kept = append(t.kept[:0], t.kept[over:]...)
	}
	return len(p), nil
}

// String gives the tail as one printable line, with an ellipsis for what is
// missing in front.
func (t *tail) String() string {
	kept, cut := t.kept, ""
	if t.total > int64(len(kept)) {
		cut = "…"
		for len(kept) > 0 && !utf8.RuneStart(kept[0]) {
			kept = kept[1:]
		}
	}
	kept = bytes.TrimSpace(kept)
	if len(kept) == 0 {
		return ""
	}
	return cut + printable(kept)
}

// lines is a writer that cuts what it is given into lines for a Hook's Log.
type lines struct {
	log  func(string)
	rest []byte
}

func (l *lines) Write(p []byte) (int, error) {
	if l.log == nil {
		return len(p), nil
	}
	for _, b := range p {
		if b == '\n' || len(l.rest) == lineSize {
			l.log(printable(l.rest))
			l.rest = l.rest[:0]
		}
		if b != '\n' {
			l.rest = append(l.rest, b)
		}
	}
	return len(p), nil
}

// flush hands on a last line without an end.
func (l *lines) flush() {
	if len(l.rest) > 0 {
		l.log(printable(l.rest))
	}
}

// printable escapes what could move a terminal's cursor, start a new line in
// a log or hide text from a reader.
func printable(text []byte) string {
	var b strings.Builder
	for len(text) > 0 {
		r, n := utf8.DecodeRune(text)
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\x%02x`, text[0])
		case unicode.IsPrint(r):
			b.WriteRune(r)
		default:
			quoted := strconv.QuoteRune(r)
			b.WriteString(quoted[1 : len(quoted)-1])
		}
		text = text[n:]
	}
	return b.String()
}
