package main

import (
	"math"
	"slices"
)

// quantile returns the value below which a share q of the sorted values lie,
// interpolated between neighbours.
func quantile(sorted []float64, q float64) float64 {
	if len(sorted) == 0 {
		return math.NaN()
	}
	at := q * float64(len(sorted)-1)
	low := int(at)
	if low+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	return sorted[low] + (at-float64(low))*(sorted[low+1]-sorted[low])
}

func median(values []float64) float64 {
	return quantile(slices.Sorted(slices.Values(values)), 0.5)
}

// summary makes a figure of samples.
func summary(runtime string, samples []sample) figure {
	values := make([]float64, len(samples))
	cpus := make([]float64, len(samples))
	for i, s := range samples {
		values[i], cpus[i] = s.value, s.cpu
	}
	slices.Sort(values)
	return figure{
		Runtime: runtime,
		N:       len(samples),
		Median:  round(quantile(values, 0.5)),
		P10:     round(quantile(values, 0.1)),
		P90:     round(quantile(values, 0.9)),
		CPU:     round(median(cpus)),
	}
}

// round keeps what a reader can use: microseconds, or thousandths of a KiB.
func round(v float64) float64 { return math.Round(v*1000) / 1000 }
