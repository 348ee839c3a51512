package seccomp

import (
	"slices"
	"strconv"
	"testing"

	"github.com/seccomp/libseccomp-golang/internal/table"
)

// withheld are the calls that Docker's default profile does not allow to
// a container without further capabilities.
var withheld = []string{
	"_sysctl", "acct", "add_key", "bpf", "clock_settime", "clock_settime64", "create_module",
	"delete_module", "finit_module", "fsconfig", "fsmount", "fsopen", "fspick",
	"get_kernel_syms", "init_module", "ioperm", "iopl", "kexec_file_load", "kexec_load",
	"keyctl", "lookup_dcookie", "mbind", "mount", "mount_setattr", "move_mount", "move_pages",
	"nfsservctl", "open_by_handle_at", "open_tree", "perf_event_open", "pivot_root",
	"quotactl", "quotactl_fd", "query_module", "reboot", "request_key", "set_mempolicy",
	"set_mempolicy_home_node", "setdomainname", "sethostname", "setns", "settimeofday",
	"stime", "swapoff", "swapon", "sysfs", "syslog", "umount", "umount2", "unshare",
	"uselib", "userfaultfd", "ustat", "vhangup", "vm86", "vm86old",
}

// entry is a rule by name.
type entry struct {
	name   string
	action ScmpAction
	conds  []ScmpCondition
}

// dockerLike is a profile of the size and the kind of Docker's.
func dockerLike() []entry {
	var list []entry
	for i := range table.Count {
		name := table.Name(i)
		conditional := name == "clone" || name == "clone3" || name == "personality"
		if !conditional && !slices.Contains(withheld, name) {
			list = append(list, entry{name: name, action: ActAllow})
		}
	}
	for _, value := range []uint64{0, 8, 0x20000, 0x20008, 0xffffffff} {
		list = append(list, entry{"personality", ActAllow, []ScmpCondition{
			{Argument: 0, Op: CompareEqual, Operand1: value},
		}})
	}
	return append(list,
		entry{"clone", ActAllow, []ScmpCondition{
			{Argument: 0, Op: CompareMaskedEqual, Operand1: 0x7e020000},
		}},
		entry{"clone3", ActErrno.SetReturnCode(38), nil})
}

// compile does what libcontainer does with a profile: it looks up a number
// for the rule, and later one for each architecture.
func compile(t testing.TB, entries []entry, archs ...ScmpArch) []byte {
	t.Helper()
	f, err := NewFilter(ActErrno.SetReturnCode(1))
	if err != nil {
		t.Fatal(err)
	}
	for _, arch := range archs {
		if err := f.AddArch(arch); err != nil {
			t.Fatal(err)
		}
	}
	for i := range entries {
		e := &entries[i]
		call, err := GetSyscallFromName(e.name)
		if err != nil {
			t.Fatal(err)
		}
		if err := f.AddRuleConditional(call, e.action, e.conds); err != nil {
			t.Fatal(err)
		}
	}
	for _, arch := range archs {
		for i := range entries {
			if _, err := GetSyscallFromNameByArch(entries[i].name, arch); err != nil {
				t.Fatal(err)
			}
		}
	}
	raw, err := f.ExportBPFMem()
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func BenchmarkDockerLike(b *testing.B) {
	entries := dockerLike()
	b.ReportAllocs()
	var raw []byte
	for b.Loop() {
		raw = compile(b, entries, ArchAMD64, ArchX86, ArchX32)
	}
	b.ReportMetric(float64(len(entries)), "rules")
	b.ReportMetric(float64(len(raw)/8), "instructions")
}

// BenchmarkRules shows how cost grows with rules that ask for values.
func BenchmarkRules(b *testing.B) {
	names := []string{"bpf", "keyctl", "add_key", "mbind", "ptrace", "reboot", "setns", "chroot"}
	for _, count := range []int{125, 250, 500, 1000} {
		var entries []entry
		for i := range count {
			entries = append(entries, entry{names[i%len(names)], ActAllow, []ScmpCondition{
				{Argument: 0, Op: CompareEqual, Operand1: uint64(1000 + i/len(names))},
			}})
		}
		b.Run(strconv.Itoa(count), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				compile(b, entries, ArchAMD64)
			}
		})
	}
}
