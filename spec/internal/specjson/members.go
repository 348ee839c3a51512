package specjson

import "strings"

// maxDepth is how deep members that nobody knows may be nested. encoding/json
// goes further, and has a limit, too.
const maxDepth = 32

// members is an object being read.
type members struct {
	names []string
	seen  uint32 // a bit for each of names
	at    int    // the last one found, as an index into names
	begun bool
}

// end stands for the index of a member when there is no more.
const end = -1

// object begins an object whose members have the given names, or reads null,
// which leaves what it stands for as it is. It returns the first member.
func (d *decoder) object(names []string) int {
	if d.null() {
		return end
	}
	begun := d.open('{')
	d.objects = append(d.objects, members{names: names, at: -1, begun: begun})
	return d.member()
}

// member goes to the next member that has a value to decode and returns its
// index.
func (d *decoder) member() int {
	m := &d.objects[len(d.objects)-1]
	for d.another('}', &m.begun) {
		name := d.name()
		switch {
		case !m.find(name):
			d.other(name, m.names)
		case !d.null():
			return m.at
		}
	}
	d.objects = d.objects[:len(d.objects)-1]
	return end
}

// name reads the name of a member and the colon behind it.
func (d *decoder) name() string {
	name := d.text()
	d.take(':')
	return name
}

// find looks for the member from the last one on: engines write them in the
// order of the types. One given twice is not found.
func (m *members) find(name string) bool {
	for i, k := 0, m.at; i < len(m.names); i++ {
		if k++; k == len(m.names) {
			k = 0
		}
		if m.names[k] == name {
			m.at = k
			twice := m.seen&(1<<k) != 0
			m.seen |= 1 << k
			return !twice
		}
	}
	return false
}

// other reads a member that was not found. Names are alike for encoding/json
// when they differ in case only, so what resembles one of ours may be ours.
func (d *decoder) other(name string, names []string) {
	for _, n := range names {
		if strings.EqualFold(n, name) {
			d.giveUp()
		}
	}
	d.skip(maxDepth)
}

// open reads the start of an object or array, of which nothing else has been
// read: that is what it returns.
func (d *decoder) open(start byte) (begun bool) {
	d.take(start)
	return false
}

// another reports whether one more element follows before end. begun tells
// the first, which has no comma before it, from the others.
func (d *decoder) another(end byte, begun *bool) bool {
	if d.peek() == end {
		d.at++
		return false
	}
	if *begun {
		return d.take(',')
	}
	*begun = true
	return !d.bad
}

// skip reads a value of any type, depth levels of it.
func (d *decoder) skip(depth int) {
	if depth == 0 {
		d.giveUp()
	}
	switch d.peek() {
	case '{':
		for begun := d.open('{'); d.another('}', &begun); {
			d.name()
			d.skip(depth - 1)
		}
	case '[':
		for begun := d.open('['); d.another(']', &begun); {
			d.skip(depth - 1)
		}
	case '"':
		d.text()
	case 't':
		d.word("true")
	case 'f':
		d.word("false")
	case 'n':
		d.word("null")
	default:
		d.integer()
	}
}
