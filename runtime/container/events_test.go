package container

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/opencontainers/cgroups"
	"github.com/opencontainers/runc/libcontainer"
	"github.com/opencontainers/runc/types"
)

func TestPublicStats(t *testing.T) {
	cg := &cgroups.Stats{
		PidsStats: cgroups.PidsStats{Current: 1, Limit: 2},
		CpuStats: cgroups.CpuStats{
			CpuUsage: cgroups.CpuUsage{
				TotalUsage: 3, PercpuUsage: []uint64{4}, PercpuUsageInKernelmode: []uint64{5},
				PercpuUsageInUsermode: []uint64{6}, UsageInKernelmode: 7, UsageInUsermode: 8,
			},
			ThrottlingData: cgroups.ThrottlingData{Periods: 9, ThrottledPeriods: 10, ThrottledTime: 11},
			PSI:            new(cgroups.PSIStats),
		},
		CPUSetStats: cgroups.CPUSetStats{CPUs: []uint16{0, 1}, MemoryMigrate: 1},
		MemoryStats: cgroups.MemoryStats{
			Cache:          12,
			Usage:          cgroups.MemoryData{Usage: 13, MaxUsage: 14, Failcnt: 15, Limit: 16},
			SwapUsage:      cgroups.MemoryData{Usage: 17},
			KernelUsage:    cgroups.MemoryData{Usage: 18},
			KernelTCPUsage: cgroups.MemoryData{Usage: 19},
			Stats:          map[string]uint64{"rss": 20},
			PSI:            new(cgroups.PSIStats),
		},
		HugetlbStats: map[string]cgroups.HugetlbStats{"2MB": {Usage: 21, MaxUsage: 22, Failcnt: 23}},
	}
	got := publicStats(&libcontainer.Stats{
		CgroupStats: cg, Interfaces: []*types.NetworkInterface{{Name: "eth0"}},
	})
	want := &types.Stats{
		CPU: types.Cpu{
			Usage: types.CpuUsage{
				Total: 3, Percpu: []uint64{4}, PercpuKernel: []uint64{5}, PercpuUser: []uint64{6}, Kernel: 7, User: 8,
			},
			Throttling: types.Throttling{Periods: 9, ThrottledPeriods: 10, ThrottledTime: 11},
			PSI:        cg.CpuStats.PSI,
		},
		CPUSet: types.CPUSet{CPUs: []uint16{0, 1}, MemoryMigrate: 1},
		Memory: types.Memory{
			Cache: 12, Usage: types.MemoryEntry{Usage: 13, Max: 14, Failcnt: 15, Limit: 16},
			Swap: types.MemoryEntry{Usage: 17}, Kernel: types.MemoryEntry{Usage: 18},
			KernelTCP: types.MemoryEntry{Usage: 19}, Raw: map[string]uint64{"rss": 20}, PSI: cg.MemoryStats.PSI,
		},
		Pids:    types.Pids{Current: 1, Limit: 2},
		Hugetlb: map[string]types.Hugetlb{"2MB": {Usage: 21, Max: 22, Failcnt: 23}},
		Blkio: types.Blkio{
			IoServiceBytesRecursive: []types.BlkioEntry{}, IoServicedRecursive: []types.BlkioEntry{},
			IoQueuedRecursive: []types.BlkioEntry{}, IoServiceTimeRecursive: []types.BlkioEntry{},
			IoWaitTimeRecursive: []types.BlkioEntry{}, IoMergedRecursive: []types.BlkioEntry{},
			IoTimeRecursive: []types.BlkioEntry{}, SectorsRecursive: []types.BlkioEntry{},
		},
		NetworkInterfaces: []*types.NetworkInterface{{Name: "eth0"}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if publicStats(new(libcontainer.Stats)) != nil {
		t.Error("stats of nothing")
	}
}

// Each list of block IO has its own place in the output.
func TestPublicBlkio(t *testing.T) {
	entry := func(n uint64) []cgroups.BlkioStatEntry {
		return []cgroups.BlkioStatEntry{{Major: 8, Minor: n, Op: "Read", Value: n}}
	}
	s := publicStats(&libcontainer.Stats{CgroupStats: &cgroups.Stats{BlkioStats: cgroups.BlkioStats{
		IoServiceBytesRecursive: entry(1), IoServicedRecursive: entry(2), IoQueuedRecursive: entry(3),
		IoServiceTimeRecursive: entry(4), IoWaitTimeRecursive: entry(5), IoMergedRecursive: entry(6),
		IoTimeRecursive: entry(7), SectorsRecursive: entry(8), PSI: new(cgroups.PSIStats),
	}}})
	if s.Blkio.PSI == nil {
		t.Error("no pressure")
	}
	for i, list := range [][]types.BlkioEntry{
		s.Blkio.IoServiceBytesRecursive, s.Blkio.IoServicedRecursive, s.Blkio.IoQueuedRecursive,
		s.Blkio.IoServiceTimeRecursive, s.Blkio.IoWaitTimeRecursive, s.Blkio.IoMergedRecursive,
		s.Blkio.IoTimeRecursive, s.Blkio.SectorsRecursive,
	} {
		n := uint64(i + 1)
		if want := (types.BlkioEntry{Major: 8, Minor: n, Op: "Read", Value: n}); len(list) != 1 || list[0] != want {
			t.Errorf("list %d: %+v", n, list)
		}
	}
}

// Engines parse these names.
func TestEventFormat(t *testing.T) {
	data, err := json.Marshal(&Event{Type: "oom", ID: "web1"})
	if want := `{"type":"oom","id":"web1"}`; err != nil || string(data) != want {
		t.Errorf("%s, %v", data, err)
	}
}
