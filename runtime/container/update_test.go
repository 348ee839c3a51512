package container

import (
	"reflect"
	"testing"

	"github.com/opencontainers/cgroups"
	"github.com/opencontainers/runtime-spec/specs-go"
)

// merge is one row: what the container has, what update brings, what it must
// have then.
type merge struct {
	name string
	have cgroups.Resources
	with specs.LinuxResources
	want cgroups.Resources
}

func checkMerges(t *testing.T, rows []merge) {
	t.Helper()
	for _, row := range rows {
		got := row.have
		if err := mergeResources(&got, &row.with); err != nil {
			t.Errorf("%s: %v", row.name, err)
		}
		if !reflect.DeepEqual(got, row.want) {
			t.Errorf("%s:\ngot  %+v\nwant %+v", row.name, got, row.want)
		}
	}
}

func TestMergeMemory(t *testing.T) {
	mem := func(m specs.LinuxMemory) specs.LinuxResources { return specs.LinuxResources{Memory: &m} }
	checkMerges(t, []merge{
		{
			"nothing", cgroups.Resources{Memory: 1, MemorySwap: 2, MemoryReservation: 3},
			specs.LinuxResources{}, cgroups.Resources{Memory: 1, MemorySwap: 2, MemoryReservation: 3},
		},
		{
			"nothing in it", cgroups.Resources{Memory: 1, MemorySwap: 2, OomKillDisable: true},
			mem(specs.LinuxMemory{}), cgroups.Resources{Memory: 1, MemorySwap: 2, OomKillDisable: true},
		},
		{
			"limit", cgroups.Resources{Memory: 1, MemorySwap: 2},
			mem(specs.LinuxMemory{Limit: new(int64(9))}), cgroups.Resources{Memory: 9, MemorySwap: 2},
		},
		{
			"no limit", cgroups.Resources{Memory: 1, MemorySwap: 2},
			mem(specs.LinuxMemory{Limit: new(int64(-1))}), cgroups.Resources{Memory: -1, MemorySwap: 0},
		},
		{
			"no limit but swap", cgroups.Resources{Memory: 1, MemorySwap: 2},
			mem(specs.LinuxMemory{Limit: new(int64(-1)), Swap: new(int64(-1))}),
			cgroups.Resources{Memory: -1, MemorySwap: -1},
		},
		{
			"swap", cgroups.Resources{Memory: 1, MemorySwap: 2},
			mem(specs.LinuxMemory{Swap: new(int64(7))}), cgroups.Resources{Memory: 1, MemorySwap: 7},
		},
		{
			"the rest", cgroups.Resources{MemorySwappiness: new(uint64(1))},
			mem(specs.LinuxMemory{
				Reservation: new(int64(5)), Swappiness: new(uint64(60)),
				DisableOOMKiller: new(true), CheckBeforeUpdate: new(true),
			}),
			cgroups.Resources{
				MemoryReservation: 5, MemorySwappiness: new(uint64(60)),
				OomKillDisable: true, MemoryCheckBeforeUpdate: true,
			},
		},
		{
			"a check is for once", cgroups.Resources{MemoryCheckBeforeUpdate: true},
			specs.LinuxResources{}, cgroups.Resources{},
		},
	})
}

