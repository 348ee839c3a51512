package spec

import "testing"

func TestProcess(t *testing.T) {
	runFaultCases(t, []faultCase{
		{"no folder", `"process": {"cwd": ""}`, "process.cwd: Cwd property must not be empty"},
		{"relative folder", `"process": {"cwd": "tmp"}`,
			`process.cwd: Cwd must be an absolute path, not "tmp"`},
		{"null byte in folder", `"process": {"cwd": "/a\u0000"}`,
			"process.cwd: contains a null byte"},
		{"no program", `"process": {"args": []}`, "process.args: args must not be empty"},
		{"null byte in argument", `"process": {"args": ["sh", "a\u0000b"]}`,
			"process.args[1]: contains a null byte"},
		{"environment", `"process": {"env": ["A=b", "A=", "A==", "A=\n", "A=b"]}`, ""},
		{"bad environment", `"process": {"env": ["A", "=b", "A=\u0000"]}`,
			"process.env[0]: invalid environment variable: missing '='\n" +
				"process.env[1]: invalid environment variable: name cannot be empty\n" +
				"process.env[2]: invalid environment variable: contains a null byte"},
		{"user", `"process": {"user": {"uid": 4294967294, "gid": 5, "additionalGids": [1, 1]}}`, ""},
		{"nobody at all",
			`"process": {"user": {"uid": 4294967295, "gid": 4294967295,
				"additionalGids": [1, 4294967295]}}`,
			"process.user.uid: 4294967295 is no user id\n" +
				"process.user.gid: 4294967295 is no group id\n" +
				"process.user.additionalGids[1]: 4294967295 is no group id"},
		{"console", `"process": {"terminal": true, "consoleSize": {"width": 65535, "height": 0}}`, ""},
		{"large console",
			`"process": {"terminal": true, "consoleSize": {"width": 65536, "height": 70000}}`,
			"process.consoleSize.height: must be at most 65535, not 70000\n" +
				"process.consoleSize.width: must be at most 65535, not 65536"},
		{"console without terminal", `"process": {"consoleSize": {"width": 65536, "height": 1}}`, ""},
		{"score", `"process": {"oomScoreAdj": -1000}`, ""},
		{"low score", `"process": {"oomScoreAdj": -1001}`,
			"process.oomScoreAdj: must be from -1000 to 1000, not -1001"},
		{"high score", `"process": {"oomScoreAdj": 1001}`,
			"process.oomScoreAdj: must be from -1000 to 1000, not 1001"},
		{"profiles", `"process": {"apparmorProfile": "a\n", "selinuxLabel": "a\u0000"}`,
			"process.apparmorProfile: contains a control character\n" +
				"process.selinuxLabel: contains a control character"},
		{"unknown capability", `"process": {"capabilities": {"bounding": ["CAP_UNKNOWN", "x"]}}`, ""},
		{"affinity", `"process": {"execCPUAffinity": {"initial": "0-3, 7", "final": ""}}`, ""},
		{"bad affinity", `"process": {"execCPUAffinity": {"initial": "3-1", "final": "x"}}`,
			`process.execCPUAffinity.initial: must be a list such as 0-3,7, not "3-1"` + "\n" +
				`process.execCPUAffinity.final: must be a list such as 0-3,7, not "x"`},
	})
}

func TestRlimits(t *testing.T) {
	runFaultCases(t, []faultCase{
		{"all", `"process": {"rlimits": [
			{"type": "RLIMIT_CPU"}, {"type": "RLIMIT_FSIZE"}, {"type": "RLIMIT_DATA"},
			{"type": "RLIMIT_STACK"}, {"type": "RLIMIT_CORE"}, {"type": "RLIMIT_RSS"},
			{"type": "RLIMIT_NPROC"}, {"type": "RLIMIT_NOFILE"}, {"type": "RLIMIT_MEMLOCK"},
			{"type": "RLIMIT_AS"}, {"type": "RLIMIT_LOCKS"}, {"type": "RLIMIT_SIGPENDING"},
			{"type": "RLIMIT_MSGQUEUE"}, {"type": "RLIMIT_NICE"}, {"type": "RLIMIT_RTPRIO"},
			{"type": "RLIMIT_RTTIME"}]}`, ""},
		{"unlimited", `"process": {"rlimits": [{"type": "RLIMIT_CORE",
			"soft": 18446744073709551615, "hard": 18446744073709551615}]}`, ""},
		{"unknown", `"process": {"rlimits": [{"type": "NOFILE"}]}`,
			`process.rlimits[0].type: wrong rlimit value: "NOFILE"`},
		{"twice", `"process": {"rlimits": [{"type": "RLIMIT_CPU"}, {"type": "RLIMIT_CPU"}]}`,
			"process.rlimits[1].type: RLIMIT_CPU is set twice"},
		{"soft above hard",
			`"process": {"rlimits": [{"type": "RLIMIT_CPU", "soft": 2, "hard": 1}]}`,
			"process.rlimits[0]: soft limit 2 is above the hard limit 1"},
		{"wrong type of hard",
			`"process": {"rlimits": [{"type": "RLIMIT_CPU", "soft": 2, "hard": -1}]}`,
			"process.rlimits[0].hard: expected integer from 0 to 18446744073709551615, found -1"},
	})
}

func TestProcessDocument(t *testing.T) {
	for _, c := range []faultCase{
		{"good", `{"args": ["sh"], "cwd": "/", "terminal": false}`, ""},
		{"paths start at the document", `{"user": {"uid": 4294967295}, "cwd": "x"}`,
			`cwd: Cwd must be an absolute path, not "x"` + "\n" +
				"args: args must not be empty\nuser.uid: 4294967295 is no user id"},
		{"types", `{"args": "sh", "cwd": "/", "user": {"uid": "root"}}`,
			"args: expected array of strings, found string\n" +
				`user.uid: expected integer, found "root"`},
		{"null", "null", "must be a JSON object, not null"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := ParseProcess([]byte(c.members))
			wantFaults(t, err, c.want)
		})
	}
}
