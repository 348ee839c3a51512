package integration

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/unix"
)

const cgroupRoot = "/sys/fs/cgroup"

// probes tell what this machine can do. A probe reports what is missing, or
// nothing.
var probes = map[string]func() string{
	"cgroup1":  sync.OnceValue(func() string { return missing(!unified(), "cgroup v1") }),
	"cgroup2":  sync.OnceValue(func() string { return missing(unified(), "cgroup v2") }),
	"systemd":  file("/run/systemd/system"),
	"userns":   file("/proc/self/ns/user"),
	"timens":   file("/proc/self/ns/time"),
	"cgroupns": file("/proc/self/ns/cgroup"),
	"seccomp":  file("/proc/sys/kernel/seccomp/actions_avail"),
	"resctrl":  file("/sys/fs/resctrl/schemata"),
	"apparmor": file("/sys/kernel/security/apparmor"),
	"selinux":  file("/sys/fs/selinux/enforce"),
	"numa":     file("/proc/self/numa_maps"),
	"veth":     sync.OnceValue(probeVeth),
	"idmap":    sync.OnceValue(probeIDMap),
	"criu":     program("criu"),
	"resource": sync.OnceValue(probeSysResource),
}

func missing(present bool, what string) string {
	if present {
		return ""
	}
	return "no " + what
}

func file(name string) func() string {
	return func() string {
		_, err := os.Stat(name)
		return missing(err == nil, name)
	}
}

func program(name string) func() string {
	return func() string {
		_, err := exec.LookPath(name)
		return missing(err == nil, name)
	}
}

func unified() bool {
	var st unix.Statfs_t
	return unix.Statfs(cgroupRoot, &st) == nil && st.Type == unix.CGROUP2_SUPER_MAGIC
}

// controller reports whether cgroups of this machine limit the resource.
func controller(name string) string {
	data, err := os.ReadFile("/proc/self/cgroup")
	if unified() {
		data, err = os.ReadFile(cgroupRoot + "/cgroup.controllers")
	}
	if err != nil {
		return err.Error()
	}
	words := strings.FieldsFunc(string(data), func(r rune) bool {
		return strings.ContainsRune(":, \n", r)
	})
	return missing(slices.Contains(words, name), name+" cgroup controller")
}

// probeVeth makes the link in a network namespace of its own, which takes it
// along when it goes.
func probeVeth() string {
	cmd := exec.Command("unshare", "--net", "ip", "link", "add", "probe0", "type", "veth")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "no veth: " + strings.TrimSpace(string(out))
	}
	return ""
}

// probeIDMap gives the kernel a namespace of the wrong type, which it looks
// at only where it knows the call and its flag.
func probeIDMap() string {
	wrong, err := os.Open("/proc/self/ns/mnt")
	if err != nil {
		return err.Error()
	}
	defer wrong.Close()
	fd, err := unix.OpenTree(unix.AT_FDCWD, os.TempDir(), unix.OPEN_TREE_CLONE|unix.OPEN_TREE_CLOEXEC)
	if err != nil {
		return "no open_tree: " + err.Error()
	}
	defer unix.Close(fd)
	attr := unix.MountAttr{Attr_set: unix.MOUNT_ATTR_IDMAP, Userns_fd: uint64(wrong.Fd())}
	err = unix.MountSetattr(fd, "", unix.AT_EMPTY_PATH, &attr)
	return missing(err == unix.EINVAL, fmt.Sprintf("id-mapped mounts: %v", err))
}

func probeSysResource() string {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	if err := unix.Capget(&header, &data[0]); err != nil {
		return err.Error()
	}
	return missing(data[0].Effective&(1<<unix.CAP_SYS_RESOURCE) != 0, "CAP_SYS_RESOURCE")
}

// lack returns what a condition misses on this machine.
func lack(cond string) (string, error) {
	if name, ok := strings.CutPrefix(cond, "controller:"); ok {
		return controller(name), nil
	}
	if name, ok := strings.CutPrefix(cond, "program:"); ok {
		return program(name)(), nil
	}
	if name, ok := strings.CutPrefix(cond, "path:"); ok {
		return file(name)(), nil
	}
	probe, ok := probes[cond]
	if !ok {
		return "", fmt.Errorf("unknown condition %q", cond)
	}
	return probe(), nil
}

// condition is testscript's [cond]: a runtime's name or one of the probes.
func (rt *runtimeUnderTest) condition(cond string) (bool, error) {
	if cond == "bulkhead" || cond == "runc" || cond == "crun" {
		return rt.name == cond, nil
	}
	reason, err := lack(cond)
	return reason == "", err
}

// needs skips the block where the machine lacks something.
func needs(ts *testscript.TestScript, neg bool, args []string) {
	noNeg(ts, neg, "needs")
	for _, cond := range args {
		reason, err := lack(cond)
		ts.Check(err)
		if reason != "" {
			skipBlock(ts, reason)
		}
	}
}

// only skips the block for runtimes that are not named.
func only(ts *testscript.TestScript, neg bool, args []string) {
	noNeg(ts, neg, "only")
	rt := ts.Value(runtimeKey{}).(*runtimeUnderTest)
	if !slices.Contains(args, rt.name) {
		skipBlock(ts, onlyPrefix+strings.Join(args, ", "))
	}
}

// except skips the block for a runtime that is known to differ, and says how.
func except(ts *testscript.TestScript, neg bool, args []string) {
	noNeg(ts, neg, "except")
	if len(args) != 2 {
		ts.Fatalf("usage: except RUNTIME DIFFERENCE")
	}
	rt := ts.Value(runtimeKey{}).(*runtimeUnderTest)
	if args[0] == rt.name {
		skipBlock(ts, onlyPrefix+rt.name+" differs: "+args[1])
	}
}

func skipBlock(ts *testscript.TestScript, reason string) {
	ts.Value(testKey{}).(listedSkips).Skip(reason)
}

func noNeg(ts *testscript.TestScript, neg bool, cmd string) {
	if neg {
		ts.Fatalf("%s cannot be negated", cmd)
	}
}
