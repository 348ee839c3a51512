// Package meaning says what a profile means for one call, read straight from
// its rules. Where several rules with conditions match, it names them all:
// which of them holds is libseccomp's affair. Nothing else is, so a verdict
// that this package does not name is wrong, whoever gives it.
package meaning

import (
	"slices"

	"github.com/seccomp/libseccomp-golang/difference/filter"
	"github.com/seccomp/libseccomp-golang/difference/profile"
)

// Numbers knows the numbers of system calls.
type Numbers interface {
	// Direct is the number under which a call can be made by itself.
	Direct(arch profile.Arch, name string) (uint32, bool)
}

// narrow are the architectures with arguments of 32 bits.
var narrow = []string{"x86", "x32", "arm", "mips", "mipsel", "mips64n32", "mipsel64n32", "ppc", "s390"}

// muxed are those that have socketcall and ipc, at these numbers.
var muxed = []string{"x86", "mips", "mipsel", "ppc", "ppc64", "ppc64le", "s390", "s390x"}

const (
	socketcall = 102
	ipc        = 117
)

// selectors are the values of the first argument that stand for a call.
var selectors = map[string]struct{ number, value uint32 }{
	"socket": {socketcall, 1}, "bind": {socketcall, 2}, "connect": {socketcall, 3},
	"listen": {socketcall, 4}, "accept": {socketcall, 5}, "getsockname": {socketcall, 6},
	"getpeername": {socketcall, 7}, "socketpair": {socketcall, 8}, "send": {socketcall, 9},
	"recv": {socketcall, 10}, "sendto": {socketcall, 11}, "recvfrom": {socketcall, 12},
	"shutdown": {socketcall, 13}, "setsockopt": {socketcall, 14}, "getsockopt": {socketcall, 15},
	"sendmsg": {socketcall, 16}, "recvmsg": {socketcall, 17}, "accept4": {socketcall, 18},
	"recvmmsg": {socketcall, 19}, "sendmmsg": {socketcall, 20},
	"semop": {ipc, 1}, "semget": {ipc, 2}, "semctl": {ipc, 3}, "semtimedop": {ipc, 4},
	"msgsnd": {ipc, 11}, "msgrcv": {ipc, 12}, "msgget": {ipc, 13}, "msgctl": {ipc, 14},
	"shmat": {ipc, 21}, "shmdt": {ipc, 22}, "shmget": {ipc, 23}, "shmctl": {ipc, 24},
}

// killThread is the verdict on calls of an architecture that the filter does
// not have.
const killThread = 0

// Verdicts are those that rules of the script give the call: one, but where
// rules with conditions and different actions match.
func Verdicts(script *profile.Script, numbers Numbers, data *filter.Words) []uint32 {
	archs := concerned(script, data)
	if len(archs) == 0 {
		return []uint32{killThread}
	}
	var verdicts []uint32
	for i := range script.Rules {
		rule := &script.Rules[i]
		for _, arch := range archs {
			_, matches, always := match(rule, arch, numbers, data, script.BigEndian())
			if always {
				return []uint32{rule.Action}
			}
			if matches && !slices.Contains(verdicts, rule.Action) {
				verdicts = append(verdicts, rule.Action)
			}
		}
	}
	if len(verdicts) == 0 {
		return []uint32{script.Default}
	}
	return verdicts
}

// Matches says whether a rule of the script is about calls of that number,
// and whether it holds for the call.
func Matches(
	script *profile.Script, rule *profile.Rule, numbers Numbers, data *filter.Words,
) (about, matches bool) {
	for _, arch := range concerned(script, data) {
		a, m, _ := match(rule, arch, numbers, data, script.BigEndian())
		about, matches = about || a, matches || m
	}
	return about, matches
}

// Related says whether rules for two names can be about the same number.
func Related(a, b string) bool {
	shared := func(name string) bool {
		_, ok := selectors[name]
		return ok || name == "socketcall" || name == "ipc"
	}
	return a == b || shared(a) && shared(b)
}

// concerned are the filter's architectures that the call can belong to. The
// kernel does not tell x86-64 and x32 apart but by the number; a filter that
// has both looks at the number only.
func concerned(script *profile.Script, data *filter.Words) []profile.Arch {
	archs := script.Archs
	if native, _ := profile.Find(profile.Native); !script.OnlyListed {
		archs = append(slices.Clone(archs), native)
	}
	var found []profile.Arch
	names := map[string]bool{}
	for _, arch := range archs {
		if arch.Audit == data[1] && !names[arch.Name] {
			found = append(found, arch)
			names[arch.Name] = true
		}
	}
	high := data[0] >= profile.X32Bit
	switch {
	case names["amd64"] && names["x32"]:
	case names["amd64"] && high && data[0] != ^uint32(0), names["x32"] && !high:
		return nil
	}
	return found
}

// match says whether the rule is about the call, whether it holds for it,
// and whether it does so whatever the arguments are.
func match(
	rule *profile.Rule, arch profile.Arch, numbers Numbers, data *filter.Words, bigEndian bool,
) (about, matches, always bool) {
	wide := !slices.Contains(narrow, arch.Name)
	args := arguments(data, bigEndian)
	if direct, ok := numbers.Direct(arch, rule.Name); ok && direct == data[0] {
		about = true
		matches, always = conditions(rule.Conditions, &args, wide)
	}
	selector, ok := selectors[rule.Name]
	if !ok || !slices.Contains(muxed, arch.Name) || data[0] != arch.Offset+selector.number {
		return about, matches, always
	}
	others := []profile.Condition{{Op: equal, A: uint64(selector.value)}}
	for _, c := range rule.Conditions {
		if c.Arg > 0 {
			others = append(others, c)
		}
	}
	selected, _ := conditions(others, &args, wide)
	return true, matches || selected, always
}

func arguments(data *filter.Words, bigEndian bool) (args [6]uint64) {
	low, high := 0, 1
	if bigEndian {
		low, high = 1, 0
	}
	for i := range args {
		args[i] = uint64(data[4+2*i+low]) | uint64(data[4+2*i+high])<<32
	}
	return args
}

func conditions(all []profile.Condition, args *[6]uint64, wide bool) (hold, always bool) {
	hold, always = true, true
	for _, c := range all {
		arg, a, b := args[c.Arg], c.A, c.B
		if !wide {
			arg, a, b = arg&0xffffffff, a&0xffffffff, b&0xffffffff
		}
		hold = hold && holds(c.Op, arg, a, b)
		always = always && c.Op == maskedEqual && a == 0
	}
	return hold, always
}

const (
	notEqual = 1 + iota
	less
	lessEqual
	equal
	greaterEqual
	greater
	maskedEqual
)

// BySize says whether an operator has a comparison by size in it.
func BySize(op int) bool {
	return op == less || op == lessEqual || op == greater || op == greaterEqual
}

// Below says whether an operator decides about what is below its value.
func Below(op int) bool {
	return op == less || op == lessEqual || op == notEqual
}

func holds(op int, arg, a, b uint64) bool {
	switch op {
	case notEqual:
		return arg != a
	case less:
		return arg < a
	case lessEqual:
		return arg <= a
	case equal:
		return arg == a
	case greaterEqual:
		return arg >= a
	case greater:
		return arg > a
	}
	return arg&a == b&a
}
