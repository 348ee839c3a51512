package container

import (
	"reflect"
	"slices"
	"testing"

	"github.com/opencontainers/cgroups"
	devices "github.com/opencontainers/cgroups/devices/config"
	"github.com/opencontainers/runc/libcontainer/configs"
	"github.com/opencontainers/runc/libcontainer/intelrdt"
	"github.com/opencontainers/runtime-spec/specs-go"
)

// libcontainer puts the old limits back from the old config when the kernel
// refuses the new ones, so nothing it points to may change.
func TestMergeLeavesTheOldAlone(t *testing.T) {
	old := func() cgroups.Resources {
		return cgroups.Resources{
			// Room behind the end, where append would write.
			BlkioWeightDevice:          append(make([]*cgroups.WeightDevice, 0, 8), cgroups.NewWeightDevice(8, 0, 1, 2)),
			BlkioThrottleReadBpsDevice: append(make([]*cgroups.ThrottleDevice, 0, 8), cgroups.NewThrottleDevice(8, 0, 1)),
			HugetlbLimit:               append(make([]*cgroups.HugepageLimit, 0, 8), &cgroups.HugepageLimit{Pagesize: "2MB"}),
			NetPrioIfpriomap:           append(make([]*cgroups.IfPrioMap, 0, 8), &cgroups.IfPrioMap{Interface: "a"}),
			Rdma:                       map[string]cgroups.LinuxRdma{"old": {}},
			Unified:                    map[string]string{"a": "b"},
			MemorySwappiness:           new(uint64(1)),
		}
	}
	have := old()
	res := have
	ok(t, mergeResources(&res, &specs.LinuxResources{
		Memory: &specs.LinuxMemory{Swappiness: new(uint64(9))},
		BlockIO: &specs.LinuxBlockIO{
			WeightDevice:          []specs.LinuxWeightDevice{weight(8, 0, new(uint16(9)), nil), weight(9, 9, nil, nil)},
			ThrottleReadBpsDevice: []specs.LinuxThrottleDevice{throttle(8, 0, 9), throttle(9, 9, 9)},
		},
		HugepageLimits: []specs.LinuxHugepageLimit{{Pagesize: "1GB", Limit: 9}},
		Network:        &specs.LinuxNetwork{Priorities: []specs.LinuxInterfacePriority{{Name: "b"}}},
		Rdma:           map[string]specs.LinuxRdma{"new": {}},
		Unified:        map[string]string{"c": "d"},
	}))
	if !reflect.DeepEqual(have, old()) {
		t.Errorf("changed: %+v", have)
	}
	for name, tail := range map[string]bool{
		"weights":   have.BlkioWeightDevice[:2][1] == nil,
		"throttles": have.BlkioThrottleReadBpsDevice[:2][1] == nil,
		"hugetlb":   have.HugetlbLimit[:2][1] == nil,
		"netprio":   have.NetPrioIfpriomap[:2][1] == nil,
	} {
		if !tail {
			t.Errorf("%s: wrote behind the old list's end", name)
		}
	}
}

func TestUpdateDevices(t *testing.T) {
	rule := func(kind devices.Type, major, minor int64, access string, allow bool) *devices.Rule {
		return &devices.Rule{Type: kind, Major: major, Minor: minor, Permissions: devices.Permissions(access), Allow: allow}
	}
	have := []*devices.Rule{
		rule(devices.WildcardDevice, devices.Wildcard, devices.Wildcard, "rwm", false),
		rule(devices.CharDevice, 1, 3, "rw", true),
		rule(devices.CharDevice, 5, 1, "rwm", true),
	}
	five, one, three := int64(5), int64(1), int64(3)
	all := specs.LinuxDeviceCgroup{Access: "rwm"}
	null := specs.LinuxDeviceCgroup{Allow: true, Type: "c", Major: &one, Minor: &three, Access: "rw"}
	changed := func(change func(*specs.LinuxDeviceCgroup)) []specs.LinuxDeviceCgroup {
		d := null
		change(&d)
		return []specs.LinuxDeviceCgroup{all, d}
	}
	for name, c := range map[string]struct {
		want []specs.LinuxDeviceCgroup
		fine bool
	}{
		"none":        {nil, true},
		"the first":   {[]specs.LinuxDeviceCgroup{all}, true},
		"the same":    {[]specs.LinuxDeviceCgroup{all, null}, true},
		"other order": {[]specs.LinuxDeviceCgroup{null, all}, false},
		"too many":    {slices.Repeat([]specs.LinuxDeviceCgroup{all}, 4), false},
		"allow":       {changed(func(d *specs.LinuxDeviceCgroup) { d.Allow = false }), false},
		"access":      {changed(func(d *specs.LinuxDeviceCgroup) { d.Access = "rwm" }), false},
		"type":        {changed(func(d *specs.LinuxDeviceCgroup) { d.Type = "b" }), false},
		"major":       {changed(func(d *specs.LinuxDeviceCgroup) { d.Major = &five }), false},
		"minor":       {changed(func(d *specs.LinuxDeviceCgroup) { d.Minor = nil }), false},
	} {
		res := cgroups.Resources{Devices: have, Memory: 1}
		err := mergeResources(&res, &specs.LinuxResources{
			Devices: c.want, Memory: &specs.LinuxMemory{Limit: &five},
		})
		if (err == nil) != c.fine || (res.Memory == 5) != c.fine || len(res.Devices) != 3 {
			t.Errorf("%s: %v, memory %d", name, err, res.Memory)
		}
	}
}

func TestMergeRdt(t *testing.T) {
	config := new(configs.Config)
	ok(t, mergeRdt(config, UpdateOptions{}))
	if intelrdt.IsCATEnabled() || intelrdt.IsMBAEnabled() {
		t.Skip("the rest needs a host without resctrl")
	}
	says(t, mergeRdt(config, UpdateOptions{L3CacheSchema: "L3:0=f"}),
		"l3CacheSchema: Intel RDT/CAT: l3 cache schema is not enabled")
	says(t, mergeRdt(config, UpdateOptions{MemBwSchema: "MB:0=10"}),
		"memBwSchema: Intel RDT/MBA: memory bandwidth schema is not enabled")
}
