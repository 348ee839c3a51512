package main

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"

	"github.com/bulkhead-oci/bulkhead/runtime/container"
)

func TestParseSignal(t *testing.T) {
	for s, want := range map[string]unix.Signal{
		"": unix.SIGTERM, "KILL": unix.SIGKILL, "SIGKILL": unix.SIGKILL, "kill": unix.SIGKILL,
		"sigHup": unix.SIGHUP, "9": 9, "0": 0, "64": 64, "usr1": unix.SIGUSR1, "WINCH": unix.SIGWINCH,
		"RTMIN": 34, "SIGRTMIN": 34, "RTMIN+1": 35, "sigrtmin+30": 64, "RTMAX": 64, "RTMAX-1": 63, "RTMAX-30": 34,
		"RTMIN+0": 34, "RTMAX-0": 64,
	} {
		if got, err := parseSignal(s); got != want || err != nil {
			t.Errorf("%q: %d, %v", s, got, err)
		}
	}
	for _, s := range []string{
		"65", "-1", "999999999999999999999", "NOPE", "SIG", "SIGSIGKILL", " KILL", "9x", "0x9", "1.5",
		"RTMIN+31", "RTMIN-1", "RTMAX+1", "RTMAX-31", "RTMIN1", "RTMIN+", "RTMIN+x", "RTMIN++1", "RTMID",
	} {
		got, err := parseSignal(s)
		mentions(t, err, fmt.Sprintf("unknown signal %q", s))
		if got != 0 {
			t.Errorf("%q: %d", s, got)
		}
	}
}

func TestParseUserID(t *testing.T) {
	for s, want := range map[string]uint32{"0": 0, "1000": 1000, "4294967294": 4294967294, "007": 7} {
		if got, err := parseUserID(s); got != want || err != nil {
			t.Errorf("%q: %d, %v", s, got, err)
		}
	}
	for _, s := range []string{"", "-1", "4294967295", "4294967296", "root", "1.0", " 1", "0x1", "1\n"} {
		_, err := parseUserID(s)
		says(t, err, "not a number in 0 to 4294967294")
	}
}

// configured is the process of a config.json that has something everywhere.
func configured() *specs.Process {
	return &specs.Process{
		Terminal: true, User: specs.User{UID: 1, GID: 2, AdditionalGids: []uint32{3}},
		Args: []string{"old"}, Env: []string{"OLD=1"}, Cwd: "/old", ApparmorProfile: "old", SelinuxLabel: "old",
		NoNewPrivileges: true,
		Capabilities:    &specs.LinuxCapabilities{Bounding: []string{"CAP_KILL"}, Inheritable: []string{}},
	}
}

func TestEditProcess(t *testing.T) {
	for _, c := range []struct {
		line string
		edit func(*specs.Process) // what is different from configured
	}{
		{"", func(*specs.Process) {}},
		{"-t", func(p *specs.Process) { p.Terminal = true }},
		{"--cwd /new", func(p *specs.Process) { p.Cwd = "/new" }},
		{"-e A=1 --env B=2,C=3 -e D=", func(p *specs.Process) { p.Env = []string{"OLD=1", "A=1", "B=2,C=3", "D="} }},
		{"--apparmor new", func(p *specs.Process) { p.ApparmorProfile = "new" }},
		{"--process-label new", func(p *specs.Process) { p.SelinuxLabel = "new" }},
		{"--no-new-privs=false", func(p *specs.Process) { p.NoNewPrivileges = false }},
		{"-u 7", func(p *specs.Process) { p.User.UID = 7 }},
		{"--user 7:8", func(p *specs.Process) { p.User.UID, p.User.GID = 7, 8 }},
		{"-u 0:0", func(p *specs.Process) { p.User.UID, p.User.GID = 0, 0 }},
		{"-g 9 --additional-gids 4294967294", func(p *specs.Process) {
			p.User.AdditionalGids = []uint32{3, 9, 4294967294}
		}},
	} {
		ctx := parse(t, slices.Concat([]string{"exec"}, strings.Fields(c.line), []string{"web1", "ls", "-l"})...)
		got, want := configured(), configured()
		want.Args, want.Terminal = []string{"ls", "-l"}, false
		c.edit(want)
		if err := editProcess(ctx, got); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s:\ngot  %+v\nwant %+v, %v", c.line, got, want, err)
		}
	}
}

