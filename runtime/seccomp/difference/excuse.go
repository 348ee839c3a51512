package difference

import (
	"slices"

	"github.com/seccomp/libseccomp-golang/difference/meaning"
	"github.com/seccomp/libseccomp-golang/difference/profile"
)

// excused says whether there is an allowance for a rule that only one side
// refuses.
func (p *Pair) excused(script *profile.Script, left, right *profile.Result) (rule int, ok bool) {
	rule = script.RuleAt(min(left.Calls, right.Calls))
	if p.Refused == nil || rule < 0 || rule >= len(script.Rules) {
		return rule, false
	}
	related := func(last int) *profile.Script {
		return script.Less(last, true).Without(func(name string) bool {
			return !meaning.Related(name, script.Rules[rule].Name)
		})
	}
	before := related(rule)
	same, accepted, err := p.sameVerdicts(before, before)
	switch {
	case err != nil:
		return rule, p.Refused(Died)
	case same && accepted:
		return rule, p.Refused(Follows)
	case left.Calls < right.Calls:
		same, _, err = p.sameVerdicts(before, related(rule+1))
	default:
		same, err = p.withoutOne(before, &script.Rules[rule])
	}
	if err != nil {
		return rule, p.Refused(Died)
	}
	return rule, same && p.Refused(NoEffect)
}

// withoutOne says whether the right side takes the rule after all once one of
// those before it is left out, and whether that one had no effect.
func (p *Pair) withoutOne(before *profile.Script, rule *profile.Rule) (bool, error) {
	for i := range before.Rules {
		less := before.Less(i, false)
		more := *less
		more.Rules = append(slices.Clone(less.Rules), *rule)
		result, err := p.Right.Filter(&more)
		if err != nil {
			return false, err
		}
		if result.Err != 0 {
			continue
		}
		if same, _, err := p.sameVerdicts(before, less); same || err != nil {
			return same, err
		}
	}
	return false, nil
}

// sameVerdicts says whether both sides' filters, each of a script of its own,
// give no verdicts that differ, and whether some were accepted for it.
func (p *Pair) sameVerdicts(left, right *profile.Script) (same, accepted bool, err error) {
	l, err := p.Left.Filter(left)
	if err != nil {
		return false, false, err
	}
	r, err := p.Right.Filter(right)
	if err != nil || l.Err != 0 || r.Err != 0 {
		return false, false, err
	}
	before := p.Accepted
	d, err := p.verdicts(&compiled{left, l.Program, r.Program})
	return err == nil && d == nil, p.Accepted > before, err
}
