package spec

import "testing"

func TestCgroupsPath(t *testing.T) {
	for _, p := range []string{
		"", "/docker/1", "a/b", "/a/../b", "a/b/../../c", "a//./b", "system.slice:docker:1",
		"/a..b/...", ":runc:1",
	} {
		if escapes(p) {
			t.Errorf("%q escapes", p)
		}
	}
	runFaultCases(t, []faultCase{
		{"good", `"linux": {"cgroupsPath": "/a/../b"}`, ""},
		{"relative", `"linux": {"cgroupsPath": "../x"}`,
			`linux.cgroupsPath: must not leave the cgroup root by .., found "../x"`},
		{"absolute", `"linux": {"cgroupsPath": "/x/../../y"}`,
			`linux.cgroupsPath: must not leave the cgroup root by .., found "/x/../../y"`},
		{"systemd", `"linux": {"cgroupsPath": "a.slice:runc:../x"}`,
			`linux.cgroupsPath: must not leave the cgroup root by .., found "a.slice:runc:../x"`},
		{"control character", `"linux": {"cgroupsPath": "/x\ny"}`,
			"linux.cgroupsPath: contains a control character"},
	})
}

func TestPaths(t *testing.T) {
	const own = `"namespaces": [{"type": "mount"}]`
	runFaultCases(t, []faultCase{
		{"good", `"linux": {` + own + `, "maskedPaths": ["/a", ""], "readonlyPaths": ["/b"],
			"rootfsPropagation": "rslave", "mountLabel": "system_u:object_r:c_t:s0:c1,c2"}`, ""},
		{"host's namespace", `"linux": {"maskedPaths": ["/a"], "readonlyPaths": ["/b"]}`,
			"linux.maskedPaths: unable to restrict sys entries without a private MNT namespace\n" +
				"linux.readonlyPaths: unable to restrict sys entries without a private MNT namespace"},
		{"none in the host's", `"linux": {"maskedPaths": [], "readonlyPaths": []}`, ""},
		{"bad", `"linux": {` + own + `, "maskedPaths": ["a"], "readonlyPaths": ["/b", "/\u0000"],
			"rootfsPropagation": "none", "mountLabel": "a\nb"}`,
			"linux.rootfsPropagation: rootfsPropagation=none is not supported\n" +
				`linux.maskedPaths[0]: must be absolute, not "a"` + "\n" +
				"linux.readonlyPaths[1]: contains a null byte\n" +
				"linux.mountLabel: contains a control character"},
	})
}

func TestIntelRdt(t *testing.T) {
	runFaultCases(t, []faultCase{
		{"good", `"linux": {"intelRdt": {"closID": "guaranteed", "schemata": ["L3:0=f"],
			"l3CacheSchema": "L3:0=7f0;1=1f", "memBwSchema": "MB:0=20"}}`, ""},
		{"default class", `"linux": {"intelRdt": {"closID": "/"}}`, ""},
		{"path", `"linux": {"intelRdt": {"closID": "a/b"}}`,
			`linux.intelRdt.closID: invalid intelRdt.ClosID "a/b"`},
		{"parent", `"linux": {"intelRdt": {"closID": ".."}}`,
			`linux.intelRdt.closID: invalid intelRdt.ClosID ".."`},
		{"lines", `"linux": {"intelRdt": {"l3CacheSchema": "a\nb", "memBwSchema": "a\nb",
			"schemata": ["a", "a\nb"]}}`,
			"linux.intelRdt.l3CacheSchema: contains a control character\n" +
				"linux.intelRdt.memBwSchema: contains a control character\n" +
				"linux.intelRdt.schemata[1]: contains a control character"},
	})
}

func TestMemoryPolicy(t *testing.T) {
	policy := func(members string) string {
		return `"linux": {"memoryPolicy": {` + members + `}}`
	}
	runFaultCases(t, []faultCase{
		{"bind", policy(`"mode": "MPOL_BIND", "nodes": "0", "flags": ["MPOL_F_STATIC_NODES"]`), ""},
		{"default", policy(`"mode": "MPOL_DEFAULT"`), ""},
		{"preferred", policy(`"mode": "MPOL_PREFERRED"`), ""},
		{"empty", policy(``), `linux.memoryPolicy.mode: invalid memory policy mode ""`},
		{"unknown", policy(`"mode": "INTERLEAVE", "nodes": "0"`),
			`linux.memoryPolicy.mode: invalid memory policy mode "INTERLEAVE"`},
		{"flag", policy(`"mode": "MPOL_LOCAL", "flags": ["MPOL_F_RELATIVE_NODES", "badflag"]`),
			`linux.memoryPolicy.flags[1]: invalid memory policy flag "badflag"`},
		{"nodes for default", policy(`"mode": "MPOL_DEFAULT", "nodes": "0-7"`),
			"linux.memoryPolicy.nodes: memory policy mode requires 0 nodes but got 8"},
		{"no nodes", policy(`"mode": "MPOL_INTERLEAVE"`),
			"linux.memoryPolicy.nodes: memory policy mode requires at least one node but got 0"},
		{"large node", policy(`"mode": "MPOL_BIND", "nodes": "0-9876543210"`),
			"linux.memoryPolicy.nodes: invalid memory policy nodes: " +
				`must be a list such as 0-3,7, not "0-9876543210"`},
	})
}

func TestPersonality(t *testing.T) {
	runFaultCases(t, []faultCase{
		{"32 bits", `"linux": {"personality": {"domain": "LINUX32", "flags": ["x"]}}`, ""},
		{"64 bits", `"linux": {"personality": {"domain": "LINUX"}}`, ""},
		{"other", `"linux": {"personality": {"domain": "BSD"}}`,
			`linux.personality.domain: invalid personality domain "BSD"`},
	})
}