func TestMergeCPU(t *testing.T) {
	cpu := func(c specs.LinuxCPU) specs.LinuxResources { return specs.LinuxResources{CPU: &c} }
	old := cgroups.Resources{CpuPeriod: 1000, CpuQuota: 500}
	checkMerges(t, []merge{
		{"neither", old, cpu(specs.LinuxCPU{}), cgroups.Resources{}},
		{"none", old, specs.LinuxResources{}, cgroups.Resources{}},
		{
			"both", old, cpu(specs.LinuxCPU{Period: new(uint64(20)), Quota: new(int64(10))}),
			cgroups.Resources{CpuPeriod: 20, CpuQuota: 10},
		},
		{
			"period", old, cpu(specs.LinuxCPU{Period: new(uint64(20))}),
			cgroups.Resources{CpuPeriod: 20, CpuQuota: 500},
		},
		{
			"quota", old, cpu(specs.LinuxCPU{Quota: new(int64(10))}),
			cgroups.Resources{CpuPeriod: 1000, CpuQuota: 10},
		},
		{
			"no quota", old, cpu(specs.LinuxCPU{Quota: new(int64(-1))}),
			cgroups.Resources{CpuPeriod: 1000, CpuQuota: -1},
		},
		{
			"zero period", old, cpu(specs.LinuxCPU{Period: new(uint64(0)), Quota: new(int64(10))}),
			cgroups.Resources{CpuPeriod: 1000, CpuQuota: 10},
		},
		{
			"zeroes", old, cpu(specs.LinuxCPU{Period: new(uint64(0)), Quota: new(int64(0))}), cgroups.Resources{},
		},
		{
			"set as given", cgroups.Resources{
				CpuBurst: new(uint64(1)), CPUIdle: new(int64(1)), CpusetCpus: "0-1", CpusetMems: "0",
			},
			specs.LinuxResources{}, cgroups.Resources{},
		},
		{
			"shares", cgroups.Resources{CpuShares: 2, CpuWeight: 1}, cpu(specs.LinuxCPU{Shares: new(uint64(1024))}),
			cgroups.Resources{CpuShares: 1024, CpuWeight: 100},
		},
		{
			"shares stay", cgroups.Resources{CpuShares: 1024, CpuWeight: 39}, cpu(specs.LinuxCPU{}),
			cgroups.Resources{CpuShares: 1024, CpuWeight: 39},
		},
		{
			"idle", cgroups.Resources{CpuShares: 1024, CpuWeight: 39}, cpu(specs.LinuxCPU{Idle: new(int64(1))}),
			cgroups.Resources{CPUIdle: new(int64(1))},
		},
		{
			"idle and shares", cgroups.Resources{},
			cpu(specs.LinuxCPU{Idle: new(int64(0)), Shares: new(uint64(1024))}),
			cgroups.Resources{CPUIdle: new(int64(0)), CpuShares: 1024, CpuWeight: 100},
		},
		{
			"realtime and sets", cgroups.Resources{},
			cpu(specs.LinuxCPU{
				RealtimePeriod: new(uint64(7)), RealtimeRuntime: new(int64(6)),
				Burst: new(uint64(5)), Cpus: "0", Mems: "1",
			}),
			cgroups.Resources{
				CpuRtPeriod: 7, CpuRtRuntime: 6, CpuBurst: new(uint64(5)), CpusetCpus: "0", CpusetMems: "1",
			},
		},
	})
}

func TestMergeOthers(t *testing.T) {
	checkMerges(t, []merge{
		{
			"pids", cgroups.Resources{PidsLimit: new(int64(1))},
			specs.LinuxResources{Pids: &specs.LinuxPids{Limit: new(int64(9))}},
			cgroups.Resources{PidsLimit: new(int64(9))},
		},
		{"no pids", cgroups.Resources{PidsLimit: new(int64(1))}, specs.LinuxResources{}, cgroups.Resources{}},
		{
			"unified", cgroups.Resources{Unified: map[string]string{"a": "b"}},
			specs.LinuxResources{Unified: map[string]string{"c": "d"}},
			cgroups.Resources{Unified: map[string]string{"c": "d"}},
		},
		{
			"huge pages", cgroups.Resources{HugetlbLimit: []*cgroups.HugepageLimit{{Pagesize: "2MB", Limit: 1}}},
			specs.LinuxResources{HugepageLimits: []specs.LinuxHugepageLimit{
				{Pagesize: "1GB", Limit: 2}, {Pagesize: "2MB", Limit: 3},
			}},
			cgroups.Resources{HugetlbLimit: []*cgroups.HugepageLimit{
				{Pagesize: "2MB", Limit: 1}, {Pagesize: "1GB", Limit: 2}, {Pagesize: "2MB", Limit: 3},
			}},
		},
		{
			"network", cgroups.Resources{NetClsClassid: 1, NetPrioIfpriomap: []*cgroups.IfPrioMap{{Interface: "a", Priority: 1}}},
			specs.LinuxResources{Network: &specs.LinuxNetwork{
				ClassID:    new(uint32(7)),
				Priorities: []specs.LinuxInterfacePriority{{Name: "b", Priority: 2}},
			}},
			cgroups.Resources{NetClsClassid: 7, NetPrioIfpriomap: []*cgroups.IfPrioMap{
				{Interface: "a", Priority: 1}, {Interface: "b", Priority: 2},
			}},
		},
		{
			"no class", cgroups.Resources{NetClsClassid: 1},
			specs.LinuxResources{Network: new(specs.LinuxNetwork)}, cgroups.Resources{NetClsClassid: 1},
		},
		{
			"rdma", cgroups.Resources{Rdma: map[string]cgroups.LinuxRdma{"old": {}}},
			specs.LinuxResources{Rdma: map[string]specs.LinuxRdma{
				"mlx": {HcaHandles: new(uint32(1)), HcaObjects: new(uint32(2))},
			}},
			cgroups.Resources{Rdma: map[string]cgroups.LinuxRdma{
				"mlx": {HcaHandles: new(uint32(1)), HcaObjects: new(uint32(2))},
			}},
		},
		{
			"no rdma", cgroups.Resources{Rdma: map[string]cgroups.LinuxRdma{"old": {}}},
			specs.LinuxResources{}, cgroups.Resources{Rdma: map[string]cgroups.LinuxRdma{"old": {}}},
		},
	})
}

