package main

import (
	"errors"
	"testing"
)

// lineOf has a runtime's medians in milliseconds.
func lineOf(medians ...float64) growthLine {
	var l growthLine
	for _, m := range medians {
		l.Figures = append(l.Figures, figure{Median: m, CPU: m / 2})
	}
	return l
}

func TestGrowthMeasure(t *testing.T) {
	for _, test := range []struct {
		name                      string
		sizes                     []int
		medians                   []float64
		ratio, perItem, cpu, bend float64
	}{
		{"linear", []int{0, 100, 200}, []float64{10, 11, 12}, 1.2, 10, 5, 1},
		{"quadratic", []int{0, 10, 20}, []float64{10, 11, 14}, 1.4, 200, 100, 3},
		{"odd sizes", []int{0, 2, 5}, []float64{10, 12, 15}, 1.5, 1000, 500, 1},
		{"flat at first", []int{0, 10, 20}, []float64{10, 10, 11}, 1.1, 50, 25, 0},
		{"two sizes", []int{0, 500}, []float64{10, 11}, 1.1, 2, 1, 0},
	} {
		l := lineOf(test.medians...)
		l.measure(test.sizes)
		got := [4]float64{l.Ratio, l.PerItem, l.PerItemCPU, l.Bend}
		if want := [4]float64{test.ratio, test.perItem, test.cpu, test.bend}; got != want {
			t.Errorf("%s: got %v, want %v", test.name, got, want)
		}
	}
}

func TestCurve(t *testing.T) {
	of := func(runtime string, size int, values ...float64) *cell {
		c := &cell{runtime: runtime, size: size}
		for _, v := range values {
			c.samples = append(c.samples, sample{value: v})
		}
		return c
	}
	broken := of("b", 5)
	broken.err = errors.New("no room")
	g := growth{Sizes: []int{0, 5}}
	cells := []*cell{of("a", 0, 1, 2), of("a", 5, 9), of("b", 0, 7), broken, of("a", 0, 3)}
	l := g.curve("a", cells)
	if len(l.Figures) != 2 || l.Figures[0].N != 3 || l.Figures[0].Median != 2 ||
		l.Figures[1].Median != 9 {
		t.Errorf("got %+v", l)
	}
	if l := g.curve("b", cells); l.Error != "with 5: no room" || l.Figures != nil {
		t.Errorf("got %+v", l)
	}
}
