package spec

import "testing"

func TestSeccomp(t *testing.T) {
	seccomp := func(members string) string {
		return `"linux": {"seccomp": {` + members + `}}`
	}
	const allow = `"defaultAction": "SCMP_ACT_ALLOW"`
	runFaultCases(t, []faultCase{
		{"none", seccomp(``), ""},
		{"good", seccomp(`"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 4095,
			"architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_RISCV64"],
			"flags": ["SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_TSYNC"],
			"syscalls": [{"names": ["read", "nosuchcall"], "action": "SCMP_ACT_ALLOW",
					"args": [{"index": 5, "value": 1, "op": "SCMP_CMP_MASKED_EQ"}]},
				{"names": [], "action": "SCMP_ACT_TRACE", "errnoRet": 65535}]`), ""},
		{"no default", seccomp(`"syscalls": [{"names": ["read"], "action": "SCMP_ACT_LOG"}]`),
			`linux.seccomp.defaultAction: string "" is not a valid action for seccomp`},
		{"unknown words", seccomp(`"defaultAction": "ALLOW", "defaultErrnoRet": 1,
			"architectures": ["x86"], "flags": ["x"],
			"syscalls": [{"names": ["", "read"], "action": "LOG", "errnoRet": 1,
				"args": [{"index": 6, "op": "EQ"}]}]`),
			`linux.seccomp.defaultAction: string "ALLOW" is not a valid action for seccomp` + "\n" +
				`linux.seccomp.architectures[0]: string "x86" is not a valid arch for seccomp` + "\n" +
				`linux.seccomp.flags[0]: seccomp flag "x" is not known` + "\n" +
				`linux.seccomp.syscalls[0].action: string "LOG" is not a valid action for seccomp` + "\n" +
				"linux.seccomp.syscalls[0].names[0]: empty string is not a valid syscall\n" +
				"linux.seccomp.syscalls[0].args[0].index: must be from 0 to 5, not 6\n" +
				`linux.seccomp.syscalls[0].args[0].op: string "EQ" is not a valid operator for seccomp`},
		{"errno without use", seccomp(allow + `, "defaultErrnoRet": 1, "syscalls": [
			{"names": ["read"], "action": "SCMP_ACT_KILL", "errnoRet": 1},
			{"names": ["read"], "action": "SCMP_ACT_ERRNO", "errnoRet": 4096}]`),
			"linux.seccomp.defaultErrnoRet: cannot be used with SCMP_ACT_ALLOW\n" +
				"linux.seccomp.syscalls[0].errnoRet: cannot be used with SCMP_ACT_KILL\n" +
				"linux.seccomp.syscalls[1].errnoRet: must be at most 4095 for SCMP_ACT_ERRNO, not 4096"},
		{"listener", seccomp(allow + `, "listenerPath": "/run/s", "listenerMetadata": "x",
			"syscalls": [{"names": ["read"], "action": "SCMP_ACT_NOTIFY"}]`), ""},
		{"listener without notifications",
			seccomp(allow + `, "listenerPath": "/run/s", "listenerMetadata": "x"`), ""},
		{"no listener",
			seccomp(allow + `, "syscalls": [{"names": ["read"], "action": "SCMP_ACT_NOTIFY"}]`),
			"linux.seccomp.listenerPath: seccomp listenerPath is not set"},
		{"data for no listener", seccomp(allow + `, "listenerMetadata": "x"`),
			"linux.seccomp.listenerMetadata: cannot be used without listenerPath"},
		{"null byte", seccomp(allow + `, "listenerPath": "\u0000"`),
			"linux.seccomp.listenerPath: contains a null byte"},
		{"what cannot be notified", seccomp(`"defaultAction": "SCMP_ACT_NOTIFY",
			"listenerPath": "/run/s",
			"syscalls": [{"names": ["read", "write"], "action": "SCMP_ACT_NOTIFY"}]`),
			"linux.seccomp.defaultAction: SCMP_ACT_NOTIFY cannot be used as default action\n" +
				"linux.seccomp.syscalls[0].names[1]: " +
				"SCMP_ACT_NOTIFY cannot be used for the write syscall"},
	})
}
