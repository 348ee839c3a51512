package main

import (
	"fmt"
	"strings"
)

// markdown is the table for the documentation: medians and ratios, then spread
// and processor time, then growth.
func (r *report) markdown() string {
	var b strings.Builder
	b.WriteString(r.markdownHead())
	b.WriteString(r.markdownRatios())
	b.WriteString(r.markdownSpread())
	b.WriteString(r.markdownGrowth())
	for _, s := range r.Skipped {
		fmt.Fprintf(&b, "\n%s: not measured, %s.\n", s.Work, s.Why)
	}
	return b.String()
}

func (r *report) markdownHead() string {
	m := r.Machine
	var b strings.Builder
	fmt.Fprintf(&b, "Measured on %.10s: %s, %d cores, %d MiB, Linux %s, cgroup %s, %s.\n",
		r.Date, m.CPU, m.Cores, m.MemoryMB, m.Kernel, m.Cgroup, m.System)
	for _, v := range r.Runtimes {
		if v.Problem != "" {
			fmt.Fprintf(&b, "%s cannot run here: `%s`.\n", v.Name, v.Problem)
		}
	}
	return b.String()
}

// columns are the runtimes that figures have, in their order, floor last.
func (r *report) columns() (names []string) {
	for _, v := range r.Runtimes {
		names = append(names, v.Name)
	}
	if r.Floor != "" {
		names = append(names, floorName)
	}
	return names
}

// row writes a line of a table. What a runtime said may have the separator.
func row(b *strings.Builder, cells ...string) {
	b.WriteByte('|')
	for _, cell := range cells {
		fmt.Fprintf(b, " %s |", strings.ReplaceAll(cell, "|", `\|`))
	}
	b.WriteByte('\n')
}

// header writes a table's first two lines.
func header(b *strings.Builder, cells ...string) {
	b.WriteByte('\n')
	row(b, cells...)
	row(b, strings.Split(strings.Repeat("---,", len(cells)-1)+"---", ",")...)
}

func (r *report) markdownRatios() string {
	if len(r.Works) == 0 {
		return ""
	}
	var b strings.Builder
	header(&b, append(append([]string{"median (ratio of ours to it)"}, r.columns()...), "target")...)
	for _, w := range r.Works {
		cells := []string{w.Title}
		for _, name := range r.columns() {
			cells = append(cells, r.ratioCell(w, name))
		}
		row(&b, append(cells, r.targetCell(w))...)
	}
	return b.String()
}

// figure finds a runtime's share of a work.
func (w result) figure(runtime string) (figure, bool) {
	for _, f := range w.Figures {
		if f.Runtime == runtime {
			return f, true
		}
	}
	return figure{}, false
}

func (r *report) ratioCell(w result, name string) string {
	f, ok := w.figure(name)
	switch {
	case !ok:
		return "–"
	case f.Error != "":
		return "`" + f.Error + "`"
	}
	s := withUnit(f.Median, w.Unit)
	if ratio, ok := w.ratio(f, r); ok && name != floorName {
		s += fmt.Sprintf(" (%.2f)", ratio)
	}
	return s
}

// targetCell says for each kind of peer whether the target is met against all
// of that kind.
func (r *report) targetCell(w result) string {
	var parts []string
	for _, kind := range []string{"runc", "crun"} {
		limit := w.Targets[kind]
		if limit == 0 {
			continue
		}
		part := fmt.Sprintf("%s ≤ %.2f", kind, limit)
		if worst := r.worst(w, kind); worst > 0 {
			part += ": " + verdict(worst, limit)
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, "; ")
}

// worst is the largest ratio of ours to a peer of a kind, 0 where none ran.
func (r *report) worst(w result, kind string) (worst float64) {
	for _, f := range w.Figures {
		if ratio, ok := w.ratio(f, r); ok && r.kind(f.Runtime) == kind {
			worst = max(worst, ratio)
		}
	}
	return worst
}

func (r *report) markdownSpread() string {
	if len(r.Works) == 0 {
		return ""
	}
	var b strings.Builder
	header(&b, append([]string{"10th – 90th percentile, user + system time"}, r.columns()...)...)
	for _, w := range r.Works {
		cells := []string{w.Title}
		for _, name := range r.columns() {
			f, ok := w.figure(name)
			if !ok || f.Error != "" {
				cells = append(cells, "–")
				continue
			}
			cell := fmt.Sprintf("%s – %s", number(f.P10), number(f.P90))
			if f.CPU > 0 {
				cell += ", " + number(f.CPU)
			}
			cells = append(cells, cell)
		}
		row(&b, cells...)
	}
	return b.String()
}

func (r *report) markdownGrowth() string {
	if len(r.Growth) == 0 {
		return ""
	}
	var b strings.Builder
	header(&b, "growth", "runtime", "medians in ms", "last by first", "each costs", "user + system", "second half by first")
	for _, g := range r.Growth {
		for _, l := range g.Curves {
			row(&b, g.cells(l)...)
		}
	}
	return b.String()
}

func (g growth) cells(l growthLine) []string {
	if l.Error != "" {
		return []string{g.Title, l.Runtime, "`" + l.Error + "`", "–", "–", "–", "–"}
	}
	ratio, bend := fmt.Sprintf("%.2f", l.Ratio), "–"
	if g.Limit > 0 {
		ratio += fmt.Sprintf(" (≤ %.2f: %s)", g.Limit, verdict(l.Ratio, g.Limit))
	}
	if l.Bend > 0 {
		bend = fmt.Sprintf("%.2f", l.Bend)
	}
	return []string{g.Title, l.Runtime, g.medians(l), ratio,
		fmt.Sprintf("%s µs a %s", number(l.PerItem), g.Item),
		number(l.PerItemCPU) + " µs", bend}
}

// medians lists the median of each size.
func (g growth) medians(l growthLine) string {
	var parts []string
	for i, f := range l.Figures {
		parts = append(parts, fmt.Sprintf("%d: %s", g.Sizes[i], number(f.Median)))
	}
	return strings.Join(parts, ", ")
}
