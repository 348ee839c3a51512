package spec

import "testing"

func TestWarnings(t *testing.T) {
	const members = `"process": {"commandLine": "x", "user": {"umask": 1023, "username": "x"},
			"capabilities": {"bounding": ["CAP_KILL", "CAP_X"], "effective": ["kill"],
				"inheritable": ["a"], "permitted": ["b"], "ambient": ["c"]}},
		"mounts": [{"destination": "x", "type": "tmpfs"}, {"destination": "/x", "type": "tmpfs"}],
		"linux": {"namespaces": [{"type": "mount"}], "maskedPaths": [""], "readonlyPaths": [""],
			"personality": {"domain": "LINUX", "flags": ["x"]},
			"resources": {"memory": {"kernel": 1, "kernelTCP": 1}},
			"seccomp": {"defaultAction": "SCMP_ACT_ALLOW",
				"syscalls": [{"names": [], "action": "SCMP_ACT_LOG"}]}}`
	s, err := Parse([]byte("{" + faultless + "," + members + "}"))
	if err != nil {
		t.Fatal(err)
	}
	wantFaults(t, Faults(Warnings(s)), `process.commandLine: ignored on Linux
process.user.username: ignored on Linux
process.user.umask: only the lower nine bits of 01777 count
process.capabilities.bounding[1]: ignoring unknown capability "CAP_X"
process.capabilities.effective[0]: ignoring unknown capability "kill"
process.capabilities.inheritable[0]: ignoring unknown capability "a"
process.capabilities.permitted[0]: ignoring unknown capability "b"
process.capabilities.ambient[0]: ignoring unknown capability "c"
mounts[0].destination: "x" is not absolute, taken as below the container's root
linux.personality.flags: ignored: no flags are defined
linux.seccomp.syscalls[0].names: empty, the rule has no effect
linux.maskedPaths[0]: empty, restricts nothing
linux.readonlyPaths[0]: empty, restricts nothing
linux.resources.memory.kernel: ignored: kernels no longer have it
linux.resources.memory.kernelTCP: ignored: kernels no longer have it`)
}

func TestNoWarnings(t *testing.T) {
	if w := Warnings(nil); w != nil {
		t.Errorf("Warnings(nil) = %v", w)
	}
	if w := Warnings(Template()); w != nil {
		t.Errorf("Warnings(Template()) = %v", w)
	}
}
