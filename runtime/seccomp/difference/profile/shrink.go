package profile

import (
	"slices"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// Shrink makes a profile smaller for as long as it still tells something.
func Shrink(c Case, tells func(Case) bool) Case {
	for smaller := true; smaller; {
		smaller = false
		for _, step := range []func(*Case, func() bool) bool{
			fewerEntries, fewerNames, fewerArgs, fewerArchs, simpler,
		} {
			next := clone(c)
			if step(&next, func() bool { return tells(next) }) {
				c, smaller = next, true
			}
		}
	}
	return c
}

func clone(c Case) Case {
	p := *c.Seccomp
	p.Architectures = slices.Clone(p.Architectures)
	p.Syscalls = slices.Clone(p.Syscalls)
	for i := range p.Syscalls {
		p.Syscalls[i].Names = slices.Clone(p.Syscalls[i].Names)
		p.Syscalls[i].Args = slices.Clone(p.Syscalls[i].Args)
	}
	c.Seccomp = &p
	return c
}

// fewer takes elements out, in large pieces first, and says whether it could.
func fewer[T any](list *[]T, least int, tells func() bool) (changed bool) {
	for size := max(len(*list)/2, 1); size > 0; size /= 2 {
		for at := 0; at+size <= len(*list) && len(*list)-size >= least; {
			before := *list
			*list = slices.Delete(slices.Clone(before), at, at+size)
			if tells() {
				changed = true
				continue
			}
			*list = before
			at += size
		}
	}
	return changed
}

func fewerEntries(c *Case, tells func() bool) bool {
	return fewer(&c.Seccomp.Syscalls, 0, tells)
}

func fewerNames(c *Case, tells func() bool) (changed bool) {
	for i := range c.Seccomp.Syscalls {
		changed = fewer(&c.Seccomp.Syscalls[i].Names, 1, tells) || changed
	}
	return changed
}

func fewerArgs(c *Case, tells func() bool) (changed bool) {
	for i := range c.Seccomp.Syscalls {
		changed = fewer(&c.Seccomp.Syscalls[i].Args, 0, tells) || changed
	}
	return changed
}

func fewerArchs(c *Case, tells func() bool) bool {
	return fewer(&c.Seccomp.Architectures, 0, tells)
}

// simpler replaces what stands for itself by something plain.
func simpler(c *Case, tells func() bool) (changed bool) {
	changed = set(&c.OnlyListed, false, tells) || changed
	changed = set(&c.Seccomp.DefaultErrnoRet, nil, tells) || changed
	changed = set(&c.Seccomp.DefaultAction, specs.ActAllow, tells) || changed
	if len(c.Seccomp.Flags) > 0 {
		before := c.Seccomp.Flags
		if c.Seccomp.Flags = before[:0]; tells() {
			changed = true
		} else {
			c.Seccomp.Flags = before
		}
	}
	for i := range c.Seccomp.Syscalls {
		entry := &c.Seccomp.Syscalls[i]
		changed = set(&entry.ErrnoRet, nil, tells) || changed
		for j := range entry.Args {
			changed = plain(&entry.Args[j].Value, tells) || changed
			changed = plain(&entry.Args[j].ValueTwo, tells) || changed
		}
	}
	return changed
}

// set gives the variable a plainer value, if that still tells.
func set[T comparable](at *T, value T, tells func() bool) bool {
	before := *at
	if before == value {
		return false
	}
	if *at = value; tells() {
		return true
	}
	*at = before
	return false
}

// plain gives a value one of three that are easy to read.
func plain(at *uint64, tells func() bool) bool {
	values := []uint64{0, 1, 1 << 32}
	return !slices.Contains(values, *at) &&
		slices.ContainsFunc(values, func(value uint64) bool { return set(at, value, tells) })
}
