package decision

// Op is a comparison.
type Op uint8

// The comparisons of libseccomp.
const (
	NotEqual Op = iota + 1
	Less
	LessOrEqual
	Equal
	GreaterOrEqual
	Greater
	MaskedEqual
)

// Condition compares an argument, under a mask, with a value.
type Condition struct {
	Op    Op
	Arg   uint8
	Mask  uint64
	Value uint64
}

// vacuous says whether the condition holds of everything. Only a mask of
// zero does; on an architecture with 32-bit arguments the mask's upper half
// does not count.
func (c Condition) vacuous(wide bool) bool {
	if c.Op != MaskedEqual {
		return false
	}
	if wide {
		return c.Mask == 0
	}
	return uint32(c.Mask) == 0
}

// Build makes the tree of one rule whose conditions, sorted by argument, must
// all hold. The tree is empty where the conditions exclude nothing.
func Build(conditions []Condition, wide bool, verdict uint32) Level {
	goal := Exit{Decided: true, Verdict: verdict}
	for i := len(conditions) - 1; i >= 0; i-- {
		switch c := conditions[i]; {
		case c.vacuous(wide):
		case wide:
			goal = Exit{Next: c.wide(goal)}
		default:
			goal = Exit{Next: c.narrow(goal)}
		}
	}
	return goal.Next
}

// narrow compares the lower word only. What has no BPF instruction is asked
// the other way round.
func (c Condition) narrow(goal Exit) Level {
	n := c.low()
	switch c.Op {
	case NotEqual:
		n.Test, n.No = TestEqual, goal
	case Less:
		n.Test, n.No = TestGreaterOrEqual, goal
	case LessOrEqual:
		n.Test, n.No = TestGreater, goal
	case GreaterOrEqual:
		n.Test, n.Yes = TestGreaterOrEqual, goal
	case Greater:
		n.Test, n.Yes = TestGreater, goal
	default:
		n.Test, n.Yes = TestEqual, goal
	}
	return Level{n}
}

// wide compares the upper word, and where that does not settle it the lower
// word.
func (c Condition) wide(goal Exit) Level {
	above, same, low := c.high(), c.high(), c.narrow(goal)
	above.Test, same.Test = TestGreater, TestEqual
	same.Yes = Exit{Next: low}
	switch c.Op {
	case NotEqual:
		same.No = goal
		return Level{same}
	case Equal, MaskedEqual:
		return Level{same}
	case Less, LessOrEqual:
		same.No = goal
	default:
		above.Yes = goal
	}
	above.No = Exit{Next: Level{same}}
	return Level{above}
}

func (c Condition) low() Node {
	return c.node(2*c.Arg, uint32(c.Mask), uint32(c.Value))
}

func (c Condition) high() Node {
	return c.node(2*c.Arg+1, uint32(c.Mask>>32), uint32(c.Value>>32))
}

func (c Condition) node(word uint8, mask, value uint32) Node {
	return Node{Word: word, Mask: mask, Value: value & mask, op: c.Op, full: c.Value}
}
