package filter

// search visits every comparison that calls of the architecture, and of the
// number where there is one, can come to.
type search struct {
	arch uint32
	nr   *uint32
	// visit gets the word that is compared and the bits that are looked at.
	visit func(in instruction, word, mask uint32)
}

type place struct {
	pc, word, mask uint32
}

func (p *Program) search(s search) {
	clear(p.seen)
	todo := []place{{}}
	for len(todo) > 0 {
		at := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		in := p.code[at.pc]
		if in.op == ret || p.seen[at.pc]&(1<<at.word) != 0 {
			continue
		}
		p.seen[at.pc] |= 1 << at.word
		switch in.op {
		case load:
			todo = append(todo, place{in.jt, in.k, ^uint32(0)})
		case and:
			todo = append(todo, place{in.jt, at.word, at.mask & in.k})
		case jump:
			todo = append(todo, place{in.jt, at.word, at.mask})
		default:
			todo = s.follow(todo, in, at)
		}
	}
}

// follow adds the ways on from a comparison: one where the value is known.
func (s *search) follow(todo []place, in instruction, at place) []place {
	known := uint32(0)
	switch {
	case at.word == 1:
		known = s.arch
	case at.word == 0 && s.nr != nil:
		known = *s.nr
	default:
		s.visit(in, at.word, at.mask)
		return append(todo, place{in.jt, at.word, at.mask}, place{in.jf, at.word, at.mask})
	}
	return append(todo, place{target(in, decide(in, known&at.mask)), at.word, at.mask})
}

// Numbers adds the system call numbers that the program compares with in
// calls of the architecture.
func (p *Program) Numbers(arch uint32, into map[uint32]bool) {
	p.search(search{arch: arch, visit: func(in instruction, word, _ uint32) {
		if word == 0 {
			into[in.k] = true
		}
	}})
}

// Value is something that a word of a call is compared with.
type Value struct {
	Word  uint32
	Value uint32
}

// Interest appends the values that the program compares words of arguments
// with in that call.
func (p *Program) Interest(arch, nr uint32, values []Value) []Value {
	p.search(search{arch: arch, nr: &nr, visit: func(in instruction, word, mask uint32) {
		values = append(values, Value{word, in.k})
		if mask != ^uint32(0) {
			values = append(values, Value{word, in.k | ^mask}, Value{word, in.k ^ (mask & -mask)})
		}
	}})
	return values
}

func target(in instruction, yes bool) uint32 {
	if yes {
		return in.jt
	}
	return in.jf
}

// decide is the outcome of a comparison with a known value.
func decide(in instruction, a uint32) bool {
	switch in.op {
	case jeq:
		return a == in.k
	case jgt:
		return a > in.k
	case jge:
		return a >= in.k
	}
	return a&in.k != 0
}
