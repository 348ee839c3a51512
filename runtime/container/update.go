package container

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/opencontainers/cgroups"
	devices "github.com/opencontainers/cgroups/devices/config"
	"github.com/opencontainers/runc/libcontainer/configs"
	"github.com/opencontainers/runc/libcontainer/intelrdt"
	"github.com/opencontainers/runtime-spec/specs-go"
	"github.com/sirupsen/logrus"
)

// UpdateOptions are new limits for a container. What is nil or empty stays
// as it is, with runc's exceptions: cpus, mems, burst, idle, pids and unified
// are set as given.
type UpdateOptions struct {
	Resources *specs.LinuxResources
	// L3CacheSchema and MemBwSchema are resctrl schemata lines; they need a
	// container that was created with linux.intelRdt.
	L3CacheSchema string
	MemBwSchema   string
}

// Update changes a container's resource limits. When the kernel refuses one,
// those that had been set before are put back. One that had never been set
// may stay changed: libcontainer has no value to write for it.
func (r *Runtime) Update(_ context.Context, id string, o UpdateOptions) error {
	c, err := r.load(id)
	if err != nil {
		return err
	}
	if err := permit("update", id, c.status); err != nil {
		return err
	}
	config := c.lc.Config()
	// Device rules are never changed here, and something else may have added
	// to them since (a GPU plugin, say): neither by the new limits nor, when
	// they are refused, by putting back the old ones. This is not saved.
	config.Cgroups.Resources.SkipDevices = true
	// The new limits go into copies: libcontainer puts the old ones back
	// from its own config when the kernel refuses the new ones.
	cg := *config.Cgroups
	res := *cg.Resources
	cg.Resources, config.Cgroups = &res, &cg
	if o.Resources != nil {
		if err := mergeResources(&res, o.Resources); err != nil {
			return err
		}
	}
	if err := mergeRdt(&config, o); err != nil {
		return err
	}
	if err := c.lc.Set(config); err != nil {
		return cgroupHint("update", fmt.Errorf("update %s: %w", id, err))
	}
	return nil
}

// mergeResources brings new limits into the old ones.
func mergeResources(to *cgroups.Resources, from *specs.LinuxResources) error {
	if err := sameDevices(to.Devices, from.Devices); err != nil {
		return err
	}
	mergeMemory(to, from.Memory)
	mergeCPU(to, from.CPU)
	mergeBlockIO(to, from.BlockIO)
	to.PidsLimit = nil
	if from.Pids != nil {
		to.PidsLimit = from.Pids.Limit
	}
	to.Unified = from.Unified
	for _, l := range from.HugepageLimits {
		to.HugetlbLimit = append(slices.Clone(to.HugetlbLimit),
			&cgroups.HugepageLimit{Pagesize: l.Pagesize, Limit: l.Limit})
	}
	if n := from.Network; n != nil {
		if n.ClassID != nil {
			to.NetClsClassid = *n.ClassID
		}
		for _, p := range n.Priorities {
			to.NetPrioIfpriomap = append(slices.Clone(to.NetPrioIfpriomap),
				&cgroups.IfPrioMap{Interface: p.Name, Priority: int64(p.Priority)})
		}
	}
	if len(from.Rdma) > 0 {
		to.Rdma = make(map[string]cgroups.LinuxRdma, len(from.Rdma))
	}
	for name, l := range from.Rdma {
		to.Rdma[name] = cgroups.LinuxRdma{HcaHandles: l.HcaHandles, HcaObjects: l.HcaObjects}
	}
	return nil
}

// sameDevices refuses other device rules than the container has. Engines send
// the whole of the resources along with a changed limit; libcontainer adds
// rules of its own behind the config's.
func sameDevices(have []*devices.Rule, want []specs.LinuxDeviceCgroup) error {
	refused := errors.New("devices: the rules of a container cannot be changed once it runs")
	if len(want) > len(have) {
		return refused
	}
	for i, w := range want {
		h := have[i]
		if h.Allow != w.Allow || string(h.Permissions) != w.Access ||
			!sameNumber(h.Major, w.Major) || !sameNumber(h.Minor, w.Minor) ||
			(w.Type != "" && string(h.Type) != w.Type) {
			return refused
		}
	}
	return nil
}

func sameNumber(have int64, want *int64) bool {
	if want == nil {
		return have == devices.Wildcard
	}
	return have == *want
}

func mergeMemory(to *cgroups.Resources, m *specs.LinuxMemory) {
	to.MemoryCheckBeforeUpdate = false
	if m == nil {
		return
	}
	set(&to.Memory, m.Limit)
	set(&to.MemoryReservation, m.Reservation)
	set(&to.MemorySwap, m.Swap)
	set(&to.MemoryCheckBeforeUpdate, m.CheckBeforeUpdate)
	set(&to.OomKillDisable, m.DisableOOMKiller)
	if m.Swappiness != nil {
		to.MemorySwappiness = m.Swappiness
	}
	if m.Limit != nil && *m.Limit == -1 && m.Swap == nil {
		to.MemorySwap = 0 // a swap limit cannot stay without a memory limit
	}
	//nolint:staticcheck // deprecated, and warned of for that reason
	if m.Kernel != nil || m.KernelTCP != nil {
		logrus.Warn("Kernel memory settings are ignored and will be removed")
	}
}

