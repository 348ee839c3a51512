package profile

import (
	"fmt"
	"slices"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// Case is one profile to compare. OnlyListed takes the native architecture
// out of the filter again, a call that libcontainer never makes: it is how
// filters of the other byte order, and x32 alone, come about here.
type Case struct {
	Name       string
	Seccomp    *specs.LinuxSeccomp
	OnlyListed bool `json:",omitempty"`
}

// Attribute is a property of a filter, by libseccomp's number.
type Attribute int

// The attributes that libcontainer sets.
const (
	NoNewPrivs Attribute = 3
	TSync      Attribute = 4
	Log        Attribute = 6
	SSB        Attribute = 7
	Optimize   Attribute = 8
	WaitKill   Attribute = 10
)

// Rule is one call that adds a rule.
type Rule struct {
	Name       string
	Action     uint32 // as the filter would return it
	Conditions []Condition
}

// Condition is a condition of a rule, Op being libseccomp's number.
type Condition struct {
	Arg  uint
	Op   int
	A, B uint64
}

// Script is the calls that a profile becomes, in libcontainer's order.
type Script struct {
	Default    uint32
	Archs      []Arch
	OnlyListed bool
	Flags      []Attribute
	Optimize   bool
	Rules      []Rule
}

// Actions are the numbers the kernel has for the actions.
var Actions = map[specs.LinuxSeccompAction]uint32{
	specs.ActKill:        0x00000000,
	specs.ActKillThread:  0x00000000,
	specs.ActKillProcess: 0x80000000,
	specs.ActTrap:        0x00030000,
	specs.ActErrno:       0x00050000,
	specs.ActNotify:      0x7fc00000,
	specs.ActTrace:       0x7ff00000,
	specs.ActLog:         0x7ffc0000,
	specs.ActAllow:       0x7fff0000,
}

// Operators are libseccomp's numbers for the comparisons.
var Operators = map[specs.LinuxSeccompOperator]int{
	specs.OpNotEqual:     1,
	specs.OpLessThan:     2,
	specs.OpLessEqual:    3,
	specs.OpEqualTo:      4,
	specs.OpGreaterEqual: 5,
	specs.OpGreaterThan:  6,
	specs.OpMaskedEqual:  7,
}

var flags = map[specs.LinuxSeccompFlag]Attribute{
	specs.LinuxSeccompFlagLog:              Log,
	specs.LinuxSeccompFlagSpecAllow:        SSB,
	specs.LinuxSeccompFlagWaitKillableRecv: WaitKill,
}

// defaultErrno is what errno and trace carry when the profile says nothing.
const defaultErrno = 1

// manyRules is the number of rules above which libcontainer asks for a tree.
const manyRules = 32

// NewScript makes the calls of a profile.
func NewScript(c Case) (*Script, error) {
	p := c.Seccomp
	script := &Script{OnlyListed: c.OnlyListed}
	var err error
	if script.Default, err = action(p.DefaultAction, p.DefaultErrnoRet); err != nil {
		return nil, err
	}
	for _, name := range p.Architectures {
		arch, ok := Find(name)
		if !ok {
			return nil, fmt.Errorf("find architecture %q", name)
		}
		script.Archs = append(script.Archs, arch)
	}
	for _, flag := range p.Flags {
		if attribute, ok := flags[flag]; ok {
			script.Flags = append(script.Flags, attribute)
		}
	}
	count := 0
	for i := range p.Syscalls {
		rules, err := rules(&p.Syscalls[i], script.Default)
		if err != nil {
			return nil, err
		}
		script.Rules = append(script.Rules, rules...)
		count += len(p.Syscalls[i].Names)
	}
	script.Optimize = count > manyRules
	return script, nil
}

func action(name specs.LinuxSeccompAction, errno *uint) (uint32, error) {
	number, ok := Actions[name]
	if !ok {
		return 0, fmt.Errorf("find action %q", name)
	}
	if name == specs.ActErrno || name == specs.ActTrace {
		data := uint(defaultErrno)
		if errno != nil {
			data = *errno
		}
		number |= uint32(data & 0xffff)
	}
	return number, nil
}

// rules are the calls of one entry. What does as the default does is left
// out; where two conditions are about the same argument, each condition
// becomes a rule of its own.
func rules(entry *specs.LinuxSyscall, byDefault uint32) ([]Rule, error) {
	act, err := action(entry.Action, entry.ErrnoRet)
	if err != nil || act == byDefault {
		return nil, err
	}
	conditions, twice := []Condition{}, false
	seen := map[uint]bool{}
	for _, arg := range entry.Args {
		op, ok := Operators[arg.Op]
		if !ok {
			return nil, fmt.Errorf("find operator %q", arg.Op)
		}
		conditions = append(conditions, Condition{arg.Index, op, arg.Value, arg.ValueTwo})
		twice = twice || seen[arg.Index]
		seen[arg.Index] = true
	}
	var all []Rule
	for _, name := range entry.Names {
		if !twice {
			all = append(all, Rule{name, act, conditions})
			continue
		}
		for _, one := range conditions {
			all = append(all, Rule{name, act, []Condition{one}})
		}
	}
	return all, nil
}

// Without is the script less the rules that drop names.
func (s *Script) Without(drop func(name string) bool) *Script {
	less := *s
	less.Rules = nil
	for _, rule := range s.Rules {
		if !drop(rule.Name) {
			less.Rules = append(less.Rules, rule)
		}
	}
	return &less
}

// RuleAt is the rule that the call of that number adds, less than 0 for none.
func (s *Script) RuleAt(call int) int {
	calls := strings.Fields(s.Request())
	before := 0
	for _, word := range calls {
		switch word {
		case "rule", "end":
			return call - before
		case "drop", "arch", "attr", "try":
			before++
		}
	}
	return -1
}

// Less is the script without a rule, and without all after it if so told.
func (s *Script) Less(rule int, tail bool) *Script {
	less := *s
	less.Rules = slices.Clone(s.Rules[:rule])
	if !tail && rule < len(s.Rules) {
		less.Rules = append(less.Rules, s.Rules[rule+1:]...)
	}
	return &less
}

// Outcome says in words what a result of the script is.
func (s *Script) Outcome(r *Result) string {
	rule := s.RuleAt(r.Calls)
	switch {
	case r.Err == 0:
		return "a filter"
	case rule < 0:
		return fmt.Sprintf("error %d from call %d", r.Err, r.Calls)
	case rule >= len(s.Rules):
		return fmt.Sprintf("error %d from the export", r.Err)
	}
	return fmt.Sprintf("error %d for rule %d %+v", r.Err, rule, s.Rules[rule])
}

// BigEndian is the byte order of the filter's architectures.
func (s *Script) BigEndian() bool {
	return s.OnlyListed && len(s.Archs) > 0 && s.Archs[0].Order == big
}

// Request is the script in the words of the reference program.
func (s *Script) Request() string {
	var b strings.Builder
	fmt.Fprintf(&b, "filter %#x try %d 1", s.Default, TSync)
	native, _ := Find(Native)
	if s.OnlyListed {
		fmt.Fprintf(&b, " drop %#x", native.Token)
	}
	for _, arch := range s.Archs {
		fmt.Fprintf(&b, " arch %#x", arch.Token)
	}
	for _, flag := range s.Flags {
		fmt.Fprintf(&b, " attr %d 1", flag)
	}
	if s.Optimize {
		fmt.Fprintf(&b, " try %d 2", Optimize)
	}
	fmt.Fprintf(&b, " attr %d 0", NoNewPrivs)
	for _, rule := range s.Rules {
		fmt.Fprintf(&b, " rule %#x %s %d", rule.Action, rule.Name, len(rule.Conditions))
		for _, c := range rule.Conditions {
			fmt.Fprintf(&b, " %d %d %d %d", c.Arg, c.Op, c.A, c.B)
		}
	}
	b.WriteString(" end\n")
	return b.String()
}
