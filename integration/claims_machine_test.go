package integration

import (
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"unsafe"

	"github.com/bulkhead-oci/bulkhead/integration/engine"
	"golang.org/x/sys/unix"
)

// need skips the test where the machine lacks something that scripts ask for
// by the same word.
func need(t *testing.T, conditions ...string) {
	t.Helper()
	for _, condition := range conditions {
		reason, err := lack(condition)
		if err != nil {
			t.Fatal(err)
		}
		if reason != "" {
			engine.Skip(t, reason)
		}
	}
}

func (c *claimant) cgroup1(t *testing.T, _ []string) {
	need(t, "cgroup1", "controller:pids")
	_, pid := c.start(t, "linux.resources.pids", `{"limit":7}`)
	engine.Same(t, "limit", engine.CgroupValue(t, pid, "pids.max", ""), "7")
}

// cgroup2 takes a setting that every cgroup has, with or without controllers.
func (c *claimant) cgroup2(t *testing.T, _ []string) {
	need(t, "cgroup2")
	_, pid := c.start(t, "linux.resources.unified", `{"cgroup.max.descendants":"7"}`)
	engine.Same(t, "limit", engine.CgroupValue(t, pid, "", "cgroup.max.descendants"), "7")
}

func (c *claimant) systemd(t *testing.T, _ []string) {
	c.withoutSystemd(t, "system.slice:claim:x", "--systemd-cgroup")
}

func (c *claimant) systemdUser(t *testing.T, _ []string) {
	c.withoutSystemd(t, "user.slice:claim:x", "--rootless", "true", "--systemd-cgroup")
}

// withoutSystemd: it is never there, since the tests' /run is empty, and a
// manager outside their pid namespace would take the pids for others.
func (c *claimant) withoutSystemd(t *testing.T, path string, flags ...string) {
	t.Helper()
	dir, id := c.bundleWith(t, "linux.cgroupsPath", asJSON(path), "process.args", `["true"]`)
	r := finish(t, c.command(append(flags, "run", "-b", dir, id)...))
	if r.status == 0 {
		t.Error("runs without systemd")
	}
	matches(t, r.stderr, "systemd")
	c.skipSystemd(t)
}

func (c *claimant) skipSystemd(t *testing.T) {
	t.Helper()
	engine.Skip(t, "no systemd in the namespaces of tests; asking for it was refused")
}

// rdma: no machine has this device.
func (c *claimant) rdma(t *testing.T, _ []string) {
	c.refused(t, "linux.resources.rdma", "linux.resources.rdma", `{"nosuch0":{"hcaHandles":3}}`)
}

func (c *claimant) apparmor(t *testing.T, _ []string) {
	const member = "process.apparmorProfile"
	if !has("/sys/module/apparmor/parameters/enabled", "Y") {
		c.refused(t, member, member, `"unconfined"`)
		return
	}
	c.refused(t, member, member, `"nosuchprofile"`)
	got := c.ok(t, "cat /proc/self/attr/current", member, `"unconfined"`)
	engine.Same(t, "profile", strings.TrimSpace(got), "unconfined")
}

func (c *claimant) selinux(t *testing.T, _ []string) {
	const label = `"system_u:system_r:container_t:s0"`
	if lack := probes["selinux"](); lack == "" {
		got := c.ok(t, "cat /proc/self/attr/current", "process.selinuxLabel", label)
		engine.Contains(t, "label", got, "container_t")
		return
	}
	c.refused(t, "process.selinuxLabel", "process.selinuxLabel", label)
	c.refused(t, "linux.mountLabel", "linux.mountLabel", `"system_u:object_r:container_file_t:s0"`)
}

func (c *claimant) intelRdt(t *testing.T, _ []string) {
	c.resctrl(t, `{"l3CacheSchema":"L3:0=f"}`)
}

func (c *claimant) intelRdtSchemata(t *testing.T, _ []string) {
	c.resctrl(t, `{"schemata":["L3:0=f"]}`)
}

func (c *claimant) intelRdtMonitoring(t *testing.T, _ []string) {
	c.resctrl(t, `{"enableMonitoring":true}`)
}

// resctrl: machines that have it lack what the tests could ask for, and the
// others have to say so.
func (c *claimant) resctrl(t *testing.T, asked string) {
	t.Helper()
	if lack := probes["resctrl"](); lack == "" {
		engine.Skip(t, "the machine has resctrl")
	}
	c.refused(t, "linux.intelRdt", "linux.intelRdt", asked)
}