// set copies a value that was given.
func set[T any](to *T, from *T) {
	if from != nil {
		*to = *from
	}
}

func mergeCPU(to *cgroups.Resources, c *specs.LinuxCPU) {
	if c == nil {
		c = &specs.LinuxCPU{}
	}
	mergeQuota(to, c)
	to.CpuBurst, to.CPUIdle = c.Burst, c.Idle
	to.CpusetCpus, to.CpusetMems = c.Cpus, c.Mems
	shares := c.Shares
	if c.Idle != nil && shares == nil {
		shares = new(uint64) // an idle cgroup has no weight to write again
	}
	if shares != nil {
		to.CpuShares = *shares
		to.CpuWeight = cgroups.ConvertCPUSharesToCgroupV2Value(*shares)
	}
	set(&to.CpuRtPeriod, c.RealtimePeriod)
	set(&to.CpuRtRuntime, c.RealtimeRuntime)
}

// mergeQuota keeps the old quota when only the period is new, and the other
// way about: systemd and cgroup v2 are told both at once. When neither is
// given, neither is written.
func mergeQuota(to *cgroups.Resources, c *specs.LinuxCPU) {
	var period uint64
	var quota int64
	set(&period, c.Period)
	set(&quota, c.Quota)
	if (period == 0) == (quota == 0) {
		to.CpuPeriod, to.CpuQuota = period, quota
		return
	}
	if period != 0 {
		to.CpuPeriod = period
		return
	}
	to.CpuQuota = quota
}

func mergeBlockIO(to *cgroups.Resources, b *specs.LinuxBlockIO) {
	if b == nil {
		return
	}
	set(&to.BlkioWeight, b.Weight)
	set(&to.BlkioLeafWeight, b.LeafWeight)
	for _, d := range b.WeightDevice {
		to.BlkioWeightDevice = setWeight(to.BlkioWeightDevice, d)
	}
	for _, t := range []struct {
		to   *[]*cgroups.ThrottleDevice
		from []specs.LinuxThrottleDevice
	}{
		{&to.BlkioThrottleReadBpsDevice, b.ThrottleReadBpsDevice},
		{&to.BlkioThrottleWriteBpsDevice, b.ThrottleWriteBpsDevice},
		{&to.BlkioThrottleReadIOPSDevice, b.ThrottleReadIOPSDevice},
		{&to.BlkioThrottleWriteIOPSDevice, b.ThrottleWriteIOPSDevice},
	} {
		for _, d := range t.from {
			*t.to = setThrottle(*t.to, d)
		}
	}
}

// setWeight replaces the weights of one device, or adds the device. A nil
// weight keeps the old one.
func setWeight(list []*cgroups.WeightDevice, d specs.LinuxWeightDevice) []*cgroups.WeightDevice {
	fresh := cgroups.NewWeightDevice(d.Major, d.Minor, 0, 0)
	list = slices.Clone(list)
	i := lastIndex(list, func(w *cgroups.WeightDevice) bool {
		return w.Major == d.Major && w.Minor == d.Minor
	})
	if i >= 0 {
		*fresh = *list[i]
		list[i] = fresh
	} else {
		list = append(list, fresh)
	}
	set(&fresh.Weight, d.Weight)
	set(&fresh.LeafWeight, d.LeafWeight)
	return list
}

// lastIndex finds a device from the end: of two entries for one device the
// kernel is told the last, and that one counts.
func lastIndex[T any](list []T, match func(T) bool) int {
	for i, d := range slices.Backward(list) {
		if match(d) {
			return i
		}
	}
	return -1
}

func setThrottle(list []*cgroups.ThrottleDevice, d specs.LinuxThrottleDevice) []*cgroups.ThrottleDevice {
	fresh := cgroups.NewThrottleDevice(d.Major, d.Minor, d.Rate)
	list = slices.Clone(list)
	i := lastIndex(list, func(t *cgroups.ThrottleDevice) bool {
		return t.Major == d.Major && t.Minor == d.Minor
	})
	if i < 0 {
		return append(list, fresh)
	}
	list[i] = fresh
	return list
}

// mergeRdt brings new resctrl schemata into a config that has a group.
func mergeRdt(config *configs.Config, o UpdateOptions) error {
	if o.L3CacheSchema == "" && o.MemBwSchema == "" {
		return nil
	}
	if o.L3CacheSchema != "" && !intelrdt.IsCATEnabled() {
		return errors.New("l3CacheSchema: Intel RDT/CAT: l3 cache schema is not enabled")
	}
	if o.MemBwSchema != "" && !intelrdt.IsMBAEnabled() {
		return errors.New("memBwSchema: Intel RDT/MBA: memory bandwidth schema is not enabled")
	}
	if config.IntelRdt == nil {
		return errors.New("intelRdt: the container was created without it")
	}
	rdt := *config.IntelRdt
	config.IntelRdt = &rdt
	if o.L3CacheSchema != "" {
		rdt.L3CacheSchema = o.L3CacheSchema
	}
	if o.MemBwSchema != "" {
		rdt.MemBwSchema = o.MemBwSchema
	}
	return nil
}
