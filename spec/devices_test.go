package spec

import "testing"

func TestDevices(t *testing.T) {
	runFaultCases(t, []faultCase{
		{"good", `"linux": {"devices": [
			{"path": "/dev/a", "type": "c", "major": 4095, "minor": 1048575, "fileMode": 438},
			{"path": "/dev/b", "type": "u"}, {"path": "/dev/c", "type": "b"},
			{"path": "/dev/d", "type": "p", "uid": 1, "gid": 2}]}`, ""},
		{"bad", `"linux": {"devices": [
			{"path": "/dev/a", "type": "a"}, {"type": "c"}, {"path": "dev/b", "type": "c"},
			{"path": "/dev/c\u0000", "type": "c"},
			{"path": "/dev/d", "type": "c", "major": -1, "minor": 1048576}]}`,
			`linux.devices[0].type: invalid device type "a"` + "\n" +
				"linux.devices[1].path: required\n" +
				`linux.devices[2].path: must be absolute, not "dev/b"` + "\n" +
				"linux.devices[3].path: contains a null byte\n" +
				"linux.devices[4].major: must be from 0 to 4095, not -1\n" +
				"linux.devices[4].minor: must be from 0 to 1048575, not 1048576"},
	})
}

func TestNetDevices(t *testing.T) {
	runFaultCases(t, []faultCase{
		{"good", `"linux": {"namespaces": [{"type": "network"}], "netDevices": {
			"eth0": {}, "fifteen-letters": {"name": "eth%d"}}}`, ""},
		{"host's namespace", `"linux": {"netDevices": {"eth0": {}}}`,
			"linux.netDevices: unable to move network devices without a NET namespace"},
		{"bad", `"linux": {"namespaces": [{"type": "network"}], "netDevices": {
			"..": {}, "a": {"name": "."}, "b": {"name": "sixteen-letters-"},
			"c": {"name": "a b"}, "d": {"name": "a/b"}, "e": {"name": "a:b"}, "f": {"name": "a\n"},
			"": {}}}`,
			`linux.netDevices[""]: invalid network device name ""` + "\n" +
				`linux.netDevices[".."]: invalid network device name ".."` + "\n" +
				`linux.netDevices.a.name: invalid network device name "."` + "\n" +
				`linux.netDevices.b.name: invalid network device name "sixteen-letters-"` + "\n" +
				`linux.netDevices.c.name: invalid network device name "a b"` + "\n" +
				`linux.netDevices.d.name: invalid network device name "a/b"` + "\n" +
				`linux.netDevices.e.name: invalid network device name "a:b"` + "\n" +
				`linux.netDevices.f.name: invalid network device name "a\n"`},
	})
}
