package difference

import (
	"maps"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/seccomp/libseccomp-golang/difference/profile"
)

const (
	// seed is the seed of the random profiles, unless the environment says.
	seed = 20251
	// profiles is how many there are, of which the older library sees one in
	// machineShare: its compiler is the same, its tables differ.
	profiles     = 12000
	machineShare = 3
	// walks is about how many calls with chosen arguments are compared for
	// one profile.
	walks = 3000
	// tellEnough is how many faults are reported before giving up.
	tellEnough = 12
)

// TestRandomProfiles compares what ours and libseccomp make of many
// profiles that no one would write.
func TestRandomProfiles(t *testing.T) {
	all := setUp(t)
	g := &profile.Generator{Seed: setting(t, EnvSeed, seed), Names: numbering(t).Names}
	count := setting(t, EnvProfiles, profiles)
	t.Logf("seed %d, %d profiles (%s and %s change them)", g.Seed, count, EnvSeed, EnvProfiles)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		share := uint64(machineShare)
		if name == Stable || len(all) == 1 {
			share = 1
		}
		if name != Newest {
			t.Run(name, func(t *testing.T) { compareRandom(t, all, all[name], g, count/share) })
		}
	}
}

func compareRandom(
	t *testing.T, all map[string]Reference, r Reference, g *profile.Generator, count uint64,
) {
	var next, faults atomic.Uint64
	var group sync.WaitGroup
	benches := make([]*bench, runtime.GOMAXPROCS(0))
	for i := range benches {
		b := newBench(t, r, all, walks)
		benches[i] = b
		group.Go(func() {
			for n := next.Add(1); n <= count && faults.Load() < tellEnough; n = next.Add(1) {
				if !b.check(t, g.Case(n)) {
					faults.Add(1)
				}
			}
		})
	}
	group.Wait()
	var filters, refusals, calls int
	counts := map[Allowance]int{}
	for _, b := range benches {
		filters, refusals, calls = filters+b.Filters, refusals+b.Refusals, calls+b.Calls
		for reason, n := range b.judge.Counts {
			counts[reason] += n
		}
	}
	t.Logf("%d filters compared in %d calls, %d rules refused by both", filters, calls, refusals)
	for _, reason := range slices.Sorted(maps.Keys(counts)) {
		t.Logf("allowed for %d profiles: %s", counts[reason], reason)
	}
}
