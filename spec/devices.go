package spec

import (
	"maps"
	"slices"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// The kernel's device number has 12 bits for the major number and 20 for the
// minor one. Larger numbers would make another device.
const (
	maxMajor = 1<<12 - 1
	maxMinor = 1<<20 - 1
)

func checkDevices(c *checker) {
	for i := range c.linux.Devices {
		d := &c.linux.Devices[i]
		at := func(member string) string {
			return indexPath("linux.devices", i) + "." + member
		}
		switch d.Type {
		case "p", "u", "c", "b":
		default:
			c.addf(at("type"), "invalid device type %q", shorten(d.Type))
		}
		if d.Path == "" || d.Path[0] != '/' || hasNUL(d.Path) {
			c.checkAbsolute(at("path"), d.Path)
		}
		if d.Major < 0 || d.Major > maxMajor {
			c.addf(at("major"), "must be from 0 to %d, not %d", maxMajor, d.Major)
		}
		if d.Minor < 0 || d.Minor > maxMinor {
			c.addf(at("minor"), "must be from 0 to %d, not %d", maxMinor, d.Minor)
		}
	}
}

func checkNetDevices(c *checker) {
	devices := c.linux.NetDevices
	if len(devices) == 0 {
		return
	}
	if !c.ns.has(specs.NetworkNamespace) {
		c.addf("linux.netDevices", "unable to move network devices without a NET namespace")
	}
	for _, name := range slices.Sorted(maps.Keys(devices)) {
		if !isInterface(name) {
			c.addf(keyPath("linux.netDevices", name),
				"invalid network device name %q", shorten(name))
		}
		if inside := devices[name].Name; inside != "" && !isInterface(inside) {
			c.addf(keyPath("linux.netDevices", name)+".name",
				"invalid network device name %q", shorten(inside))
		}
	}
}

// isInterface holds a name to the kernel's rule. A new name may have a %d in
// it, for which the kernel puts a free number.
func isInterface(name string) bool {
	const maxInterface = 15
	switch {
	case name == "", name == ".", name == "..", len(name) > maxInterface:
		return false
	}
	return !hasControl(name) && !strings.ContainsAny(name, "/: ")
}
