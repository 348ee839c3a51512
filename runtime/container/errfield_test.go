package container

import (
	"errors"
	"strings"
	"testing"
)

// What libcontainer or the kernel refuses is told with the field it came
// from, once.
func TestRefusalsNameTheField(t *testing.T) {
	for in, field := range map[string]string{
		`unable to apply apparmor profile "nosuch": profile not loaded`:            "process.apparmorProfile",
		"intelRdt is specified in config, but Intel RDT is not enabled":            "linux.intelRdt",
		"invalid configuration: cannot use unified on cgroup v1":                   "linux.resources.unified",
		"cannot set hugetlb limit: container could not join or create cgroup":      "linux.resources.hugepageLimits",
		"unable to set memory limit to 100000 (current usage: 1, peak usage: 2)":   "linux.resources.memory",
		"openat2 /sys/fs/cgroup/x/cpuset.cpus: invalid argument":                   "linux.resources.cpu",
		`sysctl "kernel.x" is not in a separate kernel namespace`:                  "linux.sysctl",
		"memory policy mode requires at least one node but got 0":                  "linux.memoryPolicy",
		"network devices are not supported for rootless containers":                "linux.netDevices",
		"invalid slice name: bad.slice/..":                                         "linux.cgroupsPath",
		"id-mapped mounts are only supported for bind-mounts":                      "mounts",
		"invalid rootfs: not an absolute path, or a symlink":                       "root.path",
		"process.scheduler: scheduler policy is required":                          "process.scheduler",
		"scheduler.priority can only be specified for SchedFIFO or SchedRR policy": "process.scheduler",
	} {
		got := explain(errors.New(in)).Error()
		if !strings.HasPrefix(got, field+": ") || strings.Count(got, field+": ") != 1 {
			t.Errorf("%s\nbecame %s\nwithout %s", in, got, field)
		}
	}
}

// A path of the hybrid layout is no member of config.json.
func TestPathsAreNoFields(t *testing.T) {
	const text = "mkdir /sys/fs/cgroup/unified/x: read-only file system"
	if got := explain(errors.New(text)).Error(); got != text {
		t.Errorf("became %s", got)
	}
}