func TestEditProcessRefuses(t *testing.T) {
	for line, want := range map[string]string{
		"-e D":            `--env: "D" is not of the form NAME=VALUE`,
		"-u root":         `--user: bad uid "root": not a number`,
		"-u :1":           `--user: bad uid "": not a number`,
		"-u 1:":           `--user: bad gid "": not a number`,
		"-u 1:2:3":        `--user: bad gid "2:3": not a number`,
		"-u 4294967295":   `--user: bad uid "4294967295"`,
		"-g 4294967295":   "--additional-gids: 4294967295 is not in 0 to 4294967294",
		"-g -1":           "--additional-gids: -1 is not in 0 to 4294967294",
		"--cap CAP_NOPE":  `--cap: unknown capability "CAP_NOPE"`,
		"--cap kill":      `--cap: unknown capability "kill"`,
		"-c CAP_KILL,CAP": `--cap: unknown capability "CAP_KILL,CAP"`,
	} {
		ctx := parse(t, slices.Concat([]string{"exec"}, strings.Fields(line), []string{"web1", "ls"})...)
		mentions(t, editProcess(ctx, configured()), want)
	}
}

// Inheritable capabilities are never added (CVE-2022-29162), ambient ones
// only where there are inheritable ones.
func TestAddCapabilities(t *testing.T) {
	add := []string{"CAP_KILL", "CAP_CHOWN"}
	p := new(specs.Process)
	ok(t, addCapabilities(p, nil))
	if p.Capabilities != nil {
		t.Error("sets without a capability")
	}
	ok(t, addCapabilities(p, add))
	want := &specs.LinuxCapabilities{Bounding: add, Effective: add, Permitted: add}
	if !reflect.DeepEqual(p.Capabilities, want) {
		t.Errorf("%+v", p.Capabilities)
	}
	room := append(make([]string, 0, 9), "CAP_FOWNER")
	p.Capabilities = &specs.LinuxCapabilities{
		Bounding: room, Effective: room, Permitted: room, Inheritable: room, Ambient: room,
	}
	ok(t, addCapabilities(p, add))
	all := append([]string{"CAP_FOWNER"}, add...)
	want = &specs.LinuxCapabilities{
		Bounding: all, Effective: all, Permitted: all, Inheritable: []string{"CAP_FOWNER"}, Ambient: all,
	}
	if !reflect.DeepEqual(p.Capabilities, want) {
		t.Errorf("%+v", p.Capabilities)
	}
	if room[:2][1] != "" {
		t.Error("the sets share memory")
	}
}

