package main

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"
)

// options is what the command line says.
type options struct {
	runtime  string
	peers    []string
	only     []string
	rounds   int
	warmup   int
	budget   time.Duration
	pause    time.Duration
	workers  int
	crowd    int
	growAll  bool
	hybrid   bool
	cgroup2  bool
	quick    bool
	from     string
	json     string
	chart    string
	markdown string
}

func parseOptions(args []string) (*options, error) {
	o := &options{}
	var peers, only string
	fs := flag.NewFlagSet("bench", flag.ContinueOnError)
	fs.StringVar(&o.runtime, "runtime", "bin/bulkhead",
		"the runtime that is compared with its peers, a `path`")
	fs.StringVar(&peers, "peers", os.Getenv("PEERS"),
		"`paths` of other runtimes, separated by blanks\n"+
			"(default $PEERS, else runc and crun of $PATH)")
	fs.StringVar(&only, "only", "", "measure these `works` alone, separated by commas:\n"+workList())
	fs.IntVar(&o.rounds, "rounds", 40, "measure each work so many times")
	fs.IntVar(&o.warmup, "warmup", 3, "rounds before the first that counts")
	fs.DurationVar(&o.budget, "budget", 20*time.Second,
		"stop a work early after this time and its least number of rounds")
	fs.DurationVar(&o.pause, "pause", 5*time.Millisecond,
		"wait between two samples, so that the kernel clears up after the one before")
	fs.IntVar(&o.workers, "containers", 100, "containers that start at once")
	fs.IntVar(&o.crowd, "crowd", 500, "other containers that run while one starts")
	fs.BoolVar(&o.growAll, "crowd-for-all", false,
		"start that crowd for each runtime, not for the first alone")
	fs.BoolVar(&o.hybrid, "hybrid", false,
		"keep the cgroup v2 mount of a hybrid layout, with which crun does not run")
	fs.BoolVar(&o.cgroup2, "private-cgroup2", false,
		"measure below a cgroup v2 mount of its own, without the memory works")
	fs.BoolVar(&o.quick, "quick", false, "few rounds and small numbers, to see that all works")
	fs.StringVar(&o.from, "from", "", "measure nothing, take the figures from this JSON `file`")
	fs.StringVar(&o.json, "json", "", "write the figures to this `file`")
	fs.StringVar(&o.chart, "chart", "", "write an SVG chart to this `file`")
	fs.StringVar(&o.markdown, "markdown", "", "write a Markdown table to this `file`")
	if err := fs.Parse(args); err != nil {
		return nil, flag.ErrHelp
	}
	if fs.NArg() > 0 {
		return nil, fmt.Errorf("unknown argument %q", fs.Arg(0))
	}
	o.peers = strings.Fields(peers)
	o.only = strings.FieldsFunc(only, func(r rune) bool { return r == ',' || r == ' ' })
	return o, o.check()
}

func (o *options) check() error {
	for _, name := range o.only {
		if !slices.ContainsFunc(works, func(w work) bool { return w.name == name }) {
			return fmt.Errorf("unknown work %q; known are:\n%s", name, workList())
		}
	}
	if o.rounds < 1 || o.warmup < 0 || o.workers < 1 || o.crowd < 1 {
		return fmt.Errorf("-rounds, -containers and -crowd must be at least 1, -warmup 0")
	}
	if o.hybrid && o.cgroup2 {
		return fmt.Errorf("-hybrid and -private-cgroup2 exclude each other")
	}
	if o.quick {
		o.rounds, o.warmup, o.pause = 1, 0, 0
		o.workers, o.crowd = 2*runtime.NumCPU(), 4
	}
	return nil
}

// size makes a number of the growth works small in quick mode.
func (o *options) size(n int) int {
	if o.quick {
		return max(2, n/100)
	}
	return n
}

func (o *options) wants(name string) bool {
	return len(o.only) == 0 || slices.Contains(o.only, name)
}
