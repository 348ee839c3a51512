package spec

import (
	"path"
	"reflect"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// Check tells what is wrong with a configuration: nil, or a Faults.
func Check(s *specs.Spec) error {
	return checkSpec(s, nil)
}

// CheckProcess tells what is wrong with a process document: nil, or a Faults.
func CheckProcess(p *specs.Process) error {
	return checkProcess(p, nil)
}

// A checker is one pass over a configuration. The checks read and never
// change it.
type checker struct {
	faultList
	spec  *specs.Spec
	linux *specs.Linux // never nil
	ns    namespaces
}

// checks run in this order, which is the order of the faults. A check builds
// the path of a member only once it has found a fault there: nearly all
// configurations have none.
var checks = [...]func(*checker){
	checkVersion,
	checkRoot,
	checkConfigProcess,
	checkHostnames,
	checkMounts,
	checkHooks,
	checkAnnotations,
	checkNamespaces,
	checkUserMappings,
	checkProcessMapped,
	checkTimeOffsets,
	checkSysctls,
	checkDevices,
	checkNetDevices,
	checkConfigResources,
	checkCgroupsPath,
	checkSeccomp,
	checkPaths,
	checkLabels,
	checkIntelRdt,
	checkMemoryPolicy,
	checkPersonality,
	checkPlatform,
}

// checkSpec runs all checks. The list holds what decoding found, if anything.
func checkSpec(s *specs.Spec, list *faultList) error {
	if s == nil {
		return Faults{{"", "must be a JSON object, not null"}}
	}
	c := &checker{spec: s, linux: s.Linux}
	if list != nil {
		c.faultList = *list
	}
	if c.linux == nil {
		c.linux = &specs.Linux{}
	}
	c.ns = readNamespaces(c)
	for _, check := range checks {
		check(c)
	}
	return c.err()
}

func checkVersion(c *checker) {
	const path = "ociVersion"
	v := c.spec.Version
	if v == "" {
		c.addf(path, "required")
		return
	}
	major, ok := majorVersion(v)
	switch {
	case !ok:
		c.addf(path, "must be a semantic version such as %s, not %q", specs.Version, shorten(v))
	case major != "1":
		c.addf(path, "must be 1.x, the versions supported here, not %q", shorten(v))
	}
}

// majorVersion returns the first number of a semantic version. Pre-release
// and build parts are looked at as far as their characters go.
func majorVersion(v string) (string, bool) {
	core, build, hasBuild := strings.Cut(v, "+")
	core, pre, hasPre := strings.Cut(core, "-")
	if hasBuild && !isVersionSuffix(build) || hasPre && !isVersionSuffix(pre) {
		return "", false
	}
	major, rest, _ := strings.Cut(core, ".")
	minor, patch, _ := strings.Cut(rest, ".")
	return major, isVersionNumber(major) && isVersionNumber(minor) && isVersionNumber(patch)
}

func isVersionNumber(s string) bool {
	return s != "" && isInteger(s) && (s == "0" || s[0] != '0')
}

func isVersionSuffix(s string) bool {
	for part := range strings.SplitSeq(s, ".") {
		bad := func(r rune) bool { return r == '_' || !isPlain(r) }
		if part == "" || strings.ContainsFunc(part, bad) {
			return false
		}
	}
	return true
}

func checkRoot(c *checker) {
	root := c.spec.Root
	switch {
	case root == nil:
		c.addf("root", "root must be specified")
	case root.Path == "":
		c.addf("root.path", "required")
	case hasNUL(root.Path):
		c.addf("root.path", "contains a null byte")
	}
	if root != nil && root.Readonly && !c.ns.has(specs.MountNamespace) {
		c.addf("root.readonly",
			"unable to make rootfs read-only without a private MNT namespace")
	}
}

// maxHostname is what sethostname(2) and setdomainname(2) take.
const maxHostname = 64

func checkHostnames(c *checker) {
	for _, h := range [...]struct{ path, name string }{
		{"hostname", c.spec.Hostname},
		{"domainname", c.spec.Domainname},
	} {
		if h.name == "" {
			continue
		}
		if !c.ns.has(specs.UTSNamespace) {
			c.addf(h.path, "unable to set %s without a private UTS namespace", h.path)
		}
		if hasControl(h.name) {
			c.addf(h.path, "contains a control character")
		}
		if len(h.name) > maxHostname {
			c.addf(h.path, "must be at most %d bytes, not %d", maxHostname, len(h.name))
		}
	}
}

func checkAnnotations(c *checker) {
	if _, ok := c.spec.Annotations[""]; ok {
		c.addf("annotations", "has an empty key")
	}
}

// checkPlatform refuses what describes a container of another system: the
// author asked for something that is not going to happen.
func checkPlatform(c *checker) {
	refuse := func(path string, section any) {
		if v := reflect.ValueOf(section); !v.IsNil() && !v.Elem().IsZero() {
			c.addf(path, "not supported on Linux")
		}
	}
	s := c.spec
	refuse("solaris", s.Solaris)
	refuse("windows", s.Windows)
	refuse("vm", s.VM)
	refuse("zos", s.ZOS)
	refuse("freebsd", s.FreeBSD)
}

// checkAbsolute notes a path that is empty, relative or holds a null byte.
func (l *faultList) checkAbsolute(at, p string) {
	switch {
	case p == "":
		l.addf(at, "required")
	case !path.IsAbs(p):
		l.addf(at, "must be absolute, not %q", shorten(p))
	case hasNUL(p):
		l.addf(at, "contains a null byte")
	}
}

func hasNUL(s string) bool {
	return strings.IndexByte(s, 0) >= 0
}

func hasControl(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] == 0x7f {
			return true
		}
	}
	return false
}
