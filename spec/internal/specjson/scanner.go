package specjson

import (
	"strconv"
	"strings"
)

// A decoder reads a document from its start to its end. The strings it
// decodes are parts of the document, not copies.
type decoder struct {
	doc string
	at  int
	// bad says that the decoder gave up. It then stands at the document's
	// end, where nothing can be read, so that no caller has to ask.
	bad bool
	// objects are those being read, each inside the one before it.
	objects []members
	// words is where lists of strings lie, one behind the other.
	words []string
}

func newDecoder(doc string) *decoder {
	// Half of the quotes begin a string. The bound is for documents made of
	// quotes; append goes beyond it.
	const most = 2048
	n := min(strings.Count(doc, `"`)/2, most)
	// No type of the specification is deeper.
	const depth = 8
	return &decoder{doc: doc, words: make([]string, 0, n), objects: make([]members, 0, depth)}
}

func (d *decoder) giveUp() {
	d.bad, d.at = true, len(d.doc)
}

// peek returns the first byte of the next token, 0 at the end.
func (d *decoder) peek() byte {
	for ; d.at < len(d.doc); d.at++ {
		switch c := d.doc[d.at]; c {
		case ' ', '\n', '\t', '\r':
		default:
			return c
		}
	}
	return 0
}

// take reads the byte c, which must come next.
func (d *decoder) take(c byte) bool {
	if d.peek() != c {
		d.giveUp()
		return false
	}
	d.at++
	return true
}

// word reads true, false or null. What follows is not looked at: it must be a
// token that can stand behind a value, which no letter is part of.
func (d *decoder) word(w string) {
	if !strings.HasPrefix(d.doc[d.at:], w) {
		d.giveUp()
		return
	}
	d.at += len(w)
}

// null reads a null, if one comes next.
func (d *decoder) null() bool {
	if d.peek() != 'n' {
		return false
	}
	d.word("null")
	return true
}

func boolean(d *decoder, v *bool) {
	if *v = d.peek() == 't'; *v {
		d.word("true")
	} else {
		d.word("false")
	}
}

// integer reads a number and returns it as written. A fraction or an exponent
// is left standing and makes the next token a wrong one.
func (d *decoder) integer() string {
	d.peek()
	start := d.at
	if strings.HasPrefix(d.doc[start:], "-") {
		d.at++
	}
	first := d.at
	for d.at < len(d.doc) && d.doc[d.at]-'0' <= 9 {
		d.at++
	}
	number := d.doc[start:d.at]
	if d.at == first || d.at > first+1 && d.doc[first] == '0' {
		d.giveUp()
	}
	return number
}

func signed[T ~int | ~int32 | ~int64](d *decoder, v *T) {
	n, err := strconv.ParseInt(d.integer(), 10, 64)
	if *v = T(n); err != nil || int64(*v) != n {
		d.giveUp()
	}
}

func unsigned[T ~uint | ~uint16 | ~uint32 | ~uint64](d *decoder, v *T) {
	n, err := strconv.ParseUint(d.integer(), 10, 64)
	if *v = T(n); err != nil || uint64(*v) != n {
		d.giveUp()
	}
}

func text[T ~string](d *decoder, v *T) { *v = T(d.text()) }

// text reads a string.
func (d *decoder) text() string {
	if !d.take('"') {
		return ""
	}
	start := d.at
	for ; d.at < len(d.doc); d.at++ {
		switch c := d.doc[d.at]; {
		case c == '"':
			d.at++
			return d.doc[start : d.at-1]
		case c == '\\':
			return d.escaped(d.doc[start:d.at])
		case c < ' ':
			d.giveUp()
			return ""
		}
	}
	d.giveUp()
	return ""
}
