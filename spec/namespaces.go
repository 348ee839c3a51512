package spec

import (
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// A namespaces says which types of namespace a container has, new or joined.
// Each type is a bit.
type namespaces struct {
	listed, joined uint
}

func nsBit(t specs.LinuxNamespaceType) uint {
	switch t {
	case specs.PIDNamespace:
		return 1 << 0
	case specs.NetworkNamespace:
		return 1 << 1
	case specs.MountNamespace:
		return 1 << 2
	case specs.IPCNamespace:
		return 1 << 3
	case specs.UTSNamespace:
		return 1 << 4
	case specs.UserNamespace:
		return 1 << 5
	case specs.CgroupNamespace:
		return 1 << 6
	case specs.TimeNamespace:
		return 1 << 7
	}
	return 0
}

// has reports whether the container does not share the host's namespace of
// type t.
func (n namespaces) has(t specs.LinuxNamespaceType) bool {
	return n.listed&nsBit(t) != 0
}

// joins reports whether the container's namespace of type t exists already.
func (n namespaces) joins(t specs.LinuxNamespaceType) bool {
	return n.joined&nsBit(t) != 0
}

// readNamespaces looks once for all the checks that ask. Where the list could
// not be decoded every type counts as joined, about which the fewest
// conclusions are drawn.
func readNamespaces(c *checker) namespaces {
	if c.isBroken("linux.namespaces") {
		return namespaces{listed: math.MaxUint, joined: nsBit(specs.UserNamespace)}
	}
	var n namespaces
	for i := range c.linux.Namespaces {
		ns := &c.linux.Namespaces[i]
		n.listed |= nsBit(ns.Type)
		if ns.Path != "" {
			n.joined |= nsBit(ns.Type)
		}
	}
	return n
}

func checkNamespaces(c *checker) {
	var seen uint
	for i := range c.linux.Namespaces {
		ns := &c.linux.Namespaces[i]
		bit := nsBit(ns.Type)
		switch {
		case ns.Type == "":
			c.addf(nsPath(i, "type"), "required")
		case bit == 0:
			c.addf(nsPath(i, "type"), "namespace %q does not exist", shorten(string(ns.Type)))
		case seen&bit != 0:
			c.addf(nsPath(i, "type"), "duplicated ns %q", ns.Type)
		}
		seen |= bit
		if ns.Path != "" {
			c.checkAbsolute(nsPath(i, "path"), ns.Path)
		}
		// libcontainer hands the paths to its init joined by commas.
		if strings.Contains(ns.Path, ",") {
			c.addf(nsPath(i, "path"), "must not contain a comma: %q", shorten(ns.Path))
		}
	}
}

func nsPath(i int, member string) string {
	return indexPath("linux.namespaces", i) + "." + member
}

// checkUserMappings leaves mappings beside the path of a namespace to the
// runtime, which compares them to those the namespace has.
func checkUserMappings(c *checker) {
	l := c.linux
	c.checkIDMap("linux.uidMappings", l.UIDMappings)
	c.checkIDMap("linux.gidMappings", l.GIDMappings)
	switch {
	case !c.ns.has(specs.UserNamespace):
		const problem = "user namespace mappings specified, " +
			"but user namespace isn't enabled in the config"
		if len(l.UIDMappings) > 0 {
			c.addf("linux.uidMappings", problem)
		}
		if len(l.GIDMappings) > 0 {
			c.addf("linux.gidMappings", problem)
		}
	case !c.ns.joins(specs.UserNamespace):
		c.checkRootMapped("linux.uidMappings", "uid", l.UIDMappings)
		c.checkRootMapped("linux.gidMappings", "gid", l.GIDMappings)
	}
}

// checkRootMapped demands that a new user namespace has a root: the runtime
// sets the container up as that user.
func (c *checker) checkRootMapped(path, id string, m []specs.LinuxIDMapping) {
	if len(m) == 0 {
		c.addf(path, "user namespaces enabled, but no %s mappings found", id)
	} else if !isMapped(m, 0) {
		c.addf(path, "user namespaces enabled, but no mapping found for %s 0", id)
	}
}

// checkProcessMapped demands that the process's user exists in a new user
// namespace.
func checkProcessMapped(c *checker) {
	p, l := c.spec.Process, c.linux
	if p == nil || !c.ns.has(specs.UserNamespace) || c.ns.joins(specs.UserNamespace) {
		return
	}
	if id := p.User.UID; id != 0 && len(l.UIDMappings) > 0 && !isMapped(l.UIDMappings, id) &&
		!c.isBroken("linux.uidMappings") {
		c.addf("process.user.uid", "cannot setuid to unmapped uid %d in user namespace", id)
	}
	if id := p.User.GID; id != 0 && len(l.GIDMappings) > 0 && !isMapped(l.GIDMappings, id) &&
		!c.isBroken("linux.gidMappings") {
		c.addf("process.user.gid", "cannot setgid to unmapped gid %d in user namespace", id)
	}
}

func isMapped(m []specs.LinuxIDMapping, id uint32) bool {
	for i := range m {
		if id >= m[i].ContainerID && id-m[i].ContainerID < m[i].Size {
			return true
		}
	}
	return false
}

// maxMappings is how many extents the kernel keeps for one map.
const maxMappings = 340

// checkIDMap holds a map to what the kernel accepts in uid_map and gid_map.
func (l *faultList) checkIDMap(path string, m []specs.LinuxIDMapping) {
	if len(m) > maxMappings {
		l.addf(path, "must be at most %d mappings, not %d", maxMappings, len(m))
		return
	}
	for i := range m {
		a := &m[i]
		if a.Size == 0 {
			l.addf(indexPath(path, i)+".size", "must be greater than zero")
			continue
		}
		l.checkIDRange(indexPath(path, i)+".containerID", a.ContainerID, a.Size)
		l.checkIDRange(indexPath(path, i)+".hostID", a.HostID, a.Size)
		for j := range m[:i] {
			b := &m[j]
			if overlap(a.ContainerID, a.Size, b.ContainerID, b.Size) {
				l.addf(indexPath(path, i)+".containerID", "overlaps %s", indexPath(path, j))
			}
			if overlap(a.HostID, a.Size, b.HostID, b.Size) {
				l.addf(indexPath(path, i)+".hostID", "overlaps %s", indexPath(path, j))
			}
		}
	}
}

func (l *faultList) checkIDRange(path string, first, size uint32) {
	// The last id of all stands for "none" in the kernel.
	if uint64(first)+uint64(size) > math.MaxUint32 {
		l.addf(path, "%d and %d following ids go past 4294967294", first, size-1)
	}
}

func overlap(a, aSize, b, bSize uint32) bool {
	return uint64(a) < uint64(b)+uint64(bSize) && uint64(b) < uint64(a)+uint64(aSize)
}

func checkTimeOffsets(c *checker) {
	offsets := c.linux.TimeOffsets
	if offsets == nil {
		return
	}
	switch {
	case !c.ns.has(specs.TimeNamespace):
		c.addf("linux.timeOffsets", "time namespace offsets specified, "+
			"but time namespace isn't enabled in the config")
	case c.ns.joins(specs.TimeNamespace):
		c.addf("linux.timeOffsets", "time namespace enabled, "+
			"but both namespace path and time offsets specified")
	}
	for _, clock := range slices.Sorted(maps.Keys(offsets)) {
		if !hasOffset(clock) {
			c.addf(keyPath("linux.timeOffsets", clock), "must be for monotonic or boottime")
		}
		if n := offsets[clock].Nanosecs; n > 999_999_999 {
			c.addf(keyPath("linux.timeOffsets", clock)+".nanosecs",
				"must be at most 999999999, not %d", n)
		}
	}
}

// hasOffset reports whether the kernel knows an offset for a clock. It takes
// the clocks' numbers as well.
func hasOffset(clock string) bool {
	switch clock {
	case "monotonic", "boottime", "1", "7":
		return true
	}
	return false
}
