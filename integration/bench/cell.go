package main

import (
	"math/rand/v2"
	"runtime/debug"
	"time"
)

// A cell is one runtime doing one work in one size.
type cell struct {
	runtime string
	size    int
	// prepare and finish may be nil. A finish follows every prepare.
	prepare func() error
	sample  func() (sample, error)
	finish  func()

	samples []sample
	err     error
}

// interleave measures all cells round by round, each round in another order,
// so that whatever else the machine does meets them all alike. A cell that
// fails keeps its error and is measured no more. At least so many rounds are
// measured; then time may be up.
func interleave(o *options, least int, cells []*cell) {
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	for _, c := range cells {
		if c.prepare != nil {
			c.err = c.prepare()
		}
		if c.finish != nil {
			defer c.finish()
		}
		if c.err == nil {
			_, c.err = c.sample()
		}
	}
	for range o.warmup {
		playRound(o, cells, false)
	}
	begin := time.Now()
	for i := range o.rounds {
		if i >= least && time.Since(begin) > o.budget {
			return
		}
		playRound(o, cells, true)
		debug.FreeOSMemory()
	}
}

func playRound(o *options, cells []*cell, counts bool) {
	for _, i := range rand.Perm(len(cells)) {
		c := cells[i]
		if c.err != nil {
			continue
		}
		time.Sleep(o.pause)
		s, err := c.sample()
		if err != nil {
			c.err = err
			continue
		}
		if counts {
			c.samples = append(c.samples, s)
		}
	}
}

// figure sums the cell up.
func (c *cell) figure() figure {
	if c.err != nil {
		return figure{Runtime: c.runtime, Error: c.err.Error()}
	}
	return summary(c.runtime, c.samples)
}
