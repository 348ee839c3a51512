package main

import (
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// bench is what all works share.
type bench struct {
	*options
	runtimes []*contender // those that can run a container
	all      []*contender
	fast     string // a directory in memory: bundles and state, as engines keep them
	disk     string // one on disk: root file system
	parent   string // the cgroup all containers are below
	bundles  int
	floor    *floor // nil where it cannot be built
	report   *report
}

// measureAll is the inner stage: it measures what was asked for and leaves the
// report in the scratch directory.
func measureAll(o *options) error {
	b := &bench{options: o, fast: "/run/bench", disk: os.Getenv(scratchEnv)}
	b.parent = "/" + filepath.Base(b.disk)
	if err := b.setUp(); err != nil {
		return err
	}
	for _, w := range works {
		if !o.wants(w.name) {
			continue
		}
		fmt.Fprintf(os.Stderr, "%s …\n", w.name)
		if err := w.measure(b, w); err != nil {
			return fmt.Errorf("%s: %w", w.name, err)
		}
	}
	return b.report.write(filepath.Join(b.disk, reportFile))
}

func (b *bench) setUp() error {
	if err := os.MkdirAll(b.fast, 0o755); err != nil {
		return err
	}
	if err := makeRootfs(b.rootfs()); err != nil {
		return err
	}
	if err := writeDaemonFiles(b.files()); err != nil {
		return err
	}
	paths, err := findRuntimes(b.options)
	if err != nil {
		return err
	}
	if b.all, err = newContenders(paths, b.fast); err != nil {
		return err
	}
	b.report = &report{
		Date:    time.Now().UTC().Format(time.RFC3339),
		Machine: thisMachine(),
		Method:  method{b.rounds, b.warmup, milliseconds(b.pause), b.quick},
	}
	if err := b.buildFloor(); err != nil {
		b.floor = nil
		b.skip("floor", err.Error())
	}
	return b.tryAll()
}

// tryAll runs a container with each runtime, and leaves out those that cannot.
func (b *bench) tryAll() error {
	for _, c := range b.all {
		dir, err := b.bundle(c)
		if err != nil {
			return err
		}
		id := c.id()
		if _, err := c.do("run", "--bundle", dir, id); err != nil {
			c.Problem = err.Error()
			c.discard(id)
			fmt.Fprintf(os.Stderr, "%s is left out: %s\n", c.Name, c.Problem)
		} else {
			b.runtimes = append(b.runtimes, c)
		}
		b.report.Runtimes = append(b.report.Runtimes, c.version)
	}
	return nil
}

func (b *bench) rootfs() string { return filepath.Join(b.disk, "rootfs") }
func (b *bench) files() string  { return filepath.Join(b.fast, "files") }

// bundle makes a bundle whose containers have a cgroup of their own.
func (b *bench) bundle(c *contender, edits ...edit) (string, error) {
	b.bundles++
	name := fmt.Sprintf("%d-%d", c.index, b.bundles)
	dir := filepath.Join(b.fast, "bundle", name)
	return dir, b.rewrite(dir, edits...)
}

// cgroup is the cgroup that a bundle's containers get.
func (b *bench) cgroup(bundle string) string {
	return b.parent + "/" + filepath.Base(bundle)
}

// skip notes that something was not measured.
func (b *bench) skip(what, why string) {
	b.report.Skipped = append(b.report.Skipped, skipped{what, why})
}

// rewrite writes a bundle's configuration, which all have but for the edits.
func (b *bench) rewrite(bundle string, edits ...edit) error {
	return writeBundle(bundle, append(b.baseEdits(bundle), edits...)...)
}

// baseEdits put Docker's configuration in place here.
func (b *bench) baseEdits(bundle string) []edit {
	edits := []edit{rooted(b.rootfs(), b.files()), cgroupPath(b.cgroup(bundle)), fewerControllers}
	if unified() {
		edits = append(edits, ownCgroupNamespace)
	}
	return edits
}
