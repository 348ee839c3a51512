package container

import (
	"slices"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// The bounding set of the machine decides: what it has stays, and what it
// lacks goes, from all sets.
func TestUngrantableIsLeftOut(t *testing.T) {
	all := Features().Linux.Capabilities
	c := &specs.LinuxCapabilities{Bounding: all, Effective: all, Permitted: all, Ambient: []string{}}
	leaveOutUngrantable(c)
	for i, name := range all {
		has, err := unix.PrctlRetInt(unix.PR_CAPBSET_READ, uintptr(i), 0, 0, 0)
		ok(t, err)
		for _, set := range [][]string{c.Bounding, c.Effective, c.Permitted} {
			if slices.Contains(set, name) != (has == 1) {
				t.Errorf("%s: %v, in the machine's set: %d", name, set, has)
			}
		}
	}
	if c.Inheritable != nil || c.Ambient == nil {
		t.Errorf("missing sets: %+v", c)
	}
	leaveOutUngrantable(nil)
}

func TestHasUserNamespace(t *testing.T) {
	with := &specs.Spec{Linux: &specs.Linux{Namespaces: []specs.LinuxNamespace{
		{Type: specs.PIDNamespace}, {Type: specs.UserNamespace},
	}}}
	without := &specs.Spec{Linux: &specs.Linux{Namespaces: []specs.LinuxNamespace{
		{Type: specs.PIDNamespace},
	}}}
	if !hasUserNamespace(with) || hasUserNamespace(without) || hasUserNamespace(&specs.Spec{}) {
		t.Error("user namespace mistaken")
	}
}
