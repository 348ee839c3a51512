package spec

import (
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// checkCgroupsPath refuses a path that steps out of the cgroup mount, and
// names the kernel does not take. In the form slice:prefix:name, for systemd,
// the same holds for every part.
func checkCgroupsPath(c *checker) {
	const at = "linux.cgroupsPath"
	p := c.linux.CgroupsPath
	if p == "" {
		return
	}
	if hasControl(p) {
		c.addf(at, "contains a control character")
	}
	for part := range strings.SplitSeq(p, ":") {
		if escapes(part) {
			c.addf(at, "must not leave the cgroup root by .., found %q", shorten(p))
			return
		}
	}
}

// escapes reports whether a path is ever above where it starts.
func escapes(path string) bool {
	depth := 0
	for part := range strings.SplitSeq(path, "/") {
		switch part {
		case "", ".":
		case "..":
			depth--
		default:
			depth++
		}
		if depth < 0 {
			return true
		}
	}
	return false
}

func checkPaths(c *checker) {
	l := c.linux
	switch l.RootfsPropagation {
	case "", "private", "rprivate", "shared", "rshared",
		"slave", "rslave", "unbindable", "runbindable":
	default:
		c.addf("linux.rootfsPropagation",
			"rootfsPropagation=%s is not supported", shorten(l.RootfsPropagation))
	}
	c.checkRestricted("linux.maskedPaths", l.MaskedPaths)
	c.checkRestricted("linux.readonlyPaths", l.ReadonlyPaths)
}

// checkRestricted lets empty entries pass, which a list that was split at its
// colons may have: they restrict nothing.
func (c *checker) checkRestricted(path string, list []string) {
	if len(list) > 0 && !c.ns.has(specs.MountNamespace) {
		c.addf(path, "unable to restrict sys entries without a private MNT namespace")
	}
	for i, p := range list {
		if p != "" && (p[0] != '/' || hasNUL(p)) {
			c.checkAbsolute(indexPath(path, i), p)
		}
	}
}

func checkLabels(c *checker) {
	if hasControl(c.linux.MountLabel) {
		c.addf("linux.mountLabel", "contains a control character")
	}
}

func checkIntelRdt(c *checker) {
	r := c.linux.IntelRdt
	if r == nil {
		return
	}
	const path = "linux.intelRdt."
	// "/" is the default class. Any other name is that of a folder.
	if id := r.ClosID; id == "." || id == ".." || id != "/" && strings.Contains(id, "/") ||
		hasControl(id) {
		c.addf(path+"closID", "invalid intelRdt.ClosID %q", shorten(id))
	}
	if hasControl(r.L3CacheSchema) {
		c.addf(path+"l3CacheSchema", "contains a control character")
	}
	if hasControl(r.MemBwSchema) {
		c.addf(path+"memBwSchema", "contains a control character")
	}
	for i, line := range r.Schemata {
		if hasControl(line) {
			c.addf(indexPath(path+"schemata", i), "contains a control character")
		}
	}
}

func checkMemoryPolicy(c *checker) {
	p := c.linux.MemoryPolicy
	if p == nil {
		return
	}
	const path = "linux.memoryPolicy."
	for i, flag := range p.Flags {
		switch flag {
		case specs.MpolFNumaBalancing, specs.MpolFRelativeNodes, specs.MpolFStaticNodes:
		default:
			c.addf(indexPath(path+"flags", i),
				"invalid memory policy flag %q", shorten(string(flag)))
		}
	}
	count, problem := countIDs(p.Nodes)
	if problem != "" {
		c.addf(path+"nodes", "invalid memory policy nodes: %s", problem)
	}
	switch p.Mode {
	case specs.MpolDefault, specs.MpolLocal:
		if count > 0 {
			c.addf(path+"nodes", "memory policy mode requires 0 nodes but got %d", count)
		}
	case specs.MpolBind, specs.MpolInterleave, specs.MpolWeightedInterleave,
		specs.MpolPreferredMany:
		if count == 0 && problem == "" {
			c.addf(path+"nodes", "memory policy mode requires at least one node but got 0")
		}
	case specs.MpolPreferred:
	default:
		c.addf(path+"mode", "invalid memory policy mode %q", shorten(string(p.Mode)))
	}
}

func checkPersonality(c *checker) {
	p := c.linux.Personality
	if p != nil && p.Domain != specs.PerLinux && p.Domain != specs.PerLinux32 {
		c.addf("linux.personality.domain",
			"invalid personality domain %q", shorten(string(p.Domain)))
	}
}
