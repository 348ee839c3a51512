package spec

import (
	"maps"
	"slices"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// checkSysctls lets through the settings that belong to one of the
// container's own namespaces. Whether a joined network namespace is the
// host's only the runtime can see.
func checkSysctls(c *checker) {
	sysctl := c.linux.Sysctl
	if len(sysctl) == 0 {
		return
	}
	for _, key := range slices.Sorted(maps.Keys(sysctl)) {
		name := dottedSysctl(key)
		if problem := sysctlProblem(name, c.ns); problem != "" {
			c.addf(keyPath("linux.sysctl", key), "sysctl %q %s", shorten(name), problem)
		}
		if hasNUL(sysctl[key]) {
			c.addf(keyPath("linux.sysctl", key), "contains a null byte")
		}
	}
}

// dottedSysctl turns a name that is separated by slashes into one separated
// by dots. Either may hold the other inside a part: net/ipv4/conf/eth0.1/x is
// net.ipv4.conf.eth0/1.x.
func dottedSysctl(name string) string {
	i := strings.IndexAny(name, "./")
	if i < 0 || name[i] == '.' {
		return name
	}
	return strings.Map(func(r rune) rune {
		switch r {
		case '.':
			return '/'
		case '/':
			return '.'
		}
		return r
	}, name)
}

func sysctlProblem(name string, ns namespaces) string {
	switch {
	case hasEmptyPart(name), hasControl(name):
		return "is no valid name"
	case isIPCSysctl(name):
		if !ns.has(specs.IPCNamespace) {
			return "is not allowed in the hosts ipc namespace"
		}
	case strings.HasPrefix(name, "net."):
		if !ns.has(specs.NetworkNamespace) {
			return "not allowed in host network namespace"
		}
	case strings.HasPrefix(name, "user."):
		if !ns.has(specs.UserNamespace) {
			return "is not allowed without a user namespace"
		}
	case name == "kernel.hostname" && ns.has(specs.UTSNamespace):
		return `is not allowed as it conflicts with the OCI "hostname" field`
	case name == "kernel.domainname" && ns.has(specs.UTSNamespace):
	default:
		return "is not in a separate kernel namespace"
	}
	return ""
}

// hasEmptyPart finds the names that would not be below /proc/sys/ or not
// where they say: "", ".x", "net..x", "net./../x".
func hasEmptyPart(name string) bool {
	last := '.'
	for _, r := range name {
		if isSeparator(r) && isSeparator(last) {
			return true
		}
		last = r
	}
	return isSeparator(last)
}

func isSeparator(r rune) bool {
	return r == '.' || r == '/'
}

func isIPCSysctl(name string) bool {
	switch name {
	case "kernel.msgmax", "kernel.msgmnb", "kernel.msgmni", "kernel.sem",
		"kernel.shmall", "kernel.shmmax", "kernel.shmmni", "kernel.shm_rmid_forced":
		return true
	}
	return strings.HasPrefix(name, "fs.mqueue.")
}
