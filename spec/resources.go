package spec

import (
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// A resourceCheck looks at one set of resources. Its prefix is
// "linux.resources." inside a configuration and empty for a document of its
// own.
type resourceCheck struct {
	*faultList
	*specs.LinuxResources
	prefix string
	// update means that a container has resources already, which those
	// absent here do not change.
	update bool
}

var resourceChecks = [...]func(resourceCheck){
	checkDeviceRules,
	checkMemory,
	checkCPU,
	checkBlockIO,
	checkHugepages,
	checkNetwork,
	checkRdma,
	checkUnified,
}

func checkConfigResources(c *checker) {
	if r := c.linux.Resources; r != nil {
		runResourceChecks(resourceCheck{&c.faultList, r, "linux.resources.", false})
	}
}

func checkResources(r *specs.LinuxResources, list *faultList) error {
	if list == nil {
		list = &faultList{}
	}
	runResourceChecks(resourceCheck{list, r, "", true})
	return list.err()
}

func runResourceChecks(c resourceCheck) {
	for _, check := range resourceChecks {
		check(c)
	}
}

func checkDeviceRules(c resourceCheck) {
	for i := range c.Devices {
		d := &c.Devices[i]
		at := func(member string) string {
			return indexPath(c.prefix+"devices", i) + "." + member
		}
		switch d.Type {
		case "", "a", "b", "c":
		default:
			c.addf(at("type"), "invalid cgroup device type %q", shorten(d.Type))
		}
		switch {
		case d.Access == "":
			c.addf(at("access"), "device access field cannot be empty")
		case strings.Trim(d.Access, "rwma") != "":
			// An a beside the others says nothing; runc lets it pass.
			c.addf(at("access"), "must be of the letters rwm, not %q", shorten(d.Access))
		}
		if n := d.Major; n != nil && (*n < -1 || *n > math.MaxUint32) {
			c.addf(at("major"), "must be a device number or -1 for all, not %d", *n)
		}
		if n := d.Minor; n != nil && (*n < -1 || *n > math.MaxUint32) {
			c.addf(at("minor"), "must be a device number or -1 for all, not %d", *n)
		}
	}
}

// checkMemory takes -1 for "no limit" and 0 for "not set", as engines do.
func checkMemory(c resourceCheck) {
	m := c.Memory
	if m == nil {
		return
	}
	path := c.prefix + "memory."
	for _, limit := range [...]struct {
		name  string
		value *int64
	}{
		{"limit", m.Limit},
		{"reservation", m.Reservation},
		{"swap", m.Swap},
	} {
		if limit.value != nil && *limit.value < -1 {
			c.addf(path+limit.name, "must be a number of bytes or -1, not %d", *limit.value)
		}
	}
	checkSwap(c, value(m.Limit), value(m.Swap))

	// Docker's "not set" is -1, which it writes unsigned.
	if s := m.Swappiness; s != nil && *s > 100 && *s != math.MaxUint64 {
		c.addf(path+"swappiness", "must be from 0 to 100, not %d", *s)
	}
}

func checkSwap(c resourceCheck, limit, swap int64) {
	path := c.prefix + "memory.swap"
	switch {
	case swap <= 0 || c.isBroken(c.prefix+"memory.limit"):
	case limit == 0 && !c.update:
		c.addf(path, "unable to set swap limit without memory limit")
	case limit > swap:
		c.addf(path, "memory+swap limit should be >= memory limit %d, not %d", limit, swap)
	}
}

func value(n *int64) int64 {
	if n == nil {
		return 0
	}
	return *n
}

func checkCPU(c resourceCheck) {
	cpu := c.CPU
	if cpu == nil {
		return
	}
	path := c.prefix + "cpu."
	// The bounds are the kernel's. 0 is "not set".
	if p := cpu.Period; p != nil && *p != 0 && (*p < 1000 || *p > 1_000_000) {
		c.addf(path+"period", "must be from 1000 to 1000000 microseconds, not %d", *p)
	}
	if q := cpu.Quota; q != nil && *q > 0 && *q < 1000 {
		c.addf(path+"quota", "must be at least 1000 microseconds, not %d", *q)
	}
	if i := cpu.Idle; i != nil && *i != 0 && *i != 1 {
		c.addf(path+"idle", "must be 0 or 1, not %d", *i)
	}
	if problem := cpusetProblem(cpu.Cpus); problem != "" {
		c.addf(path+"cpus", "%s", problem)
	}
	if problem := cpusetProblem(cpu.Mems); problem != "" {
		c.addf(path+"mems", "%s", problem)
	}
}

// maxWeight bounds block I/O weights, 0 is "not set". The specification
// begins at 10, the BFQ scheduler at 1.
const maxWeight = 1000

func checkBlockIO(c resourceCheck) {
	b := c.BlockIO
	if b == nil {
		return
	}
	path := c.prefix + "blockIO."
	checkWeight(c, path+"weight", b.Weight)
	checkWeight(c, path+"leafWeight", b.LeafWeight)
	for i := range b.WeightDevice {
		d := &b.WeightDevice[i]
		at := indexPath(path+"weightDevice", i)
		checkBlockDevice(c, at, d.LinuxBlockIODevice)
		checkWeight(c, at+".weight", d.Weight)
		checkWeight(c, at+".leafWeight", d.LeafWeight)
	}
	checkThrottle(c, path+"throttleReadBpsDevice", b.ThrottleReadBpsDevice)
	checkThrottle(c, path+"throttleWriteBpsDevice", b.ThrottleWriteBpsDevice)
	checkThrottle(c, path+"throttleReadIOPSDevice", b.ThrottleReadIOPSDevice)
	checkThrottle(c, path+"throttleWriteIOPSDevice", b.ThrottleWriteIOPSDevice)
}

func checkWeight(c resourceCheck, path string, w *uint16) {
	if w != nil && *w > maxWeight {
		c.addf(path, "must be from 10 to %d, not %d", maxWeight, *w)
	}
}

func checkThrottle(c resourceCheck, path string, devices []specs.LinuxThrottleDevice) {
	for i := range devices {
		checkBlockDevice(c, indexPath(path, i), devices[i].LinuxBlockIODevice)
	}
}

func checkBlockDevice(c resourceCheck, path string, d specs.LinuxBlockIODevice) {
	if d.Major < 0 || d.Major > maxMajor {
		c.addf(path+".major", "must be from 0 to %d, not %d", maxMajor, d.Major)
	}
	if d.Minor < 0 || d.Minor > maxMinor {
		c.addf(path+".minor", "must be from 0 to %d, not %d", maxMinor, d.Minor)
	}
}

func checkHugepages(c resourceCheck) {
	for i := range c.HugepageLimits {
		if size := c.HugepageLimits[i].Pagesize; !isPageSize(size) {
			c.addf(indexPath(c.prefix+"hugepageLimits", i)+".pageSize",
				"must be a size such as 64KB, 2MB or 1GB, not %q", shorten(size))
		}
	}
}

// isPageSize matters beyond the message: the size becomes part of a file's
// name.
func isPageSize(s string) bool {
	digits := strings.TrimRight(s, "KMGB")
	switch s[len(digits):] {
	case "KB", "MB", "GB":
		return digits != "" && digits[0] != '0' && isInteger(digits)
	}
	return false
}

// checkNetwork bounds names only: each becomes one word in a cgroup's file.
func checkNetwork(c resourceCheck) {
	if c.Network == nil {
		return
	}
	for i := range c.Network.Priorities {
		if name := c.Network.Priorities[i].Name; !isInterface(name) {
			c.addf(indexPath(c.prefix+"network.priorities", i)+".name",
				"invalid network device name %q", shorten(name))
		}
	}
}

func checkRdma(c resourceCheck) {
	for _, name := range slices.Sorted(maps.Keys(c.Rdma)) {
		if name == "" || hasControl(name) || strings.ContainsAny(name, " /") {
			c.addf(keyPath(c.prefix+"rdma", name), "invalid device name")
		}
	}
}

// checkUnified makes sure that each key names a file in the container's own
// cgroup. What the file takes is the kernel's to say.
func checkUnified(c resourceCheck) {
	for _, key := range slices.Sorted(maps.Keys(c.Unified)) {
		path := keyPath(c.prefix+"unified", key)
		switch {
		case strings.Contains(key, "/"):
			c.addf(path, "must be a file name (no slashes)")
		case key == "" || key == "." || key == ".." || hasControl(key):
			c.addf(path, "must be the name of a cgroup file")
		}
		if hasNUL(c.Unified[key]) {
			c.addf(path, "contains a null byte")
		}
	}
}
