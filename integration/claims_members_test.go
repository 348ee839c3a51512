package integration

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/bulkhead-oci/bulkhead/integration/engine"
)

// versions: a config of the version is taken, unlike one of the next epoch,
// which runc takes too.
func (c *claimant) versions(t *testing.T, names []string) {
	matches(t, names[0], `^1\.\d+\.\d+$`)
	c.ok(t, "true", "ociVersion", asJSON(names[0]))
	if c.name == "bulkhead" {
		c.refused(t, "ociVersion", "ociVersion", `"2.0.0"`)
	}
}

// hookClaims tells where each hook finds its program.
var hookClaims = map[string]string{
	"prestart": "host", "createRuntime": "host", "createContainer": "host",
	"startContainer": "container", "poststart": "host", "poststop": "host",
}

// hooks has every hook leave a file in a directory that has the same name on
// both sides.
func (c *claimant) hooks(t *testing.T, names []string) {
	seen := filepath.Join(c.dir, "seen")
	if err := os.Mkdir(seen, 0o755); err != nil {
		t.Fatal(err)
	}
	changes := []string{"mounts+", asJSON(map[string]any{
		"source": seen, "destination": seen, "options": []string{"bind"},
	})}
	for _, name := range names {
		script := fmt.Sprintf("test -e %s && side=host || side=container; echo $side >%s/%s",
			c.bundle, seen, name)
		hook := map[string]any{"path": "/bin/sh", "args": []string{"sh", "-c", script}}
		changes = append(changes, "hooks."+name, asJSON([]any{hook}))
	}
	c.ok(t, "true", changes...)
	each(t, names, hookClaims, func(t *testing.T, name, want string) {
		side, err := os.ReadFile(filepath.Join(seen, name))
		if err != nil || strings.TrimSpace(string(side)) != want {
			t.Errorf("ran on the side %q (%v), want %s", side, err, want)
		}
	})
}

// namespaceClaims names the files of /proc/self/ns.
var namespaceClaims = map[string]string{
	"cgroup": "cgroup", "ipc": "ipc", "mount": "mnt", "network": "net",
	"pid": "pid", "time": "time", "user": "user", "uts": "uts",
}

// namespaces asks for one type at a time: all others stay the host's.
func (c *claimant) namespaces(t *testing.T, names []string) {
	each(t, names, namespaceClaims, func(t *testing.T, name, file string) {
		if err := exists("/proc/self/ns/" + file); err != nil {
			engine.Skip(t, err.Error())
		}
		asked := map[string]bool{"mount": true, name: true}
		changes := []string{"hostname-", "null", "mounts", `[
			{"destination":"/proc","type":"proc","source":"proc"},
			{"destination":"/dev","type":"tmpfs","source":"tmpfs"}]`}
		if name == "user" {
			const ids = `[{"containerID":0,"hostID":100000,"size":65536}]`
			changes = append(changes, "linux.uidMappings", ids, "linux.gidMappings", ids)
			asked["pid"] = true // or its root could not mount /proc
		}
		changes = append(changes, "linux.namespaces-", "null")
		for name := range asked {
			changes = append(changes, "linux.namespaces+", asJSON(map[string]string{"type": name}))
		}
		const script = "cd /proc/self/ns; for n in *; do readlink $n; done"
		inside := c.ok(t, script, changes...)
		for other, file := range namespaceClaims {
			outside, err := os.Readlink("/proc/self/ns/" + file)
			isNew := !strings.Contains(inside, outside+"\n")
			if err == nil && isNew != asked[other] {
				t.Errorf("asked for %v: %s is new: %v", asked, other, isNew)
			}
		}
	})
}

// capabilityNumbers has the capabilities in the kernel's order.
const capabilityNumbers = `
	CAP_CHOWN CAP_DAC_OVERRIDE CAP_DAC_READ_SEARCH CAP_FOWNER CAP_FSETID
	CAP_KILL CAP_SETGID CAP_SETUID CAP_SETPCAP CAP_LINUX_IMMUTABLE
	CAP_NET_BIND_SERVICE CAP_NET_BROADCAST CAP_NET_ADMIN CAP_NET_RAW
	CAP_IPC_LOCK CAP_IPC_OWNER CAP_SYS_MODULE CAP_SYS_RAWIO CAP_SYS_CHROOT
	CAP_SYS_PTRACE CAP_SYS_PACCT CAP_SYS_ADMIN CAP_SYS_BOOT CAP_SYS_NICE
	CAP_SYS_RESOURCE CAP_SYS_TIME CAP_SYS_TTY_CONFIG CAP_MKNOD CAP_LEASE
	CAP_AUDIT_WRITE CAP_AUDIT_CONTROL CAP_SETFCAP CAP_MAC_OVERRIDE
	CAP_MAC_ADMIN CAP_SYSLOG CAP_WAKE_ALARM CAP_BLOCK_SUSPEND CAP_AUDIT_READ
	CAP_PERFMON CAP_BPF CAP_CHECKPOINT_RESTORE`

// capabilities gives container k those whose number plus one has bit k set,
// so that no two of them are in the same containers.
func (c *claimant) capabilities(t *testing.T, names []string) {
	numbers := map[string]int{}
	for n, name := range strings.Fields(capabilityNumbers) {
		numbers[name] = n
	}
	bounds := capabilitySet(t, readFile(t, "/proc/self/status"), "CapBnd")
	got := map[string]int{} // one more than the number that was seen
	for k := range 6 {
		var some []string
		for _, name := range names {
			if n := numbers[name]; (n+1)>>k&1 == 1 && bounds>>n&1 == 1 {
				some = append(some, name)
			}
		}
		set := c.withCapabilities(t, some)
		for _, name := range names {
			got[name] |= int(set>>numbers[name]&1) << k
		}
	}
	each(t, names, numbers, func(t *testing.T, name string, n int) {
		if bounds>>n&1 == 0 {
			c.cannotGrant(t, name)
		} else if got[name] != n+1 {
			t.Errorf("in containers %06b, want %06b", got[name], n+1)
		}
	})
}

