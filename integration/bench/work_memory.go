package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

const (
	kib = 1024
	mib = 1024 * kib
	// step is how exactly the smallest limit is found.
	step = 64 * kib
	// confirmations are how often a limit has to be enough.
	confirmations = 5
)

// withoutMemory notes that memory cannot be measured here.
func (b *bench) withoutMemory(w work) bool {
	if hasController("memory") {
		return false
	}
	b.skip(w.name, "no memory controller for containers here")
	return true
}

func measurePeak(b *bench, w work) error {
	if b.withoutMemory(w) {
		return nil
	}
	var cells []*cell
	for _, c := range b.runtimes {
		dir, err := b.bundle(c, asleep, memoryLimit(512*mib))
		if err != nil {
			return err
		}
		cells = append(cells, &cell{runtime: c.Name, sample: func() (sample, error) {
			return c.peak(dir, b.cgroup(dir))
		}})
	}
	return b.compare(w, cells)
}

// peak starts a container and reads the most memory its cgroup had by then.
func (c *contender) peak(bundle, cgroup string) (sample, error) {
	id := c.id()
	defer c.discard(id)
	if _, err := c.wake(bundle, id); err != nil {
		return sample{}, err
	}
	data, err := os.ReadFile(memoryPeak(cgroup))
	if err != nil {
		return sample{}, err
	}
	bytes, err := strconv.ParseFloat(strings.TrimSpace(string(data)), 64)
	return sample{value: bytes / kib}, err
}

func measureLimit(b *bench, w work) error {
	if b.withoutMemory(w) {
		return nil
	}
	var cells []*cell
	for _, c := range b.runtimes {
		dir, err := b.bundle(c)
		if err != nil {
			return err
		}
		cells = append(cells, &cell{runtime: c.Name, sample: func() (sample, error) {
			bytes, err := smallest(func(limit int64) bool { return b.fits(c, dir, limit) })
			return sample{value: float64(bytes) / kib}, err
		}})
	}
	return b.compare(w, cells)
}

// fits says whether a container that may use so many bytes runs true.
func (b *bench) fits(c *contender, bundle string, limit int64) bool {
	if b.rewrite(bundle, memoryLimit(limit)) != nil {
		return false
	}
	id := c.id()
	_, err := c.do("run", "--bundle", bundle, id)
	if err != nil {
		c.discard(id)
	}
	return err == nil
}

// smallest returns the smallest multiple of step that fits several times in a
// row, at or above the one that a binary search finds.
func smallest(fits func(int64) bool) (int64, error) {
	const most = 256 * mib
	low, high := int64(0), int64(most/step) // low never fits, high does
	for high-low > 1 {
		middle := (low + high) / 2
		if fits(middle * step) {
			high = middle
		} else {
			low = middle
		}
	}
	for passed := 0; passed < confirmations; {
		if high > most/step {
			return 0, fmt.Errorf("does not run with %d MiB", most/mib)
		}
		if fits(high * step) {
			passed++
		} else {
			passed, high = 0, high+1
		}
	}
	return high * step, nil
}
