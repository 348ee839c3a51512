package main

import (
	"errors"
	"slices"
	"testing"
	"time"
)

// counted returns a cell that notes its samples in a log.
func counted(name string, log *[]string, fail func(n int) bool) *cell {
	n := 0
	return &cell{
		runtime: name,
		prepare: func() error { *log = append(*log, "prepare "+name); return nil },
		sample: func() (sample, error) {
			n++
			*log = append(*log, name)
			if fail(n) {
				return sample{}, errors.New("broke")
			}
			return sample{value: float64(n)}, nil
		},
		finish: func() { *log = append(*log, "finish "+name) },
	}
}

func never(int) bool { return false }

func TestInterleave(t *testing.T) {
	var log []string
	a, b := counted("a", &log, never), counted("b", &log, never)
	interleave(&options{rounds: 50, warmup: 2, budget: time.Hour}, work{least: 10}, []*cell{a, b})
	if len(a.samples) != 50 || len(b.samples) != 50 {
		t.Errorf("%d and %d samples, want 50", len(a.samples), len(b.samples))
	}
	// One trial and two rounds of warm-up come before what counts.
	if a.samples[0].value != 4 {
		t.Errorf("the first sample is the %vth", a.samples[0].value)
	}
	rounds := log[4 : len(log)-2]
	orders := map[string]int{}
	for pair := range slices.Chunk(rounds, 2) {
		if pair[0] == pair[1] {
			t.Fatalf("a round plays %s twice", pair[0])
		}
		orders[pair[0]]++
	}
	if len(orders) != 2 {
		t.Errorf("all rounds begin alike: %v", orders)
	}
	tail := log[len(log)-2:]
	if !slices.Contains(tail, "finish a") || !slices.Contains(tail, "finish b") {
		t.Errorf("the log ends with %v", tail)
	}
}

func TestInterleaveLeavesOutWhatFails(t *testing.T) {
	var log []string
	a := counted("a", &log, never)
	b := counted("b", &log, func(n int) bool { return n == 3 })
	interleave(&options{rounds: 5, budget: time.Hour}, work{least: 5}, []*cell{a, b})
	if len(a.samples) != 5 || len(b.samples) != 1 || b.err == nil {
		t.Errorf("%d and %d samples, error %v", len(a.samples), len(b.samples), b.err)
	}
	if f := b.figure(); f.Error != "broke" || f.N != 0 {
		t.Errorf("figure %+v", f)
	}
	if n := len(slices.DeleteFunc(log, func(s string) bool { return s != "b" })); n != 3 {
		t.Errorf("measured %d times", n)
	}
}

func TestInterleaveKeepsToItsBudget(t *testing.T) {
	var log []string
	a := counted("a", &log, never)
	interleave(&options{rounds: 100, budget: -1}, work{least: 7}, []*cell{a})
	if len(a.samples) != 7 {
		t.Errorf("%d samples, want the least", len(a.samples))
	}
	b := counted("b", &log, never)
	interleave(&options{rounds: 100, budget: time.Hour}, work{least: 7, most: 9}, []*cell{b})
	if len(b.samples) != 9 {
		t.Errorf("%d samples, want the most", len(b.samples))
	}
}