func throttle(major, minor int64, rate uint64) specs.LinuxThrottleDevice {
	d := specs.LinuxThrottleDevice{Rate: rate}
	d.Major, d.Minor = major, minor
	return d
}

func weight(major, minor int64, w, leaf *uint16) specs.LinuxWeightDevice {
	d := specs.LinuxWeightDevice{Weight: w, LeafWeight: leaf}
	d.Major, d.Minor = major, minor
	return d
}

func TestMergeBlockIO(t *testing.T) {
	list := func(d ...*cgroups.ThrottleDevice) []*cgroups.ThrottleDevice { return d }
	dev := cgroups.NewThrottleDevice
	checkMerges(t, []merge{
		{
			"weights", cgroups.Resources{BlkioWeight: 1, BlkioLeafWeight: 2},
			specs.LinuxResources{BlockIO: &specs.LinuxBlockIO{Weight: new(uint16(10)), LeafWeight: new(uint16(20))}},
			cgroups.Resources{BlkioWeight: 10, BlkioLeafWeight: 20},
		},
		{
			"nothing in it", cgroups.Resources{BlkioWeight: 1, BlkioLeafWeight: 2},
			specs.LinuxResources{BlockIO: new(specs.LinuxBlockIO)},
			cgroups.Resources{BlkioWeight: 1, BlkioLeafWeight: 2},
		},
		{
			"each list", cgroups.Resources{BlkioThrottleReadBpsDevice: list(dev(8, 0, 1))},
			specs.LinuxResources{BlockIO: &specs.LinuxBlockIO{
				ThrottleReadBpsDevice:   []specs.LinuxThrottleDevice{throttle(8, 16, 1)},
				ThrottleWriteBpsDevice:  []specs.LinuxThrottleDevice{throttle(8, 16, 2)},
				ThrottleReadIOPSDevice:  []specs.LinuxThrottleDevice{throttle(8, 16, 3)},
				ThrottleWriteIOPSDevice: []specs.LinuxThrottleDevice{throttle(8, 16, 4)},
			}},
			cgroups.Resources{
				BlkioThrottleReadBpsDevice:   list(dev(8, 0, 1), dev(8, 16, 1)),
				BlkioThrottleWriteBpsDevice:  list(dev(8, 16, 2)),
				BlkioThrottleReadIOPSDevice:  list(dev(8, 16, 3)),
				BlkioThrottleWriteIOPSDevice: list(dev(8, 16, 4)),
			},
		},
		{
			"replaced", cgroups.Resources{BlkioThrottleReadBpsDevice: list(dev(8, 0, 1), dev(9, 0, 2), dev(8, 1, 3))},
			specs.LinuxResources{BlockIO: &specs.LinuxBlockIO{
				ThrottleReadBpsDevice: []specs.LinuxThrottleDevice{throttle(9, 0, 7), throttle(8, 1, 8)},
			}},
			cgroups.Resources{BlkioThrottleReadBpsDevice: list(dev(8, 0, 1), dev(9, 0, 7), dev(8, 1, 8))},
		},
		{
			"the last of two", cgroups.Resources{BlkioThrottleReadBpsDevice: list(dev(8, 0, 1), dev(8, 0, 2))},
			specs.LinuxResources{BlockIO: &specs.LinuxBlockIO{
				ThrottleReadBpsDevice: []specs.LinuxThrottleDevice{throttle(8, 0, 7)},
			}},
			cgroups.Resources{BlkioThrottleReadBpsDevice: list(dev(8, 0, 1), dev(8, 0, 7))},
		},
	})
}

func TestMergeWeightDevices(t *testing.T) {
	dev := cgroups.NewWeightDevice
	checkMerges(t, []merge{{
		"devices",
		cgroups.Resources{BlkioWeightDevice: []*cgroups.WeightDevice{dev(8, 0, 1, 2), dev(8, 1, 3, 4), dev(8, 2, 5, 6)}},
		specs.LinuxResources{BlockIO: &specs.LinuxBlockIO{WeightDevice: []specs.LinuxWeightDevice{
			weight(8, 1, new(uint16(30)), nil), weight(8, 2, nil, new(uint16(60))), weight(9, 0, new(uint16(7)), nil),
		}}},
		cgroups.Resources{BlkioWeightDevice: []*cgroups.WeightDevice{
			dev(8, 0, 1, 2), dev(8, 1, 30, 4), dev(8, 2, 5, 60), dev(9, 0, 7, 0),
		}},
	}})
}
