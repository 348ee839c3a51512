package difference

import (
	"maps"
	"slices"
	"testing"

	"github.com/seccomp/libseccomp-golang/difference/ours"
	"github.com/seccomp/libseccomp-golang/difference/profile"
)

// TestNames compares what names resolve to on every architecture. A library
// may lack names, or have no more than a pseudo number for one that has a
// number by now, if the newest library agrees with us; a number that both
// know is the same.
func TestNames(t *testing.T) {
	all := setUp(t)
	names := append(slices.Clone(numbering(t).Names), "no_such_call", "READ", "rea", "reads")
	for _, name := range slices.Sorted(maps.Keys(all)) {
		t.Run(name, func(t *testing.T) { compareNames(t, all, name, names) })
	}
}

func compareNames(t *testing.T, all map[string]Reference, reference string, names []string) {
	library, newest := start(t, all[reference]), start(t, newest(all))
	resolve := func(side Side, arch profile.Arch, name string) int32 {
		nr, err := side.Resolve(arch, name)
		if err != nil {
			t.Fatal(err)
		}
		return nr
	}
	same, missing := 0, map[string]bool{}
	for _, arch := range profile.Archs {
		if resolve(library, arch, "read") == profile.Unknown {
			t.Logf("%s is unknown", arch.Name)
			continue
		}
		for _, name := range names {
			have := resolve(ours.Compiler{}, arch, name)
			want := resolve(library, arch, name)
			switch {
			case have == want:
				same++
			case want < 0 && len(all) > 1 && have == resolve(newest, arch, name):
				missing[name] = true
			case want < 0 && len(all) == 1:
				missing[name] = true
			default:
				t.Errorf("%s on %s: %d, want %d", name, arch.Name, have, want)
			}
		}
	}
	if reference == Newest && len(missing) > 0 {
		t.Errorf("the newest library lacks %v", slices.Sorted(maps.Keys(missing)))
	}
	t.Logf("%d numbers are the same, %d names are unknown on some architecture", same, len(missing))
}
