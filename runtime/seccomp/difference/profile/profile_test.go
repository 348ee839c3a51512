package profile

import (
	"reflect"
	"strings"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"
)

func TestScript(t *testing.T) {
	eq := func(index uint, value uint64) specs.LinuxSeccompArg {
		return specs.LinuxSeccompArg{Index: index, Value: value, Op: specs.OpEqualTo}
	}
	many := make([]string, manyRules+1)
	for i := range many {
		many[i] = "read"
	}
	for _, test := range []struct {
		name    string
		profile specs.LinuxSeccomp
		only    bool
		want    string
	}{
		{
			"default", specs.LinuxSeccomp{DefaultAction: specs.ActErrno, DefaultErrnoRet: new(uint(38))}, false,
			"filter 0x50026 try 4 1 attr 3 0 end\n",
		},
		{
			"architectures and flags", specs.LinuxSeccomp{
				DefaultAction: specs.ActAllow, Architectures: []specs.Arch{specs.ArchX86, specs.ArchX32},
				Flags: []specs.LinuxSeccompFlag{specs.LinuxSeccompFlagLog},
			}, false,
			"filter 0x7fff0000 try 4 1 arch 0x40000003 arch 0x4000003e attr 6 1 attr 3 0 end\n",
		},
		{
			"another machine", specs.LinuxSeccomp{
				DefaultAction: specs.ActAllow, Architectures: []specs.Arch{specs.ArchS390X},
			}, true,
			"filter 0x7fff0000 try 4 1 drop 0xc000003e arch 0x80000016 attr 3 0 end\n",
		},
		{
			"rules", specs.LinuxSeccomp{DefaultAction: specs.ActAllow, Syscalls: []specs.LinuxSyscall{
				{Names: []string{"read", "write"}, Action: specs.ActErrno, ErrnoRet: new(uint(0x10002))},
				{Names: []string{"open"}, Action: specs.ActAllow},
				{Names: []string{"close"}, Action: specs.ActTrap, Args: []specs.LinuxSeccompArg{eq(1, 2), eq(0, 3)}},
			}}, false,
			"filter 0x7fff0000 try 4 1 attr 3 0 rule 0x50002 read 0 rule 0x50002 write 0 " +
				"rule 0x30000 close 2 1 4 2 0 0 4 3 0 end\n",
		},
		{
			"two conditions on an argument", specs.LinuxSeccomp{
				DefaultAction: specs.ActAllow, Syscalls: []specs.LinuxSyscall{{
					Names: []string{"read"}, Action: specs.ActKill, Args: []specs.LinuxSeccompArg{eq(0, 2), eq(0, 3)},
				}},
			}, false,
			"filter 0x7fff0000 try 4 1 attr 3 0 rule 0x0 read 1 0 4 2 0 rule 0x0 read 1 0 4 3 0 end\n",
		},
		{
			"a long list", specs.LinuxSeccomp{
				DefaultAction: specs.ActAllow,
				Syscalls:      []specs.LinuxSyscall{{Names: many, Action: specs.ActAllow}},
			}, false,
			"filter 0x7fff0000 try 4 1 try 8 2 attr 3 0 end\n",
		},
	} {
		script, err := NewScript(Case{Seccomp: &test.profile, OnlyListed: test.only})
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
		} else if got := script.Request(); got != test.want {
			t.Errorf("%s:\n%swant\n%s", test.name, got, test.want)
		}
	}
}

