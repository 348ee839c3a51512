package spec

import "testing"

func TestSysctls(t *testing.T) {
	sysctls := func(members, namespaces string) string {
		return `"linux": {"sysctl": {` + members + `}, "namespaces": [` + namespaces + `]}`
	}
	const net, ipc, uts = `{"type": "network"}`, `{"type": "ipc"}`, `{"type": "uts"}`
	runFaultCases(t, []faultCase{
		{"own namespaces", sysctls(`"net.ipv4.ip_forward": "1", "kernel.sem": "1 2",
			"fs.mqueue.msg_max": "1", "kernel.domainname": "x"`, net+","+ipc+","+uts), ""},
		{"host's namespaces", sysctls(`"net.ipv4.ip_forward": "1", "kernel.shm_rmid_forced": "1",
			"fs.mqueue.msg_max": "1", "kernel.domainname": "x", "user.max_ipc_namespaces": "1"`, ""),
			`linux.sysctl["fs.mqueue.msg_max"]: sysctl "fs.mqueue.msg_max" ` +
				"is not allowed in the hosts ipc namespace\n" +
				`linux.sysctl["kernel.domainname"]: sysctl "kernel.domainname" ` +
				"is not in a separate kernel namespace\n" +
				`linux.sysctl["kernel.shm_rmid_forced"]: sysctl "kernel.shm_rmid_forced" ` +
				"is not allowed in the hosts ipc namespace\n" +
				`linux.sysctl["net.ipv4.ip_forward"]: sysctl "net.ipv4.ip_forward" ` +
				"not allowed in host network namespace\n" +
				`linux.sysctl["user.max_ipc_namespaces"]: sysctl "user.max_ipc_namespaces" ` +
				"is not allowed without a user namespace"},
		{"user namespace", sysctls(`"user.max_ipc_namespaces": "1"`,
			`{"type": "user", "path": "/proc/1/ns/user"}`), ""},
		{"hostname", sysctls(`"kernel.hostname": "x"`, uts),
			`linux.sysctl["kernel.hostname"]: sysctl "kernel.hostname" ` +
				`is not allowed as it conflicts with the OCI "hostname" field`},
		{"kernel's own", sysctls(`"kernel.panic": "1", "vm.swappiness": "1"`, net),
			`linux.sysctl["kernel.panic"]: sysctl "kernel.panic" ` +
				"is not in a separate kernel namespace\n" +
				`linux.sysctl["vm.swappiness"]: sysctl "vm.swappiness" ` +
				"is not in a separate kernel namespace"},
		{"slashes", sysctls(`"net/ipv4/conf/eth0.1/rp_filter": "1"`, net), ""},
		{"slashes of the host", sysctls(`"net/core/somaxconn": "1"`, ""),
			`linux.sysctl["net/core/somaxconn"]: sysctl "net.core.somaxconn" ` +
				"not allowed in host network namespace"},
		{"null byte", sysctls(`"net.x": "\u0000"`, net),
			`linux.sysctl["net.x"]: contains a null byte`},
	})
}

func TestSysctlNames(t *testing.T) {
	ns := namespaces{listed: ^uint(0)}
	for _, name := range []string{
		"", ".", "net..x", "net.../x", "net.../../kernel", ".net.x", "net.x.", "net.x/", "net.\n",
	} {
		if got := sysctlProblem(dottedSysctl(name), ns); got != "is no valid name" {
			t.Errorf("%q: %q", name, got)
		}
	}
	for _, name := range []string{"net/../kernel", "net//x"} {
		if got := sysctlProblem(dottedSysctl(name), ns); got != "is no valid name" {
			t.Errorf("%q: %q", name, got)
		}
	}
	if got := dottedSysctl("net/ipv4/conf/eth0.1/x"); got != "net.ipv4.conf.eth0/1.x" {
		t.Errorf("dottedSysctl = %q", got)
	}
}
