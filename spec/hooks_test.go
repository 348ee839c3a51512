package spec

import "testing"

func TestHooks(t *testing.T) {
	runFaultCases(t, []faultCase{
		{"every stage is looked at", `"hooks": {
			"prestart": [{"path": "/bin/true"}, {"path": "a"}], "createRuntime": [{"path": "b"}],
			"createContainer": [{"path": "c"}], "startContainer": [{"path": "d"}],
			"poststart": [{"path": "e"}], "poststop": [{"path": "f"}]}`,
			`hooks.prestart[1].path: must be absolute, not "a"` + "\n" +
				`hooks.createRuntime[0].path: must be absolute, not "b"` + "\n" +
				`hooks.createContainer[0].path: must be absolute, not "c"` + "\n" +
				`hooks.startContainer[0].path: must be absolute, not "d"` + "\n" +
				`hooks.poststart[0].path: must be absolute, not "e"` + "\n" +
				`hooks.poststop[0].path: must be absolute, not "f"`},
		{"good", `"hooks": {"poststop": [
			{"path": "/h", "args": ["h", ""], "env": ["A=b"], "timeout": 1}]}`, ""},
		{"bad", `"hooks": {"poststop": [
			{"args": ["\u0000"], "env": ["A"], "timeout": 0}, {"path": "/\u0000", "timeout": -1}]}`,
			"hooks.poststop[0].path: required\n" +
				"hooks.poststop[0].args[0]: contains a null byte\n" +
				"hooks.poststop[0].env[0]: invalid environment variable: missing '='\n" +
				"hooks.poststop[0].timeout: must be greater than zero, not 0\n" +
				"hooks.poststop[1].path: contains a null byte\n" +
				"hooks.poststop[1].timeout: must be greater than zero, not -1"},
	})
}
