package main

import (
	"fmt"
	"os"
	"path/filepath"
	"time"
)

func measureVersion(b *bench, w work) error {
	var cells []*cell
	for _, c := range b.all {
		cells = append(cells, &cell{runtime: c.Name, sample: func() (sample, error) {
			return c.run(c.path, "--version")
		}})
	}
	if b.floor != nil {
		cells = append(cells, b.floorCell("--version"))
	}
	return b.compare(w, cells)
}

func measureRun(b *bench, w work) error { return b.compareRuns(w, nil) }

// The floor has no seccomp filter, so it stands beside the runs without one.
func measureBareRun(b *bench, w work) error {
	var cells []*cell
	if b.floor != nil {
		cells = append(cells, b.floorCell("run", b.floor.cgroup))
	}
	return b.compareRuns(w, cells, noSeccomp)
}

func (b *bench) compareRuns(w work, cells []*cell, edits ...edit) error {
	for _, c := range b.runtimes {
		cell, err := b.runCell(c, edits...)
		if err != nil {
			return err
		}
		cells = append(cells, cell)
	}
	return b.compare(w, cells)
}

// runCell runs a container whose configuration is edited.
func (b *bench) runCell(c *contender, edits ...edit) (*cell, error) {
	dir, err := b.bundle(c, edits...)
	return &cell{runtime: c.Name, sample: func() (sample, error) {
		id := c.id()
		s, err := c.do("run", "--bundle", dir, id)
		if err != nil {
			c.discard(id)
		}
		return s, err
	}}, err
}

func measureLife(b *bench, w work) error {
	var cells []*cell
	for _, c := range b.runtimes {
		dir, err := b.bundle(c, asleep)
		if err != nil {
			return err
		}
		cells = append(cells, &cell{runtime: c.Name, sample: func() (sample, error) {
			return c.life(dir)
		}})
	}
	return b.compare(w, cells)
}

var asleep = args("sleep", "10000")

// life takes a container from create to delete.
func (c *contender) life(bundle string) (sample, error) {
	id := c.id()
	total, err := c.wake(bundle, id)
	if err != nil {
		c.discard(id)
		return total, err
	}
	s, err := c.do("delete", "--force", id)
	return total.plus(s), err
}

// wake creates and starts a container.
func (c *contender) wake(bundle, id string, flags ...string) (sample, error) {
	create := append([]string{"create", "--bundle", bundle}, flags...)
	created, err := c.do(append(create, id)...)
	if err != nil {
		return created, err
	}
	started, err := c.do("start", id)
	return created.plus(started), err
}

func measureState(b *bench, w work) error {
	return b.compareAwake(w, nil, func(id string) []string { return []string{"state", id} })
}

func measureExec(b *bench, w work) error {
	var cells []*cell
	if b.floor != nil && len(b.runtimes) > 0 {
		cell, err := b.floorExec(b.runtimes[0])
		if err != nil {
			return err
		}
		cells = append(cells, cell)
	}
	return b.compareAwake(w, cells, func(id string) []string { return []string{"exec", id, "true"} })
}

// floorExec measures the floor's exec in a container that a runtime made.
func (b *bench) floorExec(c *contender) (*cell, error) {
	dir, err := b.bundle(c, asleep)
	if err != nil {
		return nil, err
	}
	id, pidFile := c.id(), filepath.Join(dir, "pid")
	result := &cell{runtime: floorName, finish: func() { c.discard(id) }}
	result.prepare = func() error {
		if _, err := c.wake(dir, id, "--pid-file", pidFile); err != nil {
			return err
		}
		pid, err := os.ReadFile(pidFile)
		result.sample = b.floorCell("exec", string(pid), b.cgroup(dir)).sample
		return err
	}
	return result, nil
}

// compareAwake measures a command on a container that sleeps.
func (b *bench) compareAwake(w work, cells []*cell, command func(id string) []string) error {
	for _, c := range b.runtimes {
		dir, err := b.bundle(c, asleep)
		if err != nil {
			return err
		}
		id := c.id()
		cells = append(cells, &cell{
			runtime: c.Name,
			prepare: func() error { _, err := c.wake(dir, id); return err },
			sample:  func() (sample, error) { return c.do(command(id)...) },
			finish:  func() { c.discard(id) },
		})
	}
	return b.compare(w, cells)
}

func measureParallel(b *bench, w work) error {
	w.title = fmt.Sprintf("%d containers at once, to the last exit", b.workers)
	var cells []*cell
	for _, c := range b.runtimes {
		var dirs []string
		for range b.workers {
			dir, err := b.bundle(c)
			if err != nil {
				return err
			}
			dirs = append(dirs, dir)
		}
		cells = append(cells, &cell{runtime: c.Name, sample: func() (sample, error) {
			return c.runAll(dirs)
		}})
	}
	return b.compare(w, cells)
}

// runAll starts a run of each bundle without waiting and then waits for all.
func (c *contender) runAll(bundles []string) (total sample, err error) {
	begin := time.Now()
	pids := map[int]string{}
	for _, dir := range bundles {
		id := c.id()
		pid, startErr := c.start(c.argv("run", "--bundle", dir, id))
		if startErr != nil {
			err = startErr
			break
		}
		pids[pid] = id
	}
	for pid, id := range pids {
		cpu, waitErr := c.wait(pid)
		total.cpu += cpu
		if waitErr != nil {
			err = waitErr
			defer c.discard(id)
		}
	}
	total.value = milliseconds(time.Since(begin))
	return total, err
}
