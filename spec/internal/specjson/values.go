package specjson

// few is how many elements a list has room for at first.
const few = 4

// fresh sets a pointer to a new value.
func fresh[T any](p **T) *T {
	*p = new(T)
	return *p
}

// list reads an array. One without elements is empty, not nil.
func list[T any](d *decoder, v *[]T, element func(*decoder, *T)) {
	s := make([]T, 0, few)
	for begun := d.open('['); d.another(']', &begun); {
		var none T
		s = append(s, none)
		if !d.null() {
			element(d, &s[len(s)-1])
		}
	}
	*v = s
}

// texts reads an array of strings.
func (d *decoder) texts(v *[]string) {
	start := len(d.words)
	for begun := d.open('['); d.another(']', &begun); {
		e := ""
		if !d.null() {
			e = d.text()
		}
		d.words = append(d.words, e)
	}
	// Without room behind it, so that an append leaves the next list alone.
	*v = d.words[start:len(d.words):len(d.words)]
}

// dict reads an object whose names are its author's.
func dict[T any](d *decoder, v *map[string]T, element func(*decoder, *T)) {
	m := map[string]T{}
	var e, none T
	for begun := d.open('{'); d.another('}', &begun); {
		name := d.name()
		if e = none; !d.null() {
			element(d, &e)
		}
		n := len(m)
		if m[name] = e; len(m) == n {
			d.giveUp() // given twice
		}
	}
	*v = m
}