// cannotGrant: a capability that we have not got ourselves is not passed over
// in silence. The specification wants a warning; a refusal has to say why.
func (c *claimant) cannotGrant(t *testing.T, name string) {
	t.Helper()
	sets := asJSON(map[string]any{"bounding": []string{name}, "permitted": []string{name}})
	r := c.run(t, "true", "process.capabilities", sets)
	if c.name == "bulkhead" {
		matches(t, r.stderr, "level=warning.*"+name+"|level=error.*process\\.capabilities")
	} else if r.stderr == "" {
		t.Errorf("%s was dropped", name)
	}
}

// withCapabilities returns the set of a container that has but these.
func (c *claimant) withCapabilities(t *testing.T, names []string) uint64 {
	t.Helper()
	sets := asJSON(map[string]any{"bounding": names, "permitted": names, "effective": names})
	status := c.ok(t, "grep ^Cap /proc/self/status", "process.capabilities", sets)
	effective := capabilitySet(t, status, "CapEff")
	for _, set := range []string{"CapBnd", "CapPrm"} {
		if got := capabilitySet(t, status, set); got != effective {
			t.Errorf("%s is %x, CapEff %x", set, got, effective)
		}
	}
	return effective
}

func capabilitySet(t *testing.T, status, set string) uint64 {
	t.Helper()
	_, rest, _ := strings.Cut(status, set+":\t")
	digits, _, _ := strings.Cut(rest, "\n")
	value, err := strconv.ParseUint(digits, 16, 64)
	if err != nil {
		t.Fatal(err)
	}
	return value
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func (c *claimant) version(t *testing.T) string {
	t.Helper()
	return finish(t, c.command("--version")).stdout
}

func (c *claimant) ownVersion(t *testing.T, values []string) {
	engine.Contains(t, "--version", c.version(t), c.name+" version "+values[0]+"\n")
}

func (c *claimant) libseccompVersion(t *testing.T, values []string) {
	engine.Contains(t, "--version", c.version(t), "libseccomp: "+values[0]+"\n")
}

func (c *claimant) commit(t *testing.T, values []string) {
	if values[0] == "" {
		t.Skip(onlyPrefix + "builds that know their commit")
	}
	engine.Contains(t, "--version", c.version(t), "commit: "+values[0]+"\n")
}

// runcVersion is what engines compare with the versions they know.
func (c *claimant) runcVersion(t *testing.T, values []string) {
	matches(t, values[0], `^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$`)
}

// checkpoint: whether it works is the kernel's and CRIU's matter; here the
// runtime gets as far as asking.
func (c *claimant) checkpoint(t *testing.T, _ []string) {
	engine.Need(t, engine.Program("criu"))
	id, _ := c.start(t)
	work := t.TempDir()
	finish(t, c.command("checkpoint", "--leave-running",
		"--image-path", work+"/image", "--work-path", work, id))
	matches(t, readFile(t, work+"/dump.log"), "^.*(Dumping|Error|Will dump|Version)")
}

// unsafeClaims hold what each annotation can and what it must not do.
var unsafeClaims = map[string]func(*claimant, *testing.T){
	"bundle":                (*claimant).bundleAnnotation,
	"org.systemd.property.": (*claimant).systemdAnnotation,
	"org.criu.config":       (*claimant).criuAnnotation,
}

func (c *claimant) unsafeAnnotations(t *testing.T, names []string) {
	each(t, names, unsafeClaims, func(t *testing.T, _ string, test func(*claimant, *testing.T)) {
		test(c, t)
	})
}

// bundleAnnotation: state reports the true bundle, and exec reads from it.
func (c *claimant) bundleAnnotation(t *testing.T) {
	if c.name != "bulkhead" {
		t.Skip(onlyPrefix + "bulkhead: in runc the annotation wins")
	}
	id, _ := c.start(t, "annotations", `{"bundle":"/nosuch"}`, "process.env+", `"FROM=config"`)
	number := id[strings.LastIndex(id, "-")+1:]
	dir := filepath.Join(c.dir, "claim"+number)
	engine.Contains(t, "state", finish(t, c.command("state", id)).stdout, `"bundle": "`+dir+`"`)
	r := finish(t, c.command("exec", id, "sh", "-c", "echo $FROM"))
	engine.Same(t, "exec", r.stdout, "config\n")
}

func (c *claimant) systemdAnnotation(t *testing.T) {
	c.ok(t, "true", "annotations", `{"org.systemd.property.CPUWeight":"7"}`)
	c.skipSystemd(t)
}

// criuAnnotation has CRIU write its log to a file of another name, which it
// does before it looks at the process.
func (c *claimant) criuAnnotation(t *testing.T) {
	engine.Need(t, engine.Program("criu"))
	work := t.TempDir()
	if err := os.WriteFile(work+"/config", []byte("log-file of-choice.log\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	annotations := map[string]string{"org.criu.config": work + "/config"}
	id, _ := c.start(t, "annotations", asJSON(annotations))
	r := finish(t, c.command("checkpoint", "--leave-running",
		"--image-path", work+"/image", "--work-path", work, id))
	if err := exists(work + "/of-choice.log"); err != nil {
		t.Errorf("%v: %s", err, r.stderr)
	}
}
