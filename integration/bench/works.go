package main

import (
	"slices"
	"strings"
)

// A work is a row of the table.
type work struct {
	name, title, unit string
	// targets are the largest ratios of medians, by kind of peer, that the
	// project set itself.
	targets map[string]float64
	// least is how many rounds are measured however long they take, most how
	// many if they are quick: 0 is as many as the options say. Where least is
	// small a round takes long, and there is no warm-up but one trial; where
	// it is 1, not even that.
	least, most int
	measure     func(*bench, work) error
}

// works are all there are, in the order of the table.
var works []work

func init() { // works' functions mention works
	const again = "run of true"
	works = []work{
		{"version", "process start (--version)", "ms", ratios(0.35, 0.5), 10, 0, measureVersion},
		{"state", "state of a running container", "ms", ratios(0.35, 0.5), 10, 0, measureState},
		{"run", again, "ms", ratios(0.35, 1.6), 10, 0, measureRun},
		{"run-noseccomp", again + ", no seccomp", "ms", nil, 10, 0, measureBareRun},
		{"create-start-delete", "create + start + delete --force", "ms",
			ratios(0.15, 0.6), 10, 0, measureLife},
		{"exec", "exec of true", "ms", ratios(0.33, 1.4), 10, 0, measureExec},
		{"parallel", "100 containers at once, to the last exit", "ms",
			ratios(0.4, 1.6), 3, 10, measureParallel},
		{"memory-peak", "peak memory of the container's cgroup while starting", "KiB",
			ratios(0.6, 0), 5, 10, measurePeak},
		{"memory-limit", "smallest memory limit in which true runs", "KiB",
			ratios(0.6, 0), 1, 3, measureLimit},
		{"docker-run", "docker run --rm of true", "ms", ratios(1, 1), 10, 0, measureDocker},
		{"grow-mounts", again + " with bind mounts", "ms", nil, 5, 20,
			growBy("mount", 200, mountsOf)},
		{"grow-seccomp", again + " with rules in its seccomp profile", "ms", nil, 5, 20,
			growBy("rule", 1000, rulesOf)},
		{"grow-devices", again + " with device rules", "ms", nil, 5, 20,
			growBy("rule", 500, devicesOf)},
		{"grow-containers", again + " while others run", "ms", nil, 10, 20, measureCrowd},
	}
}

func ratios(runc, crun float64) map[string]float64 {
	m := map[string]float64{"runc": runc}
	if crun > 0 {
		m["crun"] = crun
	}
	return m
}

func workList() string {
	names := make([]string, len(works))
	for i, w := range works {
		names[i] = w.name
	}
	return strings.Join(names, ", ")
}

// compare measures cells and adds the work's row to the report.
func (b *bench) compare(w work, cells []*cell) error {
	interleave(b.options, w, cells)
	r := result{Work: w.name, Title: w.title, Unit: w.unit, Targets: w.targets}
	slices.SortStableFunc(cells, func(a, b *cell) int { return order(a) - order(b) })
	for _, c := range cells {
		r.Figures = append(r.Figures, c.figure())
	}
	b.report.Works = append(b.report.Works, r)
	return nil
}

// order has the floor come last.
func order(c *cell) int {
	if c.runtime == floorName {
		return 1
	}
	return 0
}
