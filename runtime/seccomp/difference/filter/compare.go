package filter

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
)

// Difference is a call on which two filters do not agree.
type Difference struct {
	Data        Words
	Left, Right uint32
}

func (d *Difference) String() string {
	return fmt.Sprintf("arch %#x number %#x words %#x: %#x, %#x",
		d.Data[1], d.Data[0], d.Data[firstArgument:], d.Left, d.Right)
}

// Range is some system call numbers, the first and the one behind the last.
type Range struct{ From, To uint32 }

// Area is what of an architecture is compared.
type Area struct {
	Audit   uint32
	Numbers []Range
}

// Comparison compares filters. Walks is about how many calls with chosen
// arguments it makes of one pair.
type Comparison struct {
	Random *rand.Rand
	Walks  int
	// Calls counts the calls made.
	Calls int
	// Accept may let a difference pass.
	Accept func(*Difference) bool
}

// edge are numbers of no system call, but on the border of something.
var edge = []uint32{
	0xffffffff, 0xfffffffe, 0x7fffffff, 0x80000000, 0x3fffffff, 0x40000000, 0xbfffffff,
	0xc0000000, 0xffff, 0x10000, 0xffffff9c, 0xffffff9b, 0xffffff38, 0xffffd8f0, 1000, 3999, 4999,
}

// Compare gives the first difference of two filters that is not accepted.
func (c *Comparison) Compare(left, right *Program, areas []Area) *Difference {
	var deep []Words
	for _, area := range areas {
		for _, nr := range numbers(left, right, area) {
			data := Words{nr, area.Audit}
			d, reads := c.try(left, right, &data)
			if d != nil {
				return d
			}
			if reads {
				deep = append(deep, data)
			}
		}
	}
	for _, data := range deep {
		if d := c.walk(left, right, data, max(8, c.Walks/len(deep))); d != nil {
			return d
		}
	}
	return nil
}

// numbers are all that belong to the architecture, those around any that
// the programs mention, and some beyond.
func numbers(left, right *Program, area Area) []uint32 {
	mentioned := map[uint32]bool{}
	left.Numbers(area.Audit, mentioned)
	right.Numbers(area.Audit, mentioned)
	inside := func(nr uint32) bool {
		for _, r := range area.Numbers {
			if nr >= r.From && nr < r.To {
				return true
			}
		}
		return false
	}
	all := append([]uint32{}, edge...)
	for _, nr := range slices.Sorted(maps.Keys(mentioned)) {
		for _, near := range [...]uint32{nr - 1, nr, nr + 1} {
			if !inside(near) {
				all = append(all, near)
			}
		}
	}
	for _, r := range area.Numbers {
		for nr := r.From; nr < r.To; nr++ {
			all = append(all, nr)
		}
	}
	return all
}

func (c *Comparison) try(left, right *Program, data *Words) (d *Difference, reads bool) {
	c.Calls++
	l, readsLeft := left.Run(data)
	r, readsRight := right.Run(data)
	if l != r {
		d = &Difference{Data: *data, Left: l, Right: r}
		if c.Accept != nil && c.Accept(d) {
			d = nil
		}
	}
	return d, readsLeft || readsRight
}

// walk compares calls of one number along paths of either program: with each
// value that one of them compares with, and those beside it, and along
// others at random. A number with few paths gets few.
func (c *Comparison) walk(left, right *Program, data Words, most int) *Difference {
	interest := right.Interest(data[1], data[0], left.Interest(data[1], data[0], nil))
	var given []*Value
	for _, v := range interest {
		for _, value := range [...]uint32{v.Value, v.Value + 1, v.Value - 1} {
			given = append(given, &Value{v.Word, value})
		}
	}
	given = append(given, make([]*Value, 8*len(interest)+32)...)
	if len(given) > most {
		c.Random.Shuffle(len(given), func(i, j int) { given[i], given[j] = given[j], given[i] })
		given = given[:most]
	}
	for _, value := range given {
		for _, p := range [...]*Program{left, right} {
			call := data
			p.Walk(c.Random, &call, interest, value)
			if d, _ := c.try(left, right, &call); d != nil {
				return d
			}
		}
	}
	return nil
}
