package container

import (
	"slices"
	"strings"

	"github.com/moby/sys/capability"
	"github.com/opencontainers/runtime-spec/specs-go"
	"github.com/sirupsen/logrus"
	"golang.org/x/sys/unix"
)

// leaveOutUngrantable takes out, with a warning, the capabilities that this
// process cannot pass on because its bounding set lacks them: the runtime-spec
// wants no failure ("process", capabilities), and an engine's --privileged
// asks for all there are. It is not for a user namespace of the container's:
// the bounding set is full there.
func leaveOutUngrantable(c *specs.LinuxCapabilities) {
	if c == nil {
		return
	}
	lacking := lackingOf(slices.Concat(c.Bounding, c.Effective, c.Permitted))
	if len(lacking) == 0 {
		return
	}
	logrus.Warnf("process.capabilities: this host's bounding set lacks %s: left out",
		strings.Join(lacking, ", "))
	for _, set := range []*[]string{
		&c.Bounding, &c.Effective, &c.Permitted, &c.Inheritable, &c.Ambient,
	} {
		if *set != nil { // exec --cap tells a missing set from an empty one
			*set = slices.DeleteFunc(slices.Clone(*set),
				func(name string) bool { return slices.Contains(lacking, name) })
		}
	}
}

func hasUserNamespace(s *specs.Spec) bool {
	return s.Linux != nil && slices.ContainsFunc(s.Linux.Namespaces,
		func(ns specs.LinuxNamespace) bool { return ns.Type == specs.UserNamespace })
}

// lackingOf asks the kernel for each capability once. Names that are unknown
// are libcontainer's to warn of.
func lackingOf(names []string) []string {
	slices.Sort(names)
	names = slices.Compact(names)
	var lacking []string
	for _, c := range capability.ListKnown() {
		name := "CAP_" + strings.ToUpper(c.String())
		if !slices.Contains(names, name) {
			continue
		}
		has, err := unix.PrctlRetInt(unix.PR_CAPBSET_READ, uintptr(c), 0, 0, 0)
		if err == nil && has == 0 {
			lacking = append(lacking, name)
		}
	}
	return lacking
}
