package main

import (
	"fmt"
	"io"
	"os"
	"strconv"

	"github.com/docker/go-units"
	"github.com/opencontainers/runtime-spec/specs-go"
	"github.com/urfave/cli/v2"

	"github.com/bulkhead-oci/bulkhead/runtime/container"
	"github.com/bulkhead-oci/bulkhead/spec"
)

func updateCommand() *cli.Command {
	return &cli.Command{
		Name:      "update",
		Usage:     "change a container's resource limits",
		ArgsUsage: "<container-id>",
		Description: `   Changes the limits of a container that exists; it goes on running. With
   --resources all limits come from an OCI resources object in JSON, and the
   other options are ignored:

       {"memory": {"limit": 67108864}, "cpu": {"quota": 20000, "period": 100000}}

EXAMPLE:
   # bulkhead update web1 --memory 64M --pids-limit 100

EXIT STATUS:
   0 when all limits are set, 1 on an error. Then limits that had been set before
   are put back; one that was set for the first time may have changed.`,
		Flags:  updateFlags(),
		Before: nArgs(1, 1),
		Action: update,
	}
}

func updateFlags() []cli.Flag {
	obsolete := "(obsolete, ignored)"
	return []cli.Flag{
		&cli.StringFlag{Name: "resources", Aliases: []string{"r"},
			Usage: "read the limits from `FILE`, - for standard input"},
		&cli.IntFlag{Name: "blkio-weight", Usage: "block IO `WEIGHT`, 10 to 1000"},
		&cli.StringFlag{Name: "cpu-period", Usage: "CFS period in `MICROSECONDS`, 0 for the default"},
		&cli.StringFlag{Name: "cpu-quota", Usage: "CFS quota in `MICROSECONDS` a period, -1 for none"},
		&cli.StringFlag{Name: "cpu-burst", Usage: "CFS burst in `MICROSECONDS`"},
		&cli.StringFlag{Name: "cpu-share", Usage: "relative `WEIGHT` against other containers"},
		&cli.StringFlag{Name: "cpu-rt-period", Usage: "realtime period in `MICROSECONDS`"},
		&cli.StringFlag{Name: "cpu-rt-runtime", Usage: "realtime limit in `MICROSECONDS` a period"},
		&cli.StringFlag{Name: "cpu-idle", Usage: "`1` for SCHED_IDLE, 0 for the default"},
		&cli.StringFlag{Name: "cpuset-cpus", Usage: "the `CPUS` to use, as 0-3,5"},
		&cli.StringFlag{Name: "cpuset-mems", Usage: "the memory `NODES` to use, as 0-1"},
		&cli.StringFlag{Name: "kernel-memory", Hidden: true, Usage: obsolete},
		&cli.StringFlag{Name: "kernel-memory-tcp", Hidden: true, Usage: obsolete},
		&cli.StringFlag{Name: "memory", Usage: "memory limit in `BYTES`, as 64M; -1 for none"},
		&cli.StringFlag{Name: "memory-reservation", Usage: "soft memory limit in `BYTES`"},
		&cli.StringFlag{Name: "memory-swap", Usage: "memory and swap in `BYTES`, -1 for no limit"},
		&cli.Int64Flag{Name: "pids-limit", Usage: "the `NUMBER` of processes, -1 for no limit"},
		&cli.StringFlag{Name: "l3-cache-schema", Usage: "Intel RDT/CAT L3 cache `SCHEMA`"},
		&cli.StringFlag{Name: "mem-bw-schema", Usage: "Intel RDT/MBA memory bandwidth `SCHEMA`"},
	}
}

func update(c *cli.Context) error {
	rt, err := runtimeOf(c)
	if err != nil {
		return err
	}
	res, err := resources(c)
	if err != nil {
		return err
	}
	return rt.Update(c.Context, c.Args().First(), container.UpdateOptions{
		Resources:     res,
		L3CacheSchema: c.String("l3-cache-schema"),
		MemBwSchema:   c.String("mem-bw-schema"),
	})
}

func resources(c *cli.Context) (*specs.LinuxResources, error) {
	path := c.String("resources")
	if path == "" {
		return resourcesOf(c)
	}
	var in io.Reader = os.Stdin
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return nil, fmt.Errorf("--resources: %w", err)
		}
		defer f.Close()
		in = f
	}
	res, err := spec.ParseResources(in)
	if err != nil {
		return nil, fmt.Errorf("--resources: %w", err)
	}
	return res, nil
}

// resourcesOf collects the limits that are given one by one.
func resourcesOf(c *cli.Context) (*specs.LinuxResources, error) {
	cpu := &specs.LinuxCPU{Cpus: c.String("cpuset-cpus"), Mems: c.String("cpuset-mems")}
	mem := &specs.LinuxMemory{}
	for _, f := range []struct {
		name string
		set  func(string) error
	}{
		{"cpu-burst", unsigned(&cpu.Burst)},
		{"cpu-period", unsigned(&cpu.Period)},
		{"cpu-rt-period", unsigned(&cpu.RealtimePeriod)},
		{"cpu-share", unsigned(&cpu.Shares)},
		{"cpu-idle", signed(&cpu.Idle)},
		{"cpu-quota", signed(&cpu.Quota)},
		{"cpu-rt-runtime", signed(&cpu.RealtimeRuntime)},
		{"memory", byteSize(&mem.Limit)},
		{"memory-reservation", byteSize(&mem.Reservation)},
		{"memory-swap", byteSize(&mem.Swap)},
		{"kernel-memory", byteSize(&mem.Kernel)}, //nolint:staticcheck // accepted, warned of
		{"kernel-memory-tcp", byteSize(&mem.KernelTCP)},
	} {
		if s := c.String(f.name); s != "" {
			if err := f.set(s); err != nil {
				return nil, fmt.Errorf("invalid value for %s: %w", f.name, err)
			}
		}
	}
	res := &specs.LinuxResources{CPU: cpu, Memory: mem}
	if c.IsSet("pids-limit") {
		res.Pids = &specs.LinuxPids{Limit: new(c.Int64("pids-limit"))}
	}
	if w := c.Int("blkio-weight"); w != 0 {
		if w < 10 || w > 1000 {
			return nil, fmt.Errorf("invalid value for blkio-weight: %d is not in 10 to 1000", w)
		}
		res.BlockIO = &specs.LinuxBlockIO{Weight: new(uint16(w))}
	}
	return res, nil
}

func unsigned(to **uint64) func(string) error {
	return func(s string) error {
		n, err := strconv.ParseUint(s, 10, 64)
		*to = &n
		return err
	}
}

func signed(to **int64) func(string) error {
	return func(s string) error {
		n, err := strconv.ParseInt(s, 10, 64)
		*to = &n
		return err
	}
}

// byteSize understands 64M and the like; -1 is no limit.
func byteSize(to **int64) func(string) error {
	return func(s string) error {
		if s == "-1" {
			*to = new(int64(-1))
			return nil
		}
		n, err := units.RAMInBytes(s)
		*to = &n
		return err
	}
}
