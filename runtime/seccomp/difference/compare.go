package difference

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/seccomp/libseccomp-golang/internal/bpfvm"

	"github.com/seccomp/libseccomp-golang/difference/filter"
	"github.com/seccomp/libseccomp-golang/difference/profile"
)

// Side is one of the two that are compared.
type Side interface {
	// Resolve gives the number of a system call, profile.Unknown for none.
	Resolve(arch profile.Arch, name string) (int32, error)
	Filter(script *profile.Script) (*profile.Result, error)
}

// highest is a number no architecture's system calls reach, counted from
// its first.
const highest = 640

// Fault is a profile on which the sides do not agree.
type Fault struct {
	// What is about results of calls where Verdict is nil.
	What    string
	Verdict *filter.Difference
}

func (f *Fault) String() string {
	if f.Verdict != nil {
		return f.Verdict.String()
	}
	return f.What
}

// Pair compares two sides. It is for one goroutine.
type Pair struct {
	Left, Right Side
	// Walks is the number of calls with chosen arguments for one profile.
	Walks int
	// Calls counts the calls that were compared, Filters the filters,
	// Refusals the errors that were the same, Unknown the profiles with an
	// architecture that only one side knows.
	Calls, Filters, Refusals, Unknown int
	// Accept may let a difference of verdicts pass.
	Accept func(*profile.Script, *filter.Difference) bool
	// Accepted counts the differences that passed.
	Accepted int
	// Refused may let it pass that only one side refuses a rule.
	Refused func(Allowance) bool

	same map[string]bool
}

// Compare compares what both sides make of a profile.
func (p *Pair) Compare(c profile.Case) (*Fault, error) {
	script, err := profile.NewScript(c)
	if err != nil {
		return nil, err
	}
	if script, err = p.common(script); err != nil || script == nil {
		return nil, err
	}
	both, fault, err := p.compile(script)
	if err != nil || both == nil {
		return fault, err
	}
	accepted := p.Accepted
	d, err := p.verdicts(both)
	if err == nil && d == nil && p.Accepted > accepted && !both.script.Optimize {
		// the reference's filters that are trees know fewer faults
		tree := *both.script
		tree.Optimize = true
		if both, fault, err = p.compile(&tree); err != nil || both == nil {
			return fault, err
		}
		d, err = p.verdicts(both)
	}
	if err != nil || d == nil {
		return nil, err
	}
	return &Fault{Verdict: d}, nil
}

// patience is how often a rule that both sides refuse is taken out.
const patience = 5

// compiled is what both sides made of the rules that they take.
type compiled struct {
	script      *profile.Script
	left, right []byte
}

// compile gives the programs of both sides. A rule that both refuse with the
// same error is left out, so that the rest of the profile is compared too:
// libcontainer would give up.
func (p *Pair) compile(script *profile.Script) (*compiled, *Fault, error) {
	for try := 0; ; try++ {
		left, err := p.Left.Filter(script)
		if err != nil {
			return nil, nil, fmt.Errorf("left: %w", err)
		}
		right, err := p.Right.Filter(script)
		if err != nil {
			return nil, nil, fmt.Errorf("right: %w", err)
		}
		if len(right.Program) > 8*bpfvm.MaxInstructions && left.Calls == right.Calls && left.Err != 0 {
			return nil, nil, nil // neither can be loaded; ours says so early
		}
		if left.Err != right.Err || left.Calls != right.Calls {
			if rule, ok := p.excused(script, left, right); ok {
				script = script.Less(rule, try >= patience)
				continue
			}
			what := fmt.Sprintf("%s, %s", script.Outcome(left), script.Outcome(right))
			return nil, &Fault{What: what}, nil
		}
		if left.Err == 0 {
			return &compiled{script, left.Program, right.Program}, nil, nil
		}
		p.Refusals++
		rule := script.RuleAt(left.Calls)
		if rule < 0 {
			return nil, nil, nil
		}
		script = script.Less(rule, try >= patience)
	}
}

// common leaves out the rules for names that do not mean the same to both.
// Nothing is common where an architecture does not.
func (p *Pair) common(script *profile.Script) (*profile.Script, error) {
	native, _ := profile.Find(profile.Native)
	archs := append([]profile.Arch{native}, script.Archs...)
	var failed error
	for _, arch := range archs {
		same, err := p.agree(arch, "read")
		if err != nil {
			return nil, err
		}
		if !same {
			p.Unknown++
			return nil, nil
		}
	}
	less := script.Without(func(name string) bool {
		return slices.ContainsFunc(archs, func(arch profile.Arch) bool {
			same, err := p.agree(arch, name)
			if err != nil {
				failed = err
			}
			return !same
		})
	})
	return less, failed
}

func (p *Pair) agree(arch profile.Arch, name string) (bool, error) {
	key := arch.Name + " " + name
	same, known := p.same[key]
	if known {
		return same, nil
	}
	left, err := p.Left.Resolve(arch, name)
	if err != nil {
		return false, err
	}
	right, err := p.Right.Resolve(arch, name)
	if p.same == nil {
		p.same = map[string]bool{}
	}
	p.same[key] = left == right
	return left == right, err
}

func (p *Pair) verdicts(both *compiled) (*filter.Difference, error) {
	script, left, right := both.script, both.left, both.right
	l, err := filter.Read(left, order(script))
	if err != nil {
		return nil, fmt.Errorf("left: %w", err)
	}
	r, err := filter.Read(right, order(script))
	if err != nil {
		return nil, fmt.Errorf("right: %w", err)
	}
	c := filter.Comparison{Random: rand.New(rand.NewPCG(1, uint64(len(left)))), Walks: p.Walks}
	if p.Accept != nil {
		c.Accept = func(d *filter.Difference) bool {
			accepted := p.Accept(script, d)
			if accepted {
				p.Accepted++
			}
			return accepted
		}
	}
	d := c.Compare(l, r, Areas(script))
	p.Calls += c.Calls
	p.Filters++
	return d, nil
}

// Areas is where filters of a script are compared: all of what belongs to
// their architectures, a little of what belongs to others.
func Areas(script *profile.Script) []filter.Area {
	inside := slices.Clone(script.Archs)
	if native, _ := profile.Find(profile.Native); !script.OnlyListed {
		inside = append(inside, native)
	}
	var areas []filter.Area
	seen := map[uint32]bool{}
	for _, arch := range inside {
		if !seen[arch.Audit] {
			areas = append(areas, filter.Area{Audit: arch.Audit, Numbers: numbers(arch)})
			seen[arch.Audit] = true
		}
	}
	few := []filter.Range{{From: 0, To: 4}, {From: profile.X32Bit, To: profile.X32Bit + 4}}
	for _, arch := range profile.Archs {
		if !seen[arch.Audit] {
			areas = append(areas, filter.Area{Audit: arch.Audit, Numbers: few})
			seen[arch.Audit] = true
		}
	}
	return append(areas, filter.Area{Audit: 0, Numbers: few}, filter.Area{Audit: 0x4000003e, Numbers: few})
}

func numbers(arch profile.Arch) []filter.Range {
	ranges := []filter.Range{{From: 0, To: highest}}
	native, _ := profile.Find(profile.Native)
	switch {
	case arch.Audit == native.Audit:
		ranges = append(ranges, filter.Range{From: profile.X32Bit, To: profile.X32Bit + highest})
	case arch.Offset != 0:
		ranges[0] = filter.Range{From: arch.Offset - 1, To: arch.Offset + highest}
	case arch.Name == "arm":
		ranges = append(ranges, filter.Range{From: 0xf0000, To: 0xf0008})
	}
	return ranges
}
