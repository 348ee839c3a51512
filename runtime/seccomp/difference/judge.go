package difference

import (
	"encoding/binary"
	"fmt"
	"maps"
	"math/bits"
	"slices"

	"github.com/seccomp/libseccomp-golang/difference/filter"
	"github.com/seccomp/libseccomp-golang/difference/meaning"
	"github.com/seccomp/libseccomp-golang/difference/profile"
)

// Allowance is a reason for which the two sides may differ. These are all
// the reasons there are; TestBugs shows each with a small profile.
type Allowance string

const (
	// NoRule lets the reference give a verdict that is the action of no rule
	// that matches the call, nor the default where none does. libseccomp up
	// to 2.6.1 at least does so
	//
	//   - where the rule that it would put first is for a call that the
	//     architecture lacks: the system call number is then not loaded, and
	//     what is compared is the architecture;
	//   - where a comparison by size is false and another one of the same
	//     argument follows: the lower half of the argument is compared where
	//     the upper half is meant;
	//   - where parts of a rule with a comparison by size hang in two places
	//     of the tree, and another rule changes or covers one of them.
	NoRule Allowance = "the reference gives the verdict of no rule"

	// Mended lets a reference differ where a newer release agrees with us:
	// https://github.com/seccomp/libseccomp/security/advisories/GHSA-4q85-33p6-j5g6
	// in two rules that compare an argument with < or <= and values of the
	// same upper half, up to 2.6.0 the action of the smaller value was lost.
	Mended Allowance = "a newer release of the reference agrees with us"

	// Swapped is the right verdict with its bytes in the wrong order, in a
	// filter for big-endian architectures: libseccomp on a little-endian
	// machine forgets to swap them in some places of long filters.
	Swapped Allowance = "the reference gives our verdict with its bytes swapped"

	// Follows is a rule that one side refuses for a conflict with earlier
	// ones, where NoRule is true of the filter of those.
	Follows Allowance = "the reference has lost rules that this one conflicts with, or has made some up"

	// NoEffect is a rule that ours refuses for a conflict with an earlier
	// one, and that libseccomp takes without any change in its verdicts: by
	// accident it finds it a stricter form of a third rule, of whatever
	// action, which goes before both.
	NoEffect Allowance = "the reference takes a rule that conflicts, to no effect"

	// Died is a profile that makes the reference crash or go on for ever:
	// the tree above has become one with a loop.
	Died Allowance = "the reference gives no answer"

	// refused is the opposite of an allowance.
	refused Allowance = ""
)

// Judge tells a fault of ours from one of the reference's.
type Judge struct {
	Numbers   meaning.Numbers
	Reference Side
	// Newest is the newest reference, nil where there is none.
	Newest Side
	// Counts is how many profiles needed which allowance.
	Counts map[Allowance]int

	script   *profile.Script
	seen     []Allowance
	programs map[string]*filter.Program
}

// Accept says whether a difference, ours on the left, is allowed.
func (j *Judge) Accept(script *profile.Script, d *filter.Difference) bool {
	if j.script != script {
		j.script, j.seen, j.programs = script, nil, map[string]*filter.Program{}
	}
	reason := j.reason(d)
	if reason != refused && !slices.Contains(j.seen, reason) {
		j.seen = append(j.seen, reason)
		j.Count(reason)
	}
	return reason != refused
}

// Count notes that a profile needed an allowance.
func (j *Judge) Count(reason Allowance) {
	if j.Counts == nil {
		j.Counts = map[Allowance]int{}
	}
	j.Counts[reason]++
}

func (j *Judge) reason(d *filter.Difference) Allowance {
	meant := meaning.Verdicts(j.script, j.Numbers, &d.Data)
	switch {
	case !slices.Contains(meant, d.Left):
		return refused
	case j.script.BigEndian() && bits.ReverseBytes32(d.Right) == d.Left:
		return Swapped
	case !slices.Contains(meant, d.Right):
		return NoRule
	case j.blind(d):
		return NoRule
	case j.Newest != nil && j.verdict("newest", j.Newest, j.script, d) == int64(d.Left):
		return Mended
	}
	return refused
}

// blind says whether the reference misses a rule that matches and has the
// action we give: alone with the rules for the call that do not match, it
// has no effect.
func (j *Judge) blind(d *filter.Difference) bool {
	matching, other := map[int]bool{}, map[int]bool{}
	for i := range j.script.Rules {
		about, matches := meaning.Matches(j.script, &j.script.Rules[i], j.Numbers, &d.Data)
		if matches {
			matching[i] = true
		} else if about {
			other[i] = true
		}
	}
	for _, found := range slices.Sorted(maps.Keys(matching)) {
		if j.script.Rules[found].Action != d.Left {
			continue
		}
		alone := *j.script
		alone.Rules = nil
		for i, rule := range j.script.Rules {
			if i == found || other[i] {
				alone.Rules = append(alone.Rules, rule)
			}
		}
		key := fmt.Sprint(found, d.Data[:2], matching)
		verdict := j.verdict(key, j.Reference, &alone, d)
		if verdict >= 0 && verdict != int64(d.Left) {
			return true
		}
	}
	return false
}

// verdict is what a side answers to the call of a difference, less than 0
// where it makes no filter. The key names the script among those that come
// of the present one.
func (j *Judge) verdict(key string, side Side, script *profile.Script, d *filter.Difference) int64 {
	program, known := j.programs[key]
	if !known {
		program = compileMost(side, script)
		j.programs[key] = program
	}
	if program == nil {
		return -1
	}
	verdict, _ := program.Run(&d.Data)
	return int64(verdict)
}

// compileMost makes a filter of the rules that a side takes, nil where it
// takes not even an architecture.
func compileMost(side Side, script *profile.Script) *filter.Program {
	for {
		result, err := side.Filter(script)
		if err != nil {
			return nil
		}
		if result.Err == 0 {
			program, err := filter.Read(result.Program, order(script))
			if err != nil {
				return nil
			}
			return program
		}
		rule := script.RuleAt(result.Calls)
		if rule < 0 || rule >= len(script.Rules) {
			return nil
		}
		script = script.Less(rule, false)
	}
}

func order(script *profile.Script) binary.ByteOrder {
	if script.BigEndian() {
		return binary.BigEndian
	}
	return binary.LittleEndian
}

// Explain says what the profile means for a call.
func (j *Judge) Explain(script *profile.Script, d *filter.Difference) string {
	return fmt.Sprintf("%v; its rules mean %#x", d, meaning.Verdicts(script, j.Numbers, &d.Data))
}
