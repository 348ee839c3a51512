package difference

import (
	"slices"

	"github.com/seccomp/libseccomp-golang/difference/filter"
	"github.com/seccomp/libseccomp-golang/difference/meaning"
	"github.com/seccomp/libseccomp-golang/difference/profile"
)

// between says whether something is true of two matching rules, of which one
// has the action we give and the other one the reference's.
func (j *Judge) between(d *filter.Difference, is func(ours, theirs *profile.Rule) bool) bool {
	for i := range j.script.Rules {
		for k := range j.script.Rules {
			l, r := &j.script.Rules[i], &j.script.Rules[k]
			if l.Action != d.Left || r.Action != d.Right || !is(l, r) {
				continue
			}
			_, left := meaning.Matches(j.script, l, j.Numbers, &d.Data)
			_, right := meaning.Matches(j.script, r, j.Numbers, &d.Data)
			if left && right {
				return true
			}
		}
	}
	return false
}

// mixedUp says whether libseccomp mixes up what two rules ask after they
// have compared an argument by size, or loses it where only one of them asks
// more: their tests of its upper half are one.
func mixedUp(l, r *profile.Rule) bool {
	more := func(rule *profile.Rule, arg uint) bool {
		return slices.ContainsFunc(rule.Conditions, func(c profile.Condition) bool { return c.Arg > arg })
	}
	return sameHalf(l, r, func(a, b profile.Condition) bool {
		return meaning.BySize(a.Op) && meaning.BySize(b.Op) && (more(l, a.Arg) || more(r, b.Arg))
	})
}

// actionLost says whether libseccomp up to 2.6.0 may lose the action of one
// of two rules: both decide what is below values of the same upper half.
func actionLost(l, r *profile.Rule) bool {
	return sameHalf(l, r, func(a, b profile.Condition) bool {
		return meaning.Below(a.Op) && meaning.Below(b.Op)
	})
}

// sameHalf says whether two rules have conditions on one argument, with
// values of the same upper half, of which something is true.
func sameHalf(l, r *profile.Rule, is func(a, b profile.Condition) bool) bool {
	for _, a := range l.Conditions {
		for _, b := range r.Conditions {
			if a.Arg == b.Arg && a.A>>32 == b.A>>32 && is(a, b) {
				return true
			}
		}
	}
	return false
}
