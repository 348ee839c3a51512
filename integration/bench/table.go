package main

import (
	"fmt"
	"strings"
)

// text is the table for a terminal.
func (r *report) text() string {
	var b strings.Builder
	b.WriteString(r.heading())
	for i, w := range r.Works {
		if i == 0 {
			fmt.Fprintf(&b, "\n%-38s%-10s  %-19s%-16s%s\n", "", "median", "10th – 90th %ile",
				"user + system", "ours by theirs (target)")
		}
		fmt.Fprintf(&b, "\n%s\n", w.Title)
		for _, f := range w.Figures {
			fmt.Fprintf(&b, "  %-34s %s\n", f.Runtime, w.describe(f, r))
		}
	}
	for _, g := range r.Growth {
		fmt.Fprintf(&b, "\n%s\n", g.Title)
		for _, l := range g.Curves {
			fmt.Fprintf(&b, "  %-34s %s\n", l.Runtime, g.describe(l))
		}
	}
	for _, s := range r.Skipped {
		fmt.Fprintf(&b, "\n%s: not measured, %s\n", s.Work, s.Why)
	}
	return b.String()
}

// heading names machine and runtimes.
func (r *report) heading() string {
	m := r.Machine
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n%s, %d cores, %d MiB, Linux %s, cgroup %s, %s\n",
		r.Date, m.CPU, m.Cores, m.MemoryMB, m.Kernel, m.Cgroup, m.System)
	for _, v := range r.Runtimes {
		if v.Problem != "" {
			fmt.Fprintf(&b, "%s cannot run here: %s\n", v.Name, v.Problem)
		}
	}
	return b.String()
}

// describe is what is said of one figure: median, spread, processor time, and
// for a peer the ratio of ours to it.
func (w result) describe(f figure, r *report) string {
	if f.Error != "" {
		return f.Error
	}
	s := fmt.Sprintf("%9s %-3s  %s – %s", number(f.Median), w.Unit, number(f.P10), number(f.P90))
	s = pad(s, 36)
	if f.CPU > 0 {
		s += number(f.CPU) + " ms"
	}
	ratio, ok := w.ratio(f, r)
	if !ok {
		return strings.TrimRight(s, " ")
	}
	s = pad(s, 52) + fmt.Sprintf("× %.2f", ratio)
	if limit := w.Targets[r.kind(f.Runtime)]; limit > 0 {
		s += fmt.Sprintf("  (≤ %.2f: %s)", limit, verdict(ratio, limit))
	}
	return s
}

// describe is what is said of one runtime: the median of each size, and what
// an item costs.
func (g growth) describe(l growthLine) string {
	if l.Error != "" {
		return l.Error
	}
	s := fmt.Sprintf("%s ms; × %.2f, %s µs a %s (user + system %s)", g.medians(l), l.Ratio,
		number(l.PerItem), g.Item, number(l.PerItemCPU))
	if l.Bend > 0 {
		s += fmt.Sprintf(", second half by first %.2f", l.Bend)
	}
	if g.Limit > 0 {
		s += fmt.Sprintf(" (≤ %.2f: %s)", g.Limit, verdict(l.Ratio, g.Limit))
	}
	return s
}

func verdict(ratio, limit float64) string {
	if ratio <= limit {
		return "met"
	}
	return "not met"
}

// ratio is the median of the report's first runtime by that of f.
func (w result) ratio(f figure, r *report) (float64, bool) {
	own, ok := w.figure(r.Runtimes[0].Name)
	if !ok || f.Runtime == own.Runtime || own.Error != "" || f.Error != "" || f.Median == 0 {
		return 0, false
	}
	return own.Median / f.Median, true
}

func (r *report) kind(name string) string {
	for _, v := range r.Runtimes {
		if v.Name == name {
			return v.Kind
		}
	}
	return ""
}

// number writes three digits, more before the point if there are.
func number(v float64) string {
	switch {
	case v < 10:
		return fmt.Sprintf("%.2f", v)
	case v < 100:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.0f", v)
}

// pad fills up to a width in characters, which fmt counts in bytes.
func pad(s string, width int) string {
	return s + strings.Repeat(" ", max(1, width-len([]rune(s))))
}
