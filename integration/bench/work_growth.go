package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/sys/unix"
)

// growBy returns a work that measures run with none, half and all of n things
// in the configuration.
func growBy(item string, n int, edits func(*bench, int) (edit, error)) func(*bench, work) error {
	return func(b *bench, w work) error {
		n := b.size(n)
		g := growth{Work: w.name, Title: w.title, Item: item, Sizes: []int{0, n / 2, n}}
		var cells []*cell
		for _, size := range g.Sizes {
			e, err := edits(b, size)
			if err != nil {
				return err
			}
			for _, c := range b.runtimes {
				cell, err := b.runCell(c, e)
				if err != nil {
					return err
				}
				cell.size = size
				cells = append(cells, cell)
			}
		}
		interleave(b.options, w, cells)
		for _, c := range b.runtimes {
			g.Curves = append(g.Curves, g.curve(c.Name, cells))
		}
		b.report.Growth = append(b.report.Growth, g)
		return nil
	}
}

func mountsOf(b *bench, n int) (edit, error) {
	for i := range n {
		// Made beforehand: a runtime would make them once and keep them.
		if err := os.MkdirAll(filepath.Join(b.rootfs(), "mnt", strconv.Itoa(i)), 0o755); err != nil {
			return nil, err
		}
	}
	return bindMounts(n, b.files()), nil
}

func rulesOf(_ *bench, n int) (edit, error) { return seccompRules(n), nil }

func devicesOf(_ *bench, n int) (edit, error) { return deviceRules(n), nil }

// curve sums up the cells of one runtime, a size each.
func (g growth) curve(runtime string, cells []*cell) growthLine {
	line := growthLine{Runtime: runtime}
	for _, size := range g.Sizes {
		var samples []sample
		for _, c := range cells {
			if c.runtime != runtime || c.size != size {
				continue
			}
			if c.err != nil {
				return growthLine{Runtime: runtime, Error: fmt.Sprintf("with %d: %s", size, c.err)}
			}
			samples = append(samples, c.samples...)
		}
		line.Figures = append(line.Figures, summary(runtime, samples))
	}
	line.measure(g.Sizes)
	return line
}

// measure works out ratio, cost of an item, and bend.
func (l *growthLine) measure(sizes []int) {
	last := len(sizes) - 1
	slope := func(from, to int, of func(figure) float64) float64 {
		return (of(l.Figures[to]) - of(l.Figures[from])) / float64(sizes[to]-sizes[from])
	}
	wall := func(f figure) float64 { return f.Median }
	cpu := func(f figure) float64 { return f.CPU }
	l.Ratio = round(l.Figures[last].Median / l.Figures[0].Median)
	l.PerItem = round(1000 * slope(0, last, wall))
	l.PerItemCPU = round(1000 * slope(0, last, cpu))
	if last == 2 && slope(0, 1, wall) > 0 {
		l.Bend = round(slope(1, 2, wall) / slope(0, 1, wall))
	}
}

// measureCrowd measures run alone, then while other containers of the same
// runtime run, then alone again.
func measureCrowd(b *bench, w work) error {
	g := growth{Work: w.name, Item: "container", Sizes: []int{0, b.crowd}, Limit: 1.2}
	g.Title = fmt.Sprintf("run of true while %d other containers run", b.crowd)
	for i, c := range b.runtimes {
		if i > 0 && !b.growAll {
			break
		}
		cells, err := b.crowdCells(c)
		if err != nil {
			return err
		}
		interleave(b.options, w, cells[:1])
		crowd := b.gather(c)
		cells[1].err = crowd.err
		if crowd.err == nil {
			interleave(b.options, w, cells[1:2])
		}
		crowd.disperse()
		interleave(b.options, w, cells[2:])
		g.Curves = append(g.Curves, g.curve(c.Name, cells))
	}
	b.report.Growth = append(b.report.Growth, g)
	return nil
}

// crowdCells are for before, amid and after the crowd.
func (b *bench) crowdCells(c *contender) (cells []*cell, err error) {
	for _, size := range []int{0, b.crowd, 0} {
		cell, err := b.runCell(c)
		if err != nil {
			return nil, err
		}
		cell.size = size
		cells = append(cells, cell)
	}
	return cells, nil
}

// A crowd is containers that do nothing but exist.
type crowd struct {
	*contender
	ids, pidFiles []string
	err           error // the first that went wrong
}

// gather starts as many sleeping containers as the options say.
func (b *bench) gather(c *contender) *crowd {
	g := &crowd{contender: c}
	var bundles []string
	for range b.crowd {
		dir, err := b.bundle(c, asleep)
		if err != nil {
			g.err = err
			return g
		}
		bundles = append(bundles, dir)
		g.ids = append(g.ids, c.id())
		g.pidFiles = append(g.pidFiles, filepath.Join(dir, "pid"))
	}
	g.each(func(i int) error {
		_, err := c.wake(bundles[i], g.ids[i], "--pid-file", g.pidFiles[i])
		return err
	})
	return g
}

// each calls do for all containers, a few at a time, and keeps an error.
func (g *crowd) each(do func(i int) error) {
	var wait sync.WaitGroup
	var mu sync.Mutex
	places := make(chan struct{}, 4)
	for i := range g.ids {
		places <- struct{}{}
		wait.Go(func() {
			defer func() { <-places }()
			if err := do(i); err != nil {
				mu.Lock()
				defer mu.Unlock()
				if g.err == nil {
					g.err = err
				}
			}
		})
	}
	wait.Wait()
}

// disperse kills the containers all at once before it deletes them, which is
// quicker than to have the runtime kill each and wait for it.
func (g *crowd) disperse() {
	for _, file := range g.pidFiles {
		data, _ := os.ReadFile(file)
		if pid, err := strconv.Atoi(strings.TrimSpace(string(data))); err == nil && pid > 1 {
			unix.Kill(pid, unix.SIGKILL)
		}
	}
	g.each(func(i int) error { g.discard(g.ids[i]); return nil })
}
