package spec

import (
	"strings"
	"testing"
)

// TestUpdateResources has the documents of `update`, where paths start at the
// document.
func TestUpdateResources(t *testing.T) {
	for _, c := range []faultCase{
		{"nothing", `{}`, ""},
		{"zeros are not set", `{"memory": {"limit": 0, "reservation": 0, "swap": 0},
			"cpu": {"shares": 0, "quota": 0, "period": 0, "cpus": "", "mems": "", "idle": 0},
			"blockIO": {"weight": 0}, "pids": {"limit": 0}}`, ""},
		{"no limits", `{"memory": {"limit": -1, "reservation": -1, "swap": -1,
			"swappiness": 18446744073709551615}, "cpu": {"quota": -7}, "pids": {"limit": -1}}`, ""},
		{"other case", `{"CPU": {"Cpus": "1"}, "MEMORY": {"LIMIT": "x"}}`,
			`memory.limit: expected integer, found "x"`},
		{"swap without a limit here", `{"memory": {"swap": 5}}`, ""},
		{"little swap", `{"memory": {"limit": 6, "swap": 5}}`,
			"memory.swap: memory+swap limit should be >= memory limit 6, not 5"},
		{"memory", `{"memory": {"limit": -2, "reservation": -3, "swap": -4, "swappiness": 101}}`,
			"memory.limit: must be a number of bytes or -1, not -2\n" +
				"memory.reservation: must be a number of bytes or -1, not -3\n" +
				"memory.swap: must be a number of bytes or -1, not -4\n" +
				"memory.swappiness: must be from 0 to 100, not 101"},
		{"processors", `{"cpu": {"period": 100, "quota": 999, "idle": 2, "cpus": "3-1", "mems": "a"}}`,
			"cpu.period: must be from 1000 to 1000000 microseconds, not 100\n" +
				"cpu.quota: must be at least 1000 microseconds, not 999\n" +
				"cpu.idle: must be 0 or 1, not 2\n" +
				`cpu.cpus: must be a list such as 0-3,7, not "3-1"` + "\n" +
				`cpu.mems: must be a list such as 0-3,7, not "a"`},
		{"processors at the bounds",
			`{"cpu": {"period": 1000000, "quota": 1000, "idle": 1, "cpus": "0-1,3", "mems": "0"}}`, ""},
		{"long period", `{"cpu": {"period": 1000001}}`,
			"cpu.period: must be from 1000 to 1000000 microseconds, not 1000001"},
		{"null", "null", "must be a JSON object, not null"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := ParseResources(strings.NewReader(c.members))
			wantFaults(t, err, c.want)
		})
	}
}

