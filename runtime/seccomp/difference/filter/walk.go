package filter

import "math/rand/v2"

// walker follows a program along a random path and picks the arguments that
// lead there as it goes.
type walker struct {
	random *rand.Rand
	data   *Words
	chosen uint32 // a bit for each word that has its value
}

// Walk fills in the arguments of data, number and architecture being there,
// such that the program takes one of its paths, each about as likely as any
// other. What the path does not read gets a value of interest too. One word
// may be given.
func (p *Program) Walk(random *rand.Rand, data *Words, interest []Value, given *Value) {
	w := walker{random: random, data: data, chosen: 3}
	if given != nil {
		data[given.Word] = given.Value
		w.chosen |= 1 << given.Word
	}
	word, mask := uint32(0), ^uint32(0)
	for pc := uint32(0); p.code[pc].op != ret; {
		in := p.code[pc]
		yes := true
		switch in.op {
		case load:
			word, mask = in.k, ^uint32(0)
		case and:
			mask &= in.k
		case jeq, jgt, jge, jset:
			if w.chosen&(1<<word) == 0 {
				p.choose(&w, in, word, mask, interest)
			}
			yes = decide(in, data[word]&mask)
		}
		pc = target(in, yes)
	}
	for word := uint32(2); word < uint32(len(data)); word++ {
		if w.chosen&(1<<word) == 0 {
			data[word] = w.any(interest)
		}
	}
}

// choose gives the word a value with which the comparison comes out one way
// or the other, the way with more paths behind it more often; every other
// time a value that matters to some comparison or other, since the word may be
// compared again further on.
func (p *Program) choose(w *walker, in instruction, word, mask uint32, interest []Value) {
	w.chosen |= 1 << word
	if w.random.IntN(2) == 0 {
		w.data[word] = w.any(interest)
		return
	}
	t, f := p.paths[in.jt], p.paths[in.jf]
	value := satisfy(w.random, in, w.random.Float64()*(t+f) < t)
	// bits that the program does not look at are anything
	switch w.random.IntN(4) {
	case 0:
		value |= ^mask
	case 1:
		value = value&mask | w.random.Uint32()&^mask
	default:
		value &= mask
	}
	w.data[word] = value
}

// satisfy is a value for which the comparison has the outcome, near the
// compared one most of the time. It may miss where there is none.
func satisfy(random *rand.Rand, in instruction, yes bool) uint32 {
	k := in.k
	switch {
	case in.op == jeq && yes, in.op == jge && yes && random.IntN(2) == 0,
		in.op == jgt && !yes && random.IntN(2) == 0:
		return k
	case in.op == jset && yes:
		return k & -k
	case in.op == jset:
		return ^k
	case in.op == jeq:
		return [...]uint32{k + 1, k - 1, 0, ^uint32(0), random.Uint32()}[random.IntN(5)]
	case yes:
		return between(random, k, ^uint32(0))
	}
	return between(random, 0, k)
}

// between is a value between two others, near one of them or not.
func between(random *rand.Rand, low, high uint32) uint32 {
	switch random.IntN(4) {
	case 0:
		return min(low+1, high)
	case 1:
		return max(high-1, low)
	case 2:
		return low
	}
	return low + uint32(random.Uint64N(uint64(high-low)+1))
}

func (w *walker) any(interest []Value) uint32 {
	switch n := len(interest); {
	case n == 0 || w.random.IntN(4) == 0:
		return w.random.Uint32() >> w.random.IntN(32)
	default:
		return interest[w.random.IntN(n)].Value + uint32(w.random.IntN(3)) - 1
	}
}
