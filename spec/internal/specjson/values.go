package specjson

// fresh sets a pointer to a new value.
func fresh[T any](p **T) *T {
	*p = new(T)
	return *p
}

// list reads an array. One without elements is empty, not nil.
func list[T any](d *decoder, v *[]T, element func(*decoder, *T)) {
	const few = 4
	s := make([]T, 0, few)
	d.take('[')
	for begun := false; d.another(']', &begun); {
		var zero T
		s = append(s, zero)
		if !d.null() {
			element(d, &s[len(s)-1])
		}
	}
	*v = s
}

// texts reads an array of strings.
func (d *decoder) texts(v *[]string) {
	start := len(d.words)
	d.take('[')
	for begun := false; d.another(']', &begun); {
		d.words = append(d.words, "")
		if !d.null() {
			d.words[len(d.words)-1] = d.text()
		}
	}
	// Without room behind it, so that an append leaves the next list alone.
	*v = d.words[start:len(d.words):len(d.words)]
}

// dict reads an object whose names are its author's.
func dict[T any](d *decoder, v *map[string]T, element func(*decoder, *T)) {
	m := map[string]T{}
	d.take('{')
	for begun := false; d.another('}', &begun); {
		name := d.name()
		var e T
		if !d.null() {
			element(d, &e)
		}
		if _, twice := m[name]; twice {
			d.giveUp()
		}
		m[name] = e
	}
	*v = m
}
