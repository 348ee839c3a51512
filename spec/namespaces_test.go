package spec

import (
	"strings"
	"testing"
)

func TestNamespaces(t *testing.T) {
	runFaultCases(t, []faultCase{
		{"all", `"linux": {"namespaces": [{"type": "pid"}, {"type": "network"}, {"type": "mount"},
			{"type": "ipc"}, {"type": "uts"}, {"type": "cgroup"}, {"type": "time"},
			{"type": "user", "path": "/proc/1/ns/user"}]}`, ""},
		{"bad", `"linux": {"namespaces": [{"type": "pid"}, {"type": "net"}, {},
			{"type": "pid"}, {"type": "ipc", "path": "x"}, {"type": "uts", "path": "/a,b"}]}`,
			`linux.namespaces[1].type: namespace "net" does not exist` + "\n" +
				"linux.namespaces[2].type: required\n" +
				`linux.namespaces[3].type: duplicated ns "pid"` + "\n" +
				`linux.namespaces[4].path: must be absolute, not "x"` + "\n" +
				`linux.namespaces[5].path: must not contain a comma: "/a,b"`},
		{"wrong type of the list", `"hostname": "x", "root": {"readonly": true},
			"linux": {"namespaces": "pid", "uidMappings": [{"size": 1}], "timeOffsets": {},
				"sysctl": {"net.x": "1"}}`,
			"linux.namespaces: expected array of objects, found string"},
		{"wrong type in the list", `"hostname": "x", "linux": {"namespaces": [{"type": 7}]}`,
			"linux.namespaces[0].type: expected string, found 7"},
	})
}

func TestUserMappings(t *testing.T) {
	linux := func(members string) string {
		return `"linux": {"namespaces": [{"type": "user"}],` + members + `}`
	}
	gids := `, "gidMappings": [{"hostID": 7, "size": 1}]`
	extents := strings.Repeat(`{"size": 1},`, 340) + `{"size": 1}`
	runFaultCases(t, []faultCase{
		{"good", linux(`"uidMappings": [{"hostID": 100000, "size": 65536},
			{"containerID": 65536, "hostID": 5, "size": 1}]` + gids), ""},
		{"all ids", linux(`"uidMappings": [{"size": 4294967295}]` + gids), ""},
		{"past the last id", linux(`"uidMappings": [{"size": 1},
			{"containerID": 1, "hostID": 2, "size": 4294967295}]` + gids),
			"linux.uidMappings[1].containerID: 1 and 4294967294 following ids go past 4294967294\n" +
				"linux.uidMappings[1].hostID: 2 and 4294967294 following ids go past 4294967294"},
		{"empty", linux(`"uidMappings": [{"size": 1}, {"containerID": 7}]` + gids),
			"linux.uidMappings[1].size: must be greater than zero"},
		{"overlaps", linux(`"uidMappings": [{"containerID": 0, "hostID": 10, "size": 10},
			{"containerID": 9, "hostID": 30, "size": 1},
			{"containerID": 20, "hostID": 5, "size": 6}]` + gids),
			"linux.uidMappings[1].containerID: overlaps linux.uidMappings[0]\n" +
				"linux.uidMappings[2].hostID: overlaps linux.uidMappings[0]"},
		{"no root", linux(`"uidMappings": [{"containerID": 1, "size": 5}]` + gids),
			"linux.uidMappings: user namespaces enabled, but no mapping found for uid 0"},
		{"none", `"linux": {"namespaces": [{"type": "user"}]}`,
			"linux.uidMappings: user namespaces enabled, but no uid mappings found\n" +
				"linux.gidMappings: user namespaces enabled, but no gid mappings found"},
		{"none for a namespace joined",
			`"linux": {"namespaces": [{"type": "user", "path": "/proc/1/ns/user"}]}`, ""},
		{"some for a namespace joined",
			`"linux": {"namespaces": [{"type": "user", "path": "/proc/1/ns/user"}],
				"uidMappings": [{"containerID": 5, "size": 1}]}`, ""},
		{"host's namespace",
			`"linux": {"uidMappings": [{"size": 1}], "gidMappings": [{"size": 1}]}`,
			"linux.uidMappings: user namespace mappings specified, " +
				"but user namespace isn't enabled in the config\n" +
				"linux.gidMappings: user namespace mappings specified, " +
				"but user namespace isn't enabled in the config"},
		{"too many", linux(`"uidMappings": [` + extents + `]` + gids),
			"linux.uidMappings: must be at most 340 mappings, not 341"},
		{"unmapped user", `"process": {"user": {"uid": 5, "gid": 6}},` +
			linux(`"uidMappings": [{"size": 5}]`+gids),
			"process.user.uid: cannot setuid to unmapped uid 5 in user namespace\n" +
				"process.user.gid: cannot setgid to unmapped gid 6 in user namespace"},
		{"wrong type", `"process": {"user": {"uid": 5}},` +
			linux(`"uidMappings": [{"size": "5"}]`+gids),
			`linux.uidMappings[0].size: expected integer, found "5"`},
	})
}

func TestTimeOffsets(t *testing.T) {
	const own = `"namespaces": [{"type": "time"}]`
	runFaultCases(t, []faultCase{
		{"good", `"linux": {` + own + `, "timeOffsets": {
			"monotonic": {"secs": 7881, "nanosecs": 2718281}, "boottime": {"secs": -1}, "7": {}}}`, ""},
		{"null", `"linux": {` + own + `, "timeOffsets": null}`, ""},
		{"host's namespace", `"linux": {"timeOffsets": {"monotonic": {"secs": 1}}}`,
			"linux.timeOffsets: time namespace offsets specified, " +
				"but time namespace isn't enabled in the config"},
		{"namespace joined", `"linux": {"namespaces": [{"type": "time", "path": "/x"}],
			"timeOffsets": {"monotonic": {"secs": 1}}}`,
			"linux.timeOffsets: time namespace enabled, " +
				"but both namespace path and time offsets specified"},
		{"clocks", `"linux": {` + own + `, "timeOffsets": {"realtime": {},
			"boottime": {"nanosecs": 1000000000}}}`,
			"linux.timeOffsets.boottime.nanosecs: must be at most 999999999, not 1000000000\n" +
				"linux.timeOffsets.realtime: must be for monotonic or boottime"},
	})
}
