package difference

import (
	"slices"

	"github.com/seccomp/libseccomp-golang/difference/profile"
	"github.com/seccomp/libseccomp-golang/difference/reference"
)

// Table is the system calls of all architectures, as a libseccomp has them.
type Table struct {
	// Names are all names there are, but for two that share a pseudo number:
	// which of them it stands for differs between releases.
	Names []string

	direct map[string]map[string]uint32
	// taken is the name that libseccomp takes a name for: a rule is given by
	// a number of the native architecture, and two names share a pseudo
	// number.
	taken map[string]string
}

// searched is where libseccomp has numbers, from an architecture's first
// and, the pseudo numbers among them, absolute.
var searched = []struct {
	from, to int32
	relative bool
}{
	{0, 700, true}, {0xf0000, 0xf0010, true}, {-300, -99, false}, {-11000, -10000, false},
}

// NewTable asks for the names of all numbers.
func NewTable(session *reference.Session) (*Table, error) {
	t := &Table{direct: map[string]map[string]uint32{}}
	seen := map[string]bool{}
	for _, arch := range profile.Archs {
		t.direct[arch.Name] = map[string]uint32{}
		for _, r := range searched {
			for nr := r.from; nr < r.to; nr++ {
				at := nr
				if r.relative {
					at += int32(arch.Offset)
				}
				name, err := session.Name(arch, at)
				if err != nil {
					return nil, err
				}
				if name == "" {
					continue
				}
				if at >= 0 {
					t.direct[arch.Name][name] = uint32(at)
				}
				if !seen[name] {
					seen[name] = true
					t.Names = append(t.Names, name)
				}
			}
		}
	}
	return t, t.findTaken(session)
}

func (t *Table) findTaken(session *reference.Session) error {
	t.taken = map[string]string{}
	ambiguous := map[string]bool{}
	native, _ := profile.Find(profile.Native)
	for _, name := range t.Names {
		nr, err := session.Resolve(native, name)
		if err != nil {
			return err
		}
		other, err := session.Name(native, nr)
		if err != nil {
			return err
		}
		if other != name {
			t.taken[name] = other
			ambiguous[name], ambiguous[other] = true, true
		}
	}
	t.Names = slices.DeleteFunc(t.Names, func(name string) bool { return ambiguous[name] })
	return nil
}

// Direct is the number under which a call can be made by itself, as a rule
// for that name has it.
func (t *Table) Direct(arch profile.Arch, name string) (uint32, bool) {
	if other, ok := t.taken[name]; ok {
		name = other
	}
	nr, ok := t.direct[arch.Name][name]
	return nr, ok
}