func TestScriptRefuses(t *testing.T) {
	for name, profile := range map[string]specs.LinuxSeccomp{
		"action": {DefaultAction: "SCMP_ACT_NONE"},
		"arch":   {DefaultAction: specs.ActAllow, Architectures: []specs.Arch{"SCMP_ARCH_VAX"}},
		"operator": {DefaultAction: specs.ActAllow, Syscalls: []specs.LinuxSyscall{{
			Names: []string{"read"}, Action: specs.ActKill, Args: []specs.LinuxSeccompArg{{Op: "SCMP_CMP_ABOUT"}},
		}}},
	} {
		if _, err := NewScript(Case{Seccomp: &profile}); err == nil || !strings.HasPrefix(err.Error(), "find ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestGeneratorRepeats(t *testing.T) {
	g := Generator{Seed: 7, Names: []string{"read", "write", "open"}}
	for n := range uint64(50) {
		if a, b := g.Case(n), g.Case(n); !reflect.DeepEqual(a, b) {
			t.Errorf("profile %d is another one the second time", n)
		}
	}
	if reflect.DeepEqual(g.Case(1).Seccomp, g.Case(2).Seccomp) {
		t.Error("profiles 1 and 2 are the same")
	}
	if reflect.DeepEqual(g.Decode([]byte{1, 200, 3}).Seccomp, g.Decode([]byte{200, 1, 90}).Seccomp) {
		t.Error("other choices make the same profile")
	}
}

// TestShrink wants everything gone that the answer does not depend on.
func TestShrink(t *testing.T) {
	g := Generator{Seed: 3, Names: []string{"read", "write", "open", "close"}}
	tells := func(c Case) bool {
		for _, entry := range c.Seccomp.Syscalls {
			for _, arg := range entry.Args {
				if arg.Op == specs.OpGreaterThan && arg.Value > 1<<33 {
					return true
				}
			}
		}
		return false
	}
	shrunk := 0
	for n := range uint64(200) {
		c := g.Case(n)
		if !tells(c) {
			continue
		}
		shrunk++
		p := Shrink(c, tells).Seccomp
		if len(p.Syscalls) != 1 || len(p.Syscalls[0].Names) != 1 || len(p.Syscalls[0].Args) != 1 ||
			len(p.Architectures) != 0 || p.DefaultAction != specs.ActAllow {
			t.Errorf("profile %d has become %+v", n, p)
		}
	}
	if shrunk == 0 {
		t.Error("no profile was shrunk")
	}
}

func TestResolve(t *testing.T) {
	engine, err := ParseEngine([]byte(`{
		"defaultAction": "SCMP_ACT_ERRNO",
		"archMap": [{"architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86"]}],
		"syscalls": [
			{"names": ["always"], "action": "SCMP_ACT_ALLOW"},
			{"names": ["new"], "action": "SCMP_ACT_ALLOW", "includes": {"minKernel": "4.8"}},
			{"names": ["old"], "action": "SCMP_ACT_ALLOW", "excludes": {"minKernel": "4.8"}},
			{"names": ["admin"], "action": "SCMP_ACT_ALLOW", "includes": {"caps": ["A", "B"]}},
			{"names": ["no admin"], "action": "SCMP_ACT_ALLOW", "excludes": {"caps": ["A", "C"]}},
			{"names": ["arm"], "action": "SCMP_ACT_ALLOW", "includes": {"arches": ["arm", "arm64"]}},
			{"names": ["not amd64"], "action": "SCMP_ACT_ALLOW", "excludes": {"arches": ["amd64"]}}]}`))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		host  Host
		archs int
		want  string
	}{
		{Host{specs.ArchX86_64, "amd64", nil, "4.7"}, 2, "always,old,no admin"},
		{Host{specs.ArchX86_64, "amd64", []string{"A"}, "4.8"}, 2, "always,new"},
		{Host{specs.ArchX86_64, "amd64", []string{"B", "A"}, "10.0"}, 2, "always,new,admin"},
		{Host{specs.ArchARM, "arm", []string{"C"}, "4.10"}, 0, "always,new,arm,not amd64"},
	} {
		p := engine.Resolve(test.host)
		var names []string
		for _, entry := range p.Syscalls {
			names = append(names, entry.Names...)
		}
		if got := strings.Join(names, ","); got != test.want || len(p.Architectures) != test.archs {
			t.Errorf("%+v: %s on %v, want %s", test.host, got, p.Architectures, test.want)
		}
	}
}
