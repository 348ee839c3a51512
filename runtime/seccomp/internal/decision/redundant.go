package decision

import "slices"

// Merge is Check and Add in one.
func (l Level) Merge(rule Level, verdict uint32) (Level, error) {
	l, rule, err := l.Check(rule, verdict)
	if err != nil {
		return nil, err
	}
	return l.Add(rule), nil
}

// Check looks whether one more rule, as Build makes it, conflicts with those
// in the tree, and gives what Add needs to add it. It changes nothing.
//
// Of two rules that end alike, the one with further conditions on lower
// arguments has no effect, for the other one is asked first. It is left out,
// or taken out where it came earlier, so that it cannot conflict with a third
// rule; but, as in libseccomp, only where the two have the same verdict.
func (l Level) Check(rule Level, verdict uint32) (tree, add Level, err error) {
	stripped := l.strip(&rule[0], verdict)
	for n := rule[0].next(); n != nil; n = n.next() {
		if l.covers(n, verdict) {
			return stripped, nil, nil
		}
	}
	if stripped.conflicts(rule) {
		return nil, nil, ErrConflict
	}
	return stripped, rule, nil
}

// Add adds a rule, as Check gives it, to the tree, which is changed. Only what
// Add gives may be used from then on.
func (l Level) Add(rule Level) Level {
	switch {
	case len(l) == 0:
		return rule
	case len(rule) == 0:
		return l
	}
	return l.add(rule)
}

// next gives the node behind one of a single rule. Whichever way is taken
// from a condition, the following ones are the same.
func (n *Node) next() *Node {
	switch {
	case len(n.Yes.Next) > 0:
		return &n.Yes.Next[0]
	case len(n.No.Next) > 0:
		return &n.No.Next[0]
	}
	return nil
}

// covers says whether the level decides all calls that a single rule's tests,
// from a node on, lead to a verdict.
func (l Level) covers(n *Node, verdict uint32) bool {
	for i := range l {
		x := &l[i]
		if !x.sameTest(n) {
			continue
		}
		if x.leaf() && n.leaf() {
			return (n.Yes.none() || x.Yes.Decided) && (n.No.none() || x.No.Decided)
		}
		return x.Yes.covers(n.Yes, verdict) && x.No.covers(n.No, verdict) &&
			l[i:i+1].only(verdict)
	}
	return false
}

func (e Exit) covers(other Exit, verdict uint32) bool {
	switch {
	case other.none():
		return e.none()
	case e.Decided || other.Decided:
		return e.Decided
	}
	return e.Next.covers(&other.Next[0], verdict)
}

func (e Exit) none() bool {
	return !e.Decided && len(e.Next) == 0
}

// strip takes out what comes behind conditions on lower arguments and ends
// with all of a single rule's tests.
func (l Level) strip(n *Node, verdict uint32) Level {
	return l.rewrite(func(x *Node) bool { return x.Word/2 < n.Word/2 },
		func(e Exit) Exit { return e.stripTail(n, verdict) })
}

// stripTail is strip behind a condition on a lower argument.
func (e Exit) stripTail(n *Node, verdict uint32) Exit {
	for i := range e.Next {
		x := &e.Next[i]
		switch {
		case x.sameTest(n):
			return Exit{Next: e.Next.stripNode(i, n, verdict)}
		case !x.after(n):
			return e
		}
	}
	return Exit{Decided: e.Decided, Verdict: e.Verdict, Next: e.Next.strip(n, verdict)}
}

// stripNode takes the last test of a single rule out of the level, or looks
// for it behind the test that both have.
func (l Level) stripNode(i int, n *Node, verdict uint32) Level {
	x := &l[i]
	if n.Yes.none() && !x.Yes.none() || n.No.none() && !x.No.none() {
		return l
	}
	if n.leaf() {
		if !l[i : i+1].only(verdict) {
			return l
		}
		return l.replace(i, Node{})
	}
	shorter := *x
	if len(n.Yes.Next) > 0 {
		shorter.Yes = x.Yes.stripTail(&n.Yes.Next[0], verdict)
	}
	if len(n.No.Next) > 0 {
		shorter.No = x.No.stripTail(&n.No.Next[0], verdict)
	}
	return l.replace(i, shorter)
}

// rewrite changes the exits of some nodes of a level.
func (l Level) rewrite(which func(*Node) bool, change func(Exit) Exit) Level {
	for i := len(l) - 1; i >= 0; i-- {
		if which(&l[i]) && !l[i].leaf() {
			changed := l[i]
			changed.Yes, changed.No = change(changed.Yes), change(changed.No)
			l = l.replace(i, changed)
		}
	}
	return l
}

// replace gives the level with another node in a place, or with none if the
// node leads nowhere.
func (l Level) replace(i int, n Node) Level {
	clone := slices.Clone(l)
	clone[i] = n
	if n.Yes.none() && n.No.none() {
		clone = slices.Delete(clone, i, i+1)
	}
	if len(clone) > 0 {
		clone[0].owned = true
	}
	return clone
}
