package container

import (
	"reflect"
	"testing"

	"github.com/opencontainers/runc/libcontainer"
	"github.com/opencontainers/runc/libcontainer/configs"
	"github.com/opencontainers/runtime-spec/specs-go"
	selinux "github.com/opencontainers/selinux/go-selinux"
	"golang.org/x/sys/unix"
)

func TestNewProcess(t *testing.T) {
	in := &specs.Process{
		Terminal:    true,
		ConsoleSize: &specs.Box{Height: 24, Width: 80},
		User:        specs.User{UID: 1, GID: 2, AdditionalGids: []uint32{3, 4294967294}},
		Args:        []string{"sh", "-c", ""},
		Env:         []string{"A=B"},
		Cwd:         "/work",
		Capabilities: &specs.LinuxCapabilities{
			Bounding: []string{"CAP_KILL"}, Effective: []string{"CAP_CHOWN"},
			Inheritable: []string{"CAP_FOWNER"}, Permitted: []string{"CAP_SETUID"},
			Ambient: []string{"CAP_SETGID"},
		},
		Rlimits: []specs.POSIXRlimit{
			{Type: "RLIMIT_NOFILE", Hard: 20, Soft: 10}, {Type: "RLIMIT_CORE", Hard: 1},
		},
		NoNewPrivileges: true,
		ApparmorProfile: "profile",
		Scheduler:       &specs.Scheduler{Policy: specs.SchedBatch, Nice: 5},
		IOPriority:      &specs.LinuxIOPriority{Class: specs.IOPRIO_CLASS_BE, Priority: 3},
		ExecCPUAffinity: &specs.CPUAffinity{Initial: "0-1", Final: "1"},
	}
	got, err := newProcess(in)
	ok(t, err)
	initial, err := configs.ToCPUSet("0-1")
	ok(t, err)
	final, err := configs.ToCPUSet("1")
	ok(t, err)
	yes := true
	want := &libcontainer.Process{
		Args: []string{"sh", "-c", ""}, Env: []string{"A=B"}, Cwd: "/work",
		UID: 1, GID: 2, AdditionalGroups: []int{3, 4294967294},
		ConsoleWidth: 80, ConsoleHeight: 24,
		Capabilities: &configs.Capabilities{
			Bounding: []string{"CAP_KILL"}, Effective: []string{"CAP_CHOWN"},
			Inheritable: []string{"CAP_FOWNER"}, Permitted: []string{"CAP_SETUID"},
			Ambient: []string{"CAP_SETGID"},
		},
		Rlimits: []configs.Rlimit{
			{Type: unix.RLIMIT_NOFILE, Hard: 20, Soft: 10}, {Type: unix.RLIMIT_CORE, Hard: 1},
		},
		NoNewPrivileges: &yes, AppArmorProfile: "profile",
		Scheduler: in.Scheduler, IOPriority: in.IOPriority,
		CPUAffinity: &configs.CPUAffinity{Initial: initial, Final: final},
		LogLevel:    "4",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

// Nothing but the program: what is missing stays missing.
func TestNewProcessMinimal(t *testing.T) {
	got, err := newProcess(&specs.Process{Args: []string{"a"}, Cwd: "/"})
	ok(t, err)
	if got.Capabilities != nil || got.CPUAffinity != nil || got.Scheduler != nil ||
		got.IOPriority != nil || got.Rlimits != nil || got.ConsoleWidth != 0 || got.Init {
		t.Errorf("%+v", got)
	}
	if got.NoNewPrivileges == nil || *got.NoNewPrivileges {
		t.Error("no_new_privs is left to libcontainer, or set")
	}
	// nil would leave the caller's groups to the process.
	if got.AdditionalGroups == nil || len(got.AdditionalGroups) != 0 {
		t.Errorf("groups: %#v", got.AdditionalGroups)
	}
}

func TestNewProcessRefuses(t *testing.T) {
	_, err := newProcess(&specs.Process{Rlimits: []specs.POSIXRlimit{{Type: "RLIMIT_CPU"}, {Type: "NOFILE"}}})
	says(t, err, "process.rlimits[1].type: wrong rlimit value: NOFILE")
	_, err = newProcess(&specs.Process{ExecCPUAffinity: &specs.CPUAffinity{Initial: "x"}})
	mentions(t, err, "process.execCPUAffinity: ")
	if selinux.GetEnabled() {
		t.Skip("the rest needs a host without SELinux")
	}
	_, err = newProcess(&specs.Process{SelinuxLabel: "a:b:c"})
	mentions(t, err, `process.selinuxLabel: "a:b:c" asked for`)
}

func TestRlimit(t *testing.T) {
	for name, want := range map[string]int{
		"RLIMIT_AS":         unix.RLIMIT_AS,
		"RLIMIT_CORE":       unix.RLIMIT_CORE,
		"RLIMIT_CPU":        unix.RLIMIT_CPU,
		"RLIMIT_DATA":       unix.RLIMIT_DATA,
		"RLIMIT_FSIZE":      unix.RLIMIT_FSIZE,
		"RLIMIT_LOCKS":      unix.RLIMIT_LOCKS,
		"RLIMIT_MEMLOCK":    unix.RLIMIT_MEMLOCK,
		"RLIMIT_MSGQUEUE":   unix.RLIMIT_MSGQUEUE,
		"RLIMIT_NICE":       unix.RLIMIT_NICE,
		"RLIMIT_NOFILE":     unix.RLIMIT_NOFILE,
		"RLIMIT_NPROC":      unix.RLIMIT_NPROC,
		"RLIMIT_RSS":        unix.RLIMIT_RSS,
		"RLIMIT_RTPRIO":     unix.RLIMIT_RTPRIO,
		"RLIMIT_RTTIME":     unix.RLIMIT_RTTIME,
		"RLIMIT_SIGPENDING": unix.RLIMIT_SIGPENDING,
		"RLIMIT_STACK":      unix.RLIMIT_STACK,
	} {
		if got, known := rlimit(name); !known || got != want {
			t.Errorf("%s: %d, %v; want %d", name, got, known, want)
		}
	}
	for _, name := range []string{"", "NOFILE", "rlimit_nofile", "RLIMIT_NOFILE ", "RLIMIT_X"} {
		if _, known := rlimit(name); known {
			t.Errorf("%q is known", name)
		}
	}
}