func TestResources(t *testing.T) {
	resources := func(members string) string {
		return `"linux": {"resources": {` + members + `}}`
	}
	runFaultCases(t, []faultCase{
		{"devices", resources(`"devices": [{"access": "rwm"}, {"access": "rwa"},
			{"type": "a", "access": "m"}, {"type": "b", "access": "r", "major": -1, "minor": -1},
			{"type": "c", "access": "w", "major": 1, "minor": 4294967295}]`), ""},
		{"bad devices", resources(`"devices": [{}, {"access": "x"}, {"type": "p", "access": "r"},
			{"access": "r", "major": -2, "minor": 4294967296}]`),
			"linux.resources.devices[0].access: device access field cannot be empty\n" +
				`linux.resources.devices[1].access: must be of the letters rwm, not "x"` + "\n" +
				`linux.resources.devices[2].type: invalid cgroup device type "p"` + "\n" +
				"linux.resources.devices[3].major: must be a device number or -1 for all, not -2\n" +
				"linux.resources.devices[3].minor: " +
				"must be a device number or -1 for all, not 4294967296"},
		{"swap without a limit", resources(`"memory": {"swap": 5}`),
			"linux.resources.memory.swap: unable to set swap limit without memory limit"},
		{"swap beside no limit", resources(`"memory": {"limit": -1, "swap": 5}`), ""},
		{"swap beside a broken limit", resources(`"memory": {"limit": "64M", "swap": 5}`),
			`linux.resources.memory.limit: expected integer, found "64M"`},
		{"block devices", resources(`"blockIO": {"weight": 1000, "leafWeight": 10,
			"weightDevice": [{"major": 8, "minor": 0, "weight": 500}],
			"throttleReadBpsDevice": [{"major": 8, "rate": 1}, {"major": 8, "rate": 1}]}`), ""},
		{"bad block devices", resources(`"blockIO": {"weight": 1001, "leafWeight": 1002,
			"weightDevice": [{"major": -1, "minor": -1, "weight": 1003, "leafWeight": 1004}],
			"throttleReadBpsDevice": [{"major": -1}], "throttleWriteBpsDevice": [{"minor": -1}],
			"throttleReadIOPSDevice": [{"major": -1}],
			"throttleWriteIOPSDevice": [{"major": 1}, {"minor": -1}]}`),
			"linux.resources.blockIO.weight: must be from 10 to 1000, not 1001\n" +
				"linux.resources.blockIO.leafWeight: must be from 10 to 1000, not 1002\n" +
				"linux.resources.blockIO.weightDevice[0].major: must be from 0 to 4095, not -1\n" +
				"linux.resources.blockIO.weightDevice[0].minor: must be from 0 to 1048575, not -1\n" +
				"linux.resources.blockIO.weightDevice[0].weight: must be from 10 to 1000, not 1003\n" +
				"linux.resources.blockIO.weightDevice[0].leafWeight: must be from 10 to 1000, not 1004\n" +
				"linux.resources.blockIO.throttleReadBpsDevice[0].major: must be from 0 to 4095, not -1\n" +
				"linux.resources.blockIO.throttleWriteBpsDevice[0].minor: " +
				"must be from 0 to 1048575, not -1\n" +
				"linux.resources.blockIO.throttleReadIOPSDevice[0].major: must be from 0 to 4095, not -1\n" +
				"linux.resources.blockIO.throttleWriteIOPSDevice[1].minor: " +
				"must be from 0 to 1048575, not -1"},
		{"huge pages", resources(`"hugepageLimits": [{"pagesize": "64KB", "limit": 1},
			{"pageSize": "2MB"}, {"pageSize": "16GB"}]`), ""},
		{"bad huge pages", resources(`"hugepageLimits": [{"pageSize": "2M"}, {"pageSize": "MB"},
			{"pageSize": "../2MB"}, {"pageSize": "02MB"}, {"pageSize": "2KMB"}]`),
			`linux.resources.hugepageLimits[0].pageSize: ` +
				`must be a size such as 64KB, 2MB or 1GB, not "2M"` + "\n" +
				`linux.resources.hugepageLimits[1].pageSize: ` +
				`must be a size such as 64KB, 2MB or 1GB, not "MB"` + "\n" +
				`linux.resources.hugepageLimits[2].pageSize: ` +
				`must be a size such as 64KB, 2MB or 1GB, not "../2MB"` + "\n" +
				`linux.resources.hugepageLimits[3].pageSize: ` +
				`must be a size such as 64KB, 2MB or 1GB, not "02MB"` + "\n" +
				`linux.resources.hugepageLimits[4].pageSize: ` +
				`must be a size such as 64KB, 2MB or 1GB, not "2KMB"`},
		{"network", resources(`"network": {"classID": 1, "priorities": [
			{"name": "eth0", "priority": 1}, {"name": "eth 0"}]}`),
			"linux.resources.network.priorities[1].name: " +
				`invalid network device name "eth 0"`},
		{"rdma", resources(`"rdma": {"mlx5_1": {"hcaHandles": 3}, "a b": {}, "": {}}`),
			`linux.resources.rdma[""]: invalid device name` + "\n" +
				`linux.resources.rdma["a b"]: invalid device name`},
		{"unified", resources(`"unified": {"memory.max": "1", "io.max": "8:0 riops=1\n"}`), ""},
		{"bad unified", resources(`"unified": {"a/b": "1", "..": "1", "": "1", "cpu.max": "\u0000"}`),
			`linux.resources.unified[""]: must be the name of a cgroup file` + "\n" +
				`linux.resources.unified[".."]: must be the name of a cgroup file` + "\n" +
				`linux.resources.unified["a/b"]: must be a file name (no slashes)` + "\n" +
				`linux.resources.unified["cpu.max"]: contains a null byte`},
	})
}

// A reader that fails when it is read beyond its text.
type openStream struct{ text *strings.Reader }

func (s openStream) Read(p []byte) (int, error) {
	if s.text.Len() == 0 {
		panic("read after the document's end")
	}
	return s.text.Read(p)
}

func TestParseResourcesStream(t *testing.T) {
	r, err := ParseResources(openStream{strings.NewReader(`{"pids": {"limit": 5}}` + "\n")})
	if err != nil || r.Pids == nil || *r.Pids.Limit != 5 {
		t.Errorf("open stream: %v, %v", r, err)
	}
	if r.Memory != nil || r.CPU != nil {
		t.Errorf("members that are absent are not nil: %v", r)
	}
	for _, c := range []struct{ text, want string }{
		{"", "must be a JSON object, found an empty document"},
		{`{"pids":`, "invalid JSON: unexpected end of input"},
		{`{]`, "invalid JSON after 2 bytes: invalid character ']' " +
			"looking for beginning of object key string"},
		{`{} {}`, "invalid JSON: something follows the closing brace"},
	} {
		_, err := ParseResources(strings.NewReader(c.text))
		wantFaults(t, err, c.want)
	}
	large := `{"x": "` + strings.Repeat("x", maxSize) + `"}`
	if _, err := ParseResources(strings.NewReader(large)); err != ErrTooLarge {
		t.Errorf("large document: %v", err)
	}
}