func (c *claimant) netDevices(t *testing.T, _ []string) {
	need(t, "veth")
	add := exec.Command("ip", "link", "add", "bhclaim0", "type", "veth", "peer", "name", "bhclaim1")
	if r := finish(t, add); r.status != 0 {
		t.Fatal(r.stderr)
	}
	// One end's removal is the other's, wherever it is.
	t.Cleanup(func() { finish(t, exec.Command("ip", "link", "delete", "bhclaim1")) })
	id, _ := c.start(t, "linux.netDevices", `{"bhclaim0":{"name":"inside0"}}`)
	got := finish(t, c.command("exec", id, "ip", "link", "show", "dev", "inside0"))
	matches(t, got.stdout, "inside0@")
	if finish(t, exec.Command("ip", "link", "show", "dev", "bhclaim0")).status == 0 {
		t.Error("the link is still outside")
	}
}

// A policyClaim is a memory policy and how the kernel shows it.
type policyClaim struct {
	mode, flags int // the kernel's numbers
	shown       string
}

var modeClaims = map[string]policyClaim{
	"MPOL_BIND":                {unix.MPOL_BIND, 0, "bind:0"},
	"MPOL_DEFAULT":             {unix.MPOL_DEFAULT, 0, "default"},
	"MPOL_INTERLEAVE":          {unix.MPOL_INTERLEAVE, 0, "interleave:0"},
	"MPOL_LOCAL":               {unix.MPOL_LOCAL, 0, "local"},
	"MPOL_PREFERRED":           {unix.MPOL_PREFERRED, 0, "prefer:0"},
	"MPOL_PREFERRED_MANY":      {unix.MPOL_PREFERRED_MANY, 0, `prefer \(many\):0`},
	"MPOL_WEIGHTED_INTERLEAVE": {unix.MPOL_WEIGHTED_INTERLEAVE, 0, "weighted interleave:0"},
}

// Kernels that have no word for balancing print nothing behind the sign.
var policyFlagClaims = map[string]policyClaim{
	"MPOL_F_NUMA_BALANCING": {unix.MPOL_BIND, unix.MPOL_F_NUMA_BALANCING, "bind=(balancing)?:0"},
	"MPOL_F_RELATIVE_NODES": {unix.MPOL_BIND, unix.MPOL_F_RELATIVE_NODES, "bind=relative:0"},
	"MPOL_F_STATIC_NODES":   {unix.MPOL_BIND, unix.MPOL_F_STATIC_NODES, "bind=static:0"},
}

func (c *claimant) memoryModes(t *testing.T, names []string) {
	each(t, names, modeClaims, func(t *testing.T, name string, claim policyClaim) {
		policy := map[string]any{"mode": name}
		if takesNodes(claim.mode) {
			policy["nodes"] = "0"
		}
		c.memoryPolicy(t, policy, claim)
	})
}

func (c *claimant) memoryFlags(t *testing.T, names []string) {
	each(t, names, policyFlagClaims, func(t *testing.T, name string, claim policyClaim) {
		policy := map[string]any{"mode": "MPOL_BIND", "nodes": "0", "flags": []string{name}}
		c.memoryPolicy(t, policy, claim)
	})
}

// memoryPolicy runs the container under another policy than its own, which
// it would inherit. A policy newer than the kernel has to be refused.
func (c *claimant) memoryPolicy(t *testing.T, policy map[string]any, claim policyClaim) {
	need(t, "numa")
	// The thread ends with the test, and its policy with it.
	runtime.LockOSThread()
	errno := setPolicy(claim.mode|claim.flags, takesNodes(claim.mode))
	other := unix.MPOL_PREFERRED
	if claim.mode == other {
		other = unix.MPOL_INTERLEAVE
	}
	if errno := setPolicy(other, true); errno != 0 {
		t.Fatal(errno)
	}
	if errno != 0 {
		c.refused(t, "linux.memoryPolicy", "linux.memoryPolicy", asJSON(policy))
		return
	}
	got := c.ok(t, "head -n1 /proc/self/numa_maps", "linux.memoryPolicy", asJSON(policy))
	matches(t, got, "^[0-9a-f]+ "+claim.shown+" ")
}

func takesNodes(mode int) bool { return mode != unix.MPOL_DEFAULT && mode != unix.MPOL_LOCAL }

// setPolicy sets the calling thread's policy, on the first node if on any.
func setPolicy(mode int, nodes bool) unix.Errno {
	mask := [16]uint64{1}
	var errno unix.Errno
	if nodes {
		_, _, errno = unix.RawSyscall(unix.SYS_SET_MEMPOLICY, uintptr(mode),
			uintptr(unsafe.Pointer(&mask)), 64*uintptr(len(mask)))
	} else {
		_, _, errno = unix.RawSyscall(unix.SYS_SET_MEMPOLICY, uintptr(mode), 0, 0)
	}
	return errno
}
