package container

import (
	"context"
	"time"

	"github.com/opencontainers/cgroups"
	"github.com/opencontainers/runc/libcontainer"
	"github.com/opencontainers/runc/libcontainer/intelrdt"
	"github.com/opencontainers/runc/types"
	"github.com/sirupsen/logrus"
)

// Event is one line of events: "stats" with Data, or "oom". It is runc's
// format, which engines parse.
type Event = types.Event

// EventsOptions belong to Events.
type EventsOptions struct {
	// Interval between two stats; it must be positive.
	Interval time.Duration
	// Emit gets each event, one at a time. An error ends Events.
	Emit func(*Event) error
}

// Stats takes one measurement of a container.
func (r *Runtime) Stats(_ context.Context, id string) (*Event, error) {
	c, err := r.watchable(id)
	if err != nil {
		return nil, err
	}
	return c.stats()
}

func (r *Runtime) watchable(id string) (*loaded, error) {
	c, err := r.load(id)
	if err != nil {
		return nil, err
	}
	return c, permit("watch", id, c.status)
}

func (c *loaded) stats() (*Event, error) {
	s, err := c.lc.Stats()
	if err != nil {
		return nil, err
	}
	return &Event{Type: "stats", ID: c.id, Data: publicStats(s)}, nil
}

// Events emits stats at each interval, and an event for each time the kernel
// kills for want of memory, until the container has stopped or ctx ends. In a
// program that lives on, libcontainer's watch for the latter (a goroutine and
// two descriptors) stays until the container's cgroup is gone.
func (r *Runtime) Events(ctx context.Context, id string, o EventsOptions) error {
	c, err := r.watchable(id)
	if err != nil {
		return err
	}
	oom, err := c.lc.NotifyOOM()
	if err != nil {
		return cgroupHint("events", err)
	}
	tick := time.NewTicker(o.Interval)
	defer tick.Stop()
	for {
		var e *Event
		select {
		case <-ctx.Done():
			return nil
		case _, open := <-oom:
			if !open {
				return nil // the cgroup is gone
			}
			e = &Event{Type: "oom", ID: id}
		case <-tick.C:
			if e, err = c.stats(); err != nil {
				logrus.Error(err)
				continue
			}
		}
		if err := o.Emit(e); err != nil {
			return err
		}
	}
}

func publicStats(ls *libcontainer.Stats) *types.Stats {
	cg := ls.CgroupStats
	if cg == nil {
		return nil
	}
	s := &types.Stats{
		CPUSet:            types.CPUSet(cg.CPUSetStats),
		Hugetlb:           map[string]types.Hugetlb{},
		NetworkInterfaces: ls.Interfaces,
	}
	s.Pids.Current, s.Pids.Limit = cg.PidsStats.Current, cg.PidsStats.Limit
	addCPU(&s.CPU, &cg.CpuStats)
	addMemory(&s.Memory, &cg.MemoryStats)
	addBlkio(&s.Blkio, &cg.BlkioStats)
	for size, h := range cg.HugetlbStats {
		s.Hugetlb[size] = types.Hugetlb{Usage: h.Usage, Max: h.MaxUsage, Failcnt: h.Failcnt}
	}
	addRdt(&s.IntelRdt, ls.IntelRdtStats)
	return s
}

func addCPU(to *types.Cpu, from *cgroups.CpuStats) {
	to.Usage = types.CpuUsage{
		Total:        from.CpuUsage.TotalUsage,
		Kernel:       from.CpuUsage.UsageInKernelmode,
		User:         from.CpuUsage.UsageInUsermode,
		Percpu:       from.CpuUsage.PercpuUsage,
		PercpuKernel: from.CpuUsage.PercpuUsageInKernelmode,
		PercpuUser:   from.CpuUsage.PercpuUsageInUsermode,
	}
	to.Throttling = types.Throttling{
		Periods:          from.ThrottlingData.Periods,
		ThrottledPeriods: from.ThrottlingData.ThrottledPeriods,
		ThrottledTime:    from.ThrottlingData.ThrottledTime,
	}
	to.PSI = from.PSI
}

func addMemory(to *types.Memory, from *cgroups.MemoryStats) {
	to.Cache = from.Cache
	to.Kernel = memoryEntry(from.KernelUsage)
	to.KernelTCP = memoryEntry(from.KernelTCPUsage)
	to.Swap = memoryEntry(from.SwapUsage)
	to.Usage = memoryEntry(from.Usage)
	to.Raw = from.Stats
	to.PSI = from.PSI
}

func memoryEntry(m cgroups.MemoryData) types.MemoryEntry {
	return types.MemoryEntry{Limit: m.Limit, Usage: m.Usage, Max: m.MaxUsage, Failcnt: m.Failcnt}
}

func addBlkio(to *types.Blkio, from *cgroups.BlkioStats) {
	to.IoServiceBytesRecursive = blkioEntries(from.IoServiceBytesRecursive)
	to.IoServicedRecursive = blkioEntries(from.IoServicedRecursive)
	to.IoQueuedRecursive = blkioEntries(from.IoQueuedRecursive)
	to.IoServiceTimeRecursive = blkioEntries(from.IoServiceTimeRecursive)
	to.IoWaitTimeRecursive = blkioEntries(from.IoWaitTimeRecursive)
	to.IoMergedRecursive = blkioEntries(from.IoMergedRecursive)
	to.IoTimeRecursive = blkioEntries(from.IoTimeRecursive)
	to.SectorsRecursive = blkioEntries(from.SectorsRecursive)
	to.PSI = from.PSI
}

func blkioEntries(from []cgroups.BlkioStatEntry) []types.BlkioEntry {
	to := make([]types.BlkioEntry, 0, len(from))
	for _, e := range from {
		to = append(to, types.BlkioEntry(e))
	}
	return to
}

func addRdt(to *types.IntelRdt, from *intelrdt.Stats) {
	if from == nil {
		return
	}
	if intelrdt.IsCATEnabled() {
		if from.L3CacheInfo != nil {
			info := types.L3CacheInfo(*from.L3CacheInfo)
			to.L3CacheInfo = &info
		}
		to.L3CacheSchemaRoot, to.L3CacheSchema = from.L3CacheSchemaRoot, from.L3CacheSchema
	}
	if intelrdt.IsMBAEnabled() {
		if from.MemBwInfo != nil {
			info := types.MemBwInfo(*from.MemBwInfo)
			to.MemBwInfo = &info
		}
		to.MemBwSchemaRoot, to.MemBwSchema = from.MemBwSchemaRoot, from.MemBwSchema
	}
	if intelrdt.IsMBMEnabled() {
		to.MBMStats = from.MBMStats
	}
	if intelrdt.IsCMTEnabled() {
		to.CMTStats = from.CMTStats
	}
	to.Schemata = from.Schemata
}
