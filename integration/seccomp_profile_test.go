package integration

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// asWithout is the outcome of a call that a profile lets through.
const asWithout = "as without a filter"

const killed = "signal 31" // SIGSYS

// readProfile reads what an engine writes into config.json: Docker 20.10
// ("docker") or Podman 4.3 ("podman"), with the capabilities they give.
func readProfile(t *testing.T, name string) *specs.LinuxSeccomp {
	t.Helper()
	data, err := os.ReadFile("testdata/seccomp/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var p specs.LinuxSeccomp
	if err := json.Unmarshal(data, &p); err != nil {
		t.Fatal(err)
	}
	return &p
}

// marked gives every refusal of the profile an errno that the kernel has no
// use for, so that a refusal cannot be taken for a failure, nor one rule's for
// another's.
func marked(p *specs.LinuxSeccomp) *specs.LinuxSeccomp {
	mark := func(errno uint) *uint { return &errno }
	m := *p
	if m.DefaultAction == specs.ActErrno {
		m.DefaultErrnoRet = mark(1000)
	}
	m.Syscalls = slices.Clone(p.Syscalls)
	for i := range m.Syscalls {
		if m.Syscalls[i].Action == specs.ActErrno {
			m.Syscalls[i].ErrnoRet = mark(1001 + uint(i))
		}
	}
	return &m
}

// A made is a call that was made: the argument of the program calls.
type made struct {
	abi  callABI
	nr   uint64
	args [6]uint64
}

// parseMade reads "ABI:NR[,ARG...]".
func parseMade(word string) (made, error) {
	var m made
	abi, rest, _ := strings.Cut(word, ":")
	fields := strings.Split(rest, ",")
	m.abi = callABI(abi)
	values := [7]uint64{}
	for i := range values {
		values[i] = ^uint64(0)
		if i < len(fields) {
			var err error
			if values[i], err = strconv.ParseUint(fields[i], 0, 64); err != nil {
				return m, err
			}
		}
	}
	m.nr = values[0]
	copy(m.args[:], values[1:])
	return m, nil
}

// A judge says what a profile means. Of the rules that fit a call the first
// without a condition counts; a call with none gets the default action, one
// beyond all that the profile names ENOSYS. It knows profiles whose
// conditions do not contradict each other.
type judge struct {
	profile *specs.LinuxSeccomp
	sites   map[callABI]map[string][]callSite
}

// permissive are the default actions that need no ENOSYS for calls of newer
// kernels.
var permissive = []specs.LinuxSeccompAction{specs.ActAllow, specs.ActLog, specs.ActTrace}

func (j judge) outcome(m made) (string, error) {
	arch := map[callABI]specs.Arch{i386ABI: specs.ArchX86, x32ABI: specs.ArchX32}[m.abi]
	if m.abi != nativeABI && !slices.Contains(j.profile.Architectures, arch) {
		return killed, nil
	}
	if !slices.Contains(permissive, j.profile.DefaultAction) && m.nr > j.largest(m.abi) {
		return outcomeOf(specs.ActErrno, uint(unix.ENOSYS)), nil
	}
	outcomes := map[string]bool{}
	for _, rule := range j.profile.Syscalls {
		got := outcomeOf(rule.Action, errnoOf(rule.ErrnoRet))
		switch fits, always := j.fits(rule, m); {
		case always:
			return got, nil
		case fits:
			outcomes[got] = true
		}
	}
	switch all := slices.Collect(maps.Keys(outcomes)); len(all) {
	case 0:
		return outcomeOf(j.profile.DefaultAction, errnoOf(j.profile.DefaultErrnoRet)), nil
	case 1:
		return all[0], nil
	default:
		return "", fmt.Errorf("%v: the profile wants %q", m, all)
	}
}

// largest is the greatest number that the profile names.
func (j judge) largest(abi callABI) uint64 {
	var largest uint64
	for _, rule := range j.profile.Syscalls {
		for _, name := range rule.Names {
			for _, site := range j.sites[abi][name] {
				largest = max(largest, site.nr)
			}
		}
	}
	return largest
}

// fits tells whether the rule is for the call, and whether it is for it with
// whatever arguments.
func (j judge) fits(rule specs.LinuxSyscall, m made) (fits, always bool) {
	for _, name := range rule.Names {
		for _, site := range j.sites[m.abi][name] {
			if site.nr == m.nr && argsFit(rule.Args, site, m) {
				fits = true
				always = always || site.part == 0 && len(rule.Args) == 0
			}
		}
	}
	return fits, always
}

// argsFit: the first argument of a multiplexer says which part is meant, so
// that a rule's condition for the part's own one is void.
func argsFit(args []specs.LinuxSeccompArg, site callSite, m made) bool {
	if site.part != 0 && m.args[0] != site.part {
		return false
	}
	for _, arg := range args {
		if site.part != 0 && arg.Index == 0 {
			continue
		}
		n := cut(m.args[arg.Index], m.abi)
		if !compares[arg.Op](n, cut(arg.Value, m.abi), cut(arg.ValueTwo, m.abi)) {
			return false
		}
	}
	return true
}

// cut leaves what is compared: libseccomp counts x32 among the ABIs with
// arguments of 32 bits.
func cut(value uint64, abi callABI) uint64 {
	if abi != nativeABI {
		value &= 1<<32 - 1
	}
	return value
}

var compares = map[specs.LinuxSeccompOperator]func(n, value, two uint64) bool{
	specs.OpEqualTo:      func(n, value, _ uint64) bool { return n == value },
	specs.OpNotEqual:     func(n, value, _ uint64) bool { return n != value },
	specs.OpLessThan:     func(n, value, _ uint64) bool { return n < value },
	specs.OpLessEqual:    func(n, value, _ uint64) bool { return n <= value },
	specs.OpGreaterThan:  func(n, value, _ uint64) bool { return n > value },
	specs.OpGreaterEqual: func(n, value, _ uint64) bool { return n >= value },
	specs.OpMaskedEqual:  func(n, value, two uint64) bool { return n&value == two },
}

func errnoOf(ret *uint) uint {
	if ret == nil {
		return uint(unix.EPERM)
	}
	return *ret
}

func outcomeOf(action specs.LinuxSeccompAction, errno uint) string {
	switch action {
	case specs.ActErrno:
		return fmt.Sprintf("errno %d", errno)
	case specs.ActAllow:
		return asWithout
	default:
		return string(action)
	}
}
