package spec

import "testing"

func TestMounts(t *testing.T) {
	const maps = `"uidMappings": [{"size": 1}], "gidMappings": [{"size": 1}]`
	runFaultCases(t, []faultCase{
		{"file system", `"mounts": [{"destination": "/t", "type": "tmpfs",
			"options": ["mode=755", "rro", "tmpcopyup", "defaults"]}]`, ""},
		{"bind", `"mounts": [{"destination": "/t", "source": "x",
			"options": ["rbind", "rro", "rslave", "nosymfollow"]}]`, ""},
		{"relative destination", `"mounts": [{"destination": "t", "type": "proc"}]`, ""},
		{"remount", `"mounts": [{"destination": "/t", "options": ["remount", "ro"]}]`, ""},
		{"nothing", `"mounts": [{}]`, "mounts[0].destination: required\n" +
			"mounts[0].type: required unless the options have bind or rbind"},
		{"type bind alone", `"mounts": [{"destination": "/t", "source": "/t", "type": "bind"}]`,
			"mounts[0].options: must have bind or rbind for type bind"},
		{"bind of nothing", `"mounts": [{"destination": "/t", "options": ["bind"]}]`,
			"mounts[0].source: required for a bind mount"},
		{"null bytes", `"mounts": [{"destination": "/\u0000", "type": "\u0000", "source": "\u0000",
			"options": ["\u0000"]}]`,
			"mounts[0].destination: contains a null byte\n" +
				"mounts[0].source: contains a null byte\n" +
				"mounts[0].type: contains a null byte\n" +
				"mounts[0].options[0]: contains a null byte"},
		{"bind with data", `"mounts": [{"destination": "/t", "source": "/t",
			"options": ["bind", "mode=755", "defaults", "size=1"]}]`,
			`mounts[0].options[1]: bind mounts cannot have any filesystem-specific options applied, ` +
				`found "mode=755"` + "\n" +
				`mounts[0].options[3]: bind mounts cannot have any filesystem-specific options ` +
				`applied, found "size=1"`},
		{"id map", `"mounts": [{"destination": "/t", "source": "/t",
			"options": ["bind"], ` + maps + `}]`, ""},
		{"id map of a file system", `"mounts": [{"destination": "/t", "type": "tmpfs", ` + maps + `}]`,
			"mounts[0].options: id-mapped mounts are only supported for bind-mounts"},
		{"half an id map", `"mounts": [
			{"destination": "/t", "source": "/t", "options": ["bind"], "uidMappings": [{"size": 1}]},
			{"destination": "/t", "source": "/t", "options": ["bind"], "gidMappings": [{"size": 1}]},
			{"destination": "/t", "source": "/t", "options": ["bind"], "gidMappings": []}]`,
			"mounts[0].gidMappings: id-mapped mounts must have both uid and gid mappings specified\n" +
				"mounts[1].uidMappings: id-mapped mounts must have both uid and gid mappings specified\n" +
				"mounts[2].uidMappings: id-mapped mounts must have both uid and gid mappings specified"},
		{"empty id map", `"mounts": [{"destination": "/t", "source": "/t", "options": ["bind"],
			"uidMappings": [{"size": 0}], "gidMappings": [{"size": 1}]}]`,
			"mounts[0].uidMappings[0].size: must be greater than zero"},
		{"container's id map", `"mounts": [
			{"destination": "/t", "source": "/t", "options": ["bind", "ridmap"]}],
			"linux": {"namespaces": [{"type": "user", "path": "/proc/1/ns/user"}]}`, ""},
		{"host's id map", `"mounts": [
			{"destination": "/t", "source": "/t", "options": ["bind", "idmap"]}]`,
			"mounts[0].uidMappings: id-mapped mounts must have both uid and gid mappings specified"},
		{"wrong type of options", `"mounts": [{"destination": "/t", "options": "bind"}]`,
			"mounts[0].options: expected array of strings, found string"},
	})
}
