package main

import (
	"math"
	"testing"
)

func TestQuantile(t *testing.T) {
	for _, test := range []struct {
		sorted  []float64
		q, want float64
	}{
		{[]float64{7}, 0.5, 7},
		{[]float64{7}, 0.9, 7},
		{[]float64{1, 2}, 0.5, 1.5},
		{[]float64{1, 2, 4}, 0.5, 2},
		{[]float64{0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100}, 0.1, 10},
		{[]float64{0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100}, 0.95, 95},
		{[]float64{3, 9}, 1, 9},
	} {
		if got := quantile(test.sorted, test.q); math.Abs(got-test.want) > 1e-9 {
			t.Errorf("quantile(%v, %v) = %v, want %v", test.sorted, test.q, got, test.want)
		}
	}
	if got := quantile(nil, 0.5); !math.IsNaN(got) {
		t.Errorf("quantile of nothing = %v", got)
	}
}

func TestSummary(t *testing.T) {
	got := summary("runc", []sample{{30, 3}, {10, 1}, {20, 9}})
	want := figure{Runtime: "runc", N: 3, Median: 20, P10: 12, P90: 28, CPU: 3}
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
