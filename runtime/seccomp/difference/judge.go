package difference

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"math/rand/v2"
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

	// Tangled lets a verdict be the one of another rule that matches, where
	// NoRule is true of other calls of the same number: what is asked of them
	// is no longer what the rules ask, and no evidence of which rule goes
	// before which. That need not show where two rules compare an argument
	// by size, with values of the same upper half, and what one of them asks
	// after that is lost or mixed up with what the other one does.
	Tangled Allowance = "the reference gives the verdict of no rule to other calls of that number"

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

	// NoEffect is a conflict with a rule that has no effect, since a third
	// one goes before it. libseccomp leaves such rules out, so that they
	// cannot conflict, or does not, or leaves out one of another action, by
	// the accident of what else stands on the level of the tree that it
	// looks at last.
	NoEffect Allowance = "only one side refuses a rule, for a conflict with one without effect"

	// Died is a profile that, or a part of which, makes the reference crash
	// or go on for ever: the tree above has become one with a loop.
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
	died     bool // a side gave no answer to a part of the script
	programs map[string]*filter.Program
}

// Accept says whether a difference, ours on the left, is allowed.
func (j *Judge) Accept(script *profile.Script, d *filter.Difference) bool {
	if j.script != script {
		j.script, j.seen, j.died, j.programs = script, nil, false, map[string]*filter.Program{}
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
	case j.died:
		return Died
	case j.blind(d):
		return NoRule
	case j.died:
		return Died
	case j.mended(d):
		return Mended
	case j.between(d, mixedUp), j.tangled(d):
		return Tangled
	case j.died:
		return Died
	}
	return refused
}

// blind says whether the reference misses a rule that matches and has the
// action we give: among the rules for the call that do not match, or beside
// only one of them, it has no effect.
func (j *Judge) blind(d *filter.Difference) bool {
	var found, beside []int
	for i := range j.script.Rules {
		about, matches := meaning.Matches(j.script, &j.script.Rules[i], j.Numbers, &d.Data)
		if matches && j.script.Rules[i].Action == d.Left {
			found = append(found, i)
		} else if about && !matches {
			beside = append(beside, i)
		}
	}
	for _, rule := range found {
		if j.missed(rule, beside, d) {
			return true
		}
		for _, one := range beside {
			if j.died {
				return false
			}
			if j.missed(rule, []int{one}, d) {
				return true
			}
		}
	}
	return false
}

// missed says whether the reference, given but one matching rule and some
// that do not match, gives another verdict than that rule's.
func (j *Judge) missed(rule int, beside []int, d *filter.Difference) bool {
	few := *j.script
	few.Rules = nil
	for i := range j.script.Rules {
		if i == rule || slices.Contains(beside, i) {
			few.Rules = append(few.Rules, j.script.Rules[i])
		}
	}
	verdict := j.verdict(fmt.Sprint(rule, beside), j.Reference, &few, d)
	return verdict >= 0 && verdict != int64(d.Left)
}

// mended says whether the newest reference gives the verdict that we give,
// or, where there is none to ask, whether it should.
func (j *Judge) mended(d *filter.Difference) bool {
	if j.Newest == nil {
		return j.between(d, actionLost)
	}
	return j.verdict("newest", j.Newest, j.script, d) == int64(d.Left)
}

// others is how many calls of a number show that it is tangled or is not.
const others = 4000

// tangled says whether the reference gives a verdict of no rule to some call
// of the same number.
func (j *Judge) tangled(d *filter.Difference) bool {
	key := fmt.Sprint("tangled", d.Data[:2])
	if _, known := j.programs[key]; !known {
		j.programs[key] = nil
		program := j.compileMost(j.Reference, j.script)
		if program == nil {
			return false
		}
		random := rand.New(rand.NewPCG(others, uint64(d.Data[0])))
		interest := program.Interest(d.Data[1], d.Data[0], nil)
		for range others {
			call := filter.Words{d.Data[0], d.Data[1]}
			program.Walk(random, &call, interest, nil)
			verdict, _ := program.Run(&call)
			if !slices.Contains(meaning.Verdicts(j.script, j.Numbers, &call), verdict) {
				j.programs[key] = program
				break
			}
		}
	}
	return j.programs[key] != nil
}

// verdict is what a side answers to the call of a difference, less than 0
// where it makes no filter. The key names the script among those that come
// of the present one.
func (j *Judge) verdict(key string, side Side, script *profile.Script, d *filter.Difference) int64 {
	program, known := j.programs[key]
	if !known {
		program = j.compileMost(side, script)
		j.programs[key] = program
	}
	if program == nil {
		return -1
	}
	verdict, _ := program.Run(&d.Data)
	return int64(verdict)
}

// compileMost makes a filter of the rules that a side takes, nil where it
// takes not even an architecture, or dies.
func (j *Judge) compileMost(side Side, script *profile.Script) *filter.Program {
	for {
		result, err := side.Filter(script)
		if err != nil {
			j.died = true
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