func TestResourcesOf(t *testing.T) {
	none := specs.LinuxResources{CPU: &specs.LinuxCPU{}, Memory: &specs.LinuxMemory{}}
	cpu := func(c specs.LinuxCPU) *specs.LinuxResources {
		return &specs.LinuxResources{CPU: &c, Memory: &specs.LinuxMemory{}}
	}
	mem := func(m specs.LinuxMemory) *specs.LinuxResources {
		return &specs.LinuxResources{CPU: &specs.LinuxCPU{}, Memory: &m}
	}
	with := func(set func(*specs.LinuxResources)) *specs.LinuxResources {
		r := none
		set(&r)
		return &r
	}
	for line, want := range map[string]*specs.LinuxResources{
		"":                         &none,
		"--cpu-period 1000":        cpu(specs.LinuxCPU{Period: new(uint64(1000))}),
		"--cpu-quota -1":           cpu(specs.LinuxCPU{Quota: new(int64(-1))}),
		"--cpu-burst 0":            cpu(specs.LinuxCPU{Burst: new(uint64(0))}),
		"--cpu-share 1024":         cpu(specs.LinuxCPU{Shares: new(uint64(1024))}),
		"--cpu-idle 1":             cpu(specs.LinuxCPU{Idle: new(int64(1))}),
		"--cpu-rt-period 2":        cpu(specs.LinuxCPU{RealtimePeriod: new(uint64(2))}),
		"--cpu-rt-runtime 3":       cpu(specs.LinuxCPU{RealtimeRuntime: new(int64(3))}),
		"--cpuset-cpus 0-1,3":      cpu(specs.LinuxCPU{Cpus: "0-1,3"}),
		"--cpuset-mems 0":          cpu(specs.LinuxCPU{Mems: "0"}),
		"--memory 64M":             mem(specs.LinuxMemory{Limit: new(int64(64 << 20))}),
		"--memory 1.5g":            mem(specs.LinuxMemory{Limit: new(int64(3 << 29))}),
		"--memory -1":              mem(specs.LinuxMemory{Limit: new(int64(-1))}),
		"--memory 0":               mem(specs.LinuxMemory{Limit: new(int64(0))}),
		"--memory-reservation 1k":  mem(specs.LinuxMemory{Reservation: new(int64(1024))}),
		"--memory-swap -1":         mem(specs.LinuxMemory{Swap: new(int64(-1))}),
		"--kernel-memory 5":        mem(specs.LinuxMemory{Kernel: new(int64(5))}),
		"--kernel-memory-tcp 6":    mem(specs.LinuxMemory{KernelTCP: new(int64(6))}),
		"--memory 1 --cpu-share 2": {CPU: &specs.LinuxCPU{Shares: new(uint64(2))}, Memory: &specs.LinuxMemory{Limit: new(int64(1))}},
		"--pids-limit 100": with(func(r *specs.LinuxResources) {
			r.Pids = &specs.LinuxPids{Limit: new(int64(100))}
		}),
		"--pids-limit 0": with(func(r *specs.LinuxResources) {
			r.Pids = &specs.LinuxPids{Limit: new(int64(0))}
		}),
		"--pids-limit -1": with(func(r *specs.LinuxResources) {
			r.Pids = &specs.LinuxPids{Limit: new(int64(-1))}
		}),
		"--blkio-weight 1000": with(func(r *specs.LinuxResources) {
			r.BlockIO = &specs.LinuxBlockIO{Weight: new(uint16(1000))}
		}),
	} {
		got, err := resourcesOf(parse(t, append([]string{"update", "web1"}, strings.Fields(line)...)...))
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, %v", line, got, err)
		}
	}
}

func TestResourcesRefused(t *testing.T) {
	for line, want := range map[string]string{
		"--cpu-period -1":        "invalid value for cpu-period: ",
		"--cpu-quota 1.5":        "invalid value for cpu-quota: ",
		"--cpu-idle x":           "invalid value for cpu-idle: ",
		"--memory 64Q":           "invalid value for memory: ",
		"--memory -2":            "invalid value for memory: ",
		"--memory-swap lots":     "invalid value for memory-swap: ",
		"--blkio-weight 9":       "invalid value for blkio-weight: 9 is not in 10 to 1000",
		"--blkio-weight 65546":   "invalid value for blkio-weight: 65546 is not in 10 to 1000",
		"--resources /no/such":   "--resources: open /no/such: no such file or directory",
		"--resources /dev/null":  "--resources: ",
		"-r /no/such --memory 1": "--resources: ",
	} {
		_, err := resources(parse(t, append([]string{"update", "web1"}, strings.Fields(line)...)...))
		mentions(t, err, want)
	}
}

func TestResourcesFromFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "r.json")
	ok(t, os.WriteFile(path, []byte(`{"memory": {"limit": 7}}`), 0o600))
	got, err := resources(parse(t, "update", "web1", "--memory", "9", "-r", path))
	if err != nil || *got.Memory.Limit != 7 || got.CPU != nil {
		t.Errorf("%+v, %v", got, err)
	}
	in, err := os.Open(path)
	ok(t, err)
	stdin := os.Stdin
	os.Stdin = in
	defer func() { os.Stdin = stdin; in.Close() }()
	got, err = resources(parse(t, "update", "web1", "-r", "-"))
	if err != nil || *got.Memory.Limit != 7 {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestParseRootless(t *testing.T) {
	for s, want := range map[string]container.Rootless{
		"": container.Auto, "auto": container.Auto, "AUTO": container.Auto,
		"true": container.Always, "1": container.Always, "T": container.Always,
		"false": container.Never, "0": container.Never,
	} {
		if got, err := parseRootless(s); got != want || err != nil {
			t.Errorf("%q: %v, %v", s, got, err)
		}
	}
	for _, s := range []string{"yes", "automatic", "2", " true"} {
		_, err := parseRootless(s)
		says(t, err, fmt.Sprintf("--rootless: %q is none of true, false and auto", s))
	}
}
