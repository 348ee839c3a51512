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
// fails keeps its error and is measured no more.
func interleave(o *options, w work, cells []*cell) {
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	for _, c := range cells {
		if c.prepare != nil {
			c.err = c.prepare()
		}
		if c.finish != nil {
			defer c.finish()
		}
		if c.err == nil && w.least > 1 {
			_, c.err = c.sample()
		}
	}
	rounds := o.rounds
	if w.most > 0 {
		rounds = min(rounds, w.most)
	}
	if w.least >= 5 {
		playRounds(o, cells, o.warmup, func() bool { return false })
		forget(cells)
	}
	begin, played := time.Now(), 0
	playRounds(o, cells, rounds, func() bool {
		played++
		return played > w.least && time.Since(begin) > o.budget
	})
}

// playRounds plays n rounds unless enough says that they suffice.
func playRounds(o *options, cells []*cell, n int, enough func() bool) {
	for range n {
		if enough() {
			return
		}
		playRound(o, cells)
		debug.FreeOSMemory()
	}
}

// forget drops what the warm-up measured.
func forget(cells []*cell) {
	for _, c := range cells {
		c.samples = nil
	}
}

func playRound(o *options, cells []*cell) {
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
		c.samples = append(c.samples, s)
	}
}

// figure sums the cell up.
func (c *cell) figure() figure {
	if c.err != nil {
		return figure{Runtime: c.runtime, Error: c.err.Error()}
	}
	return summary(c.runtime, c.samples)
}
