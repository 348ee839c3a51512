package specjson

import (
	"strconv"
	"strings"
	"unicode/utf16"
)

// escaped reads the rest of a string from its first backslash on. Engines
// written in Go escape <, > and &, which shell commands and URLs are full of.
func (d *decoder) escaped(head string) string {
	var b strings.Builder
	b.WriteString(head)
	for d.at < len(d.doc) {
		c := d.doc[d.at]
		d.at++
		switch {
		case c == '"':
			return b.String()
		case c == '\\':
			b.WriteRune(d.escape())
		case c < ' ':
			d.giveUp()
		default:
			b.WriteByte(c)
		}
	}
	d.giveUp()
	return ""
}

// escape reads what follows a backslash.
func (d *decoder) escape() rune {
	if d.at == len(d.doc) {
		d.giveUp()
		return 0
	}
	c := d.doc[d.at]
	d.at++
	switch c {
	case '"', '\\', '/':
		return rune(c)
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	case 'u':
		return d.hex()
	}
	d.giveUp()
	return 0
}

// hex reads the four digits of a \u. Halves of a surrogate pair are left to
// encoding/json.
func (d *decoder) hex() rune {
	const digits = 4
	if len(d.doc)-d.at < digits {
		d.giveUp()
		return 0
	}
	n, err := strconv.ParseUint(d.doc[d.at:d.at+digits], 16, 16)
	d.at += digits
	if err != nil || utf16.IsSurrogate(rune(n)) {
		d.giveUp()
	}
	return rune(n)
}
