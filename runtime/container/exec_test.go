package container

import (
	"maps"
	"testing"
)

func TestSubCgroups(t *testing.T) {
	for _, c := range []struct {
		args []string
		want map[string]string
	}{
		{nil, nil},
		{[]string{"sub"}, map[string]string{"": "sub"}},
		{[]string{"/"}, map[string]string{"": "/"}},
		{[]string{"cpu:sub"}, map[string]string{"cpu": "sub"}},
		{[]string{"cpu,memory:/a:b"}, map[string]string{"cpu": "/a:b", "memory": "/a:b"}},
		{[]string{"cpu:a", "memory:b"}, map[string]string{"cpu": "a", "memory": "b"}},
	} {
		got, err := subCgroups(c.args)
		if err != nil || !maps.Equal(got, c.want) {
			t.Errorf("%q: %q, %v", c.args, got, err)
		}
	}
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"a", "b"}, "invalid --cgroup argument: a (missing <controller>: prefix)"},
		{[]string{"cpu:a", "b"}, "invalid --cgroup argument: b (missing <controller>: prefix)"},
		{[]string{":a"}, "invalid --cgroup argument: :a (empty <controller> prefix)"},
		{[]string{"cpu,:a"}, "invalid --cgroup argument: cpu,:a (empty <controller> prefix)"},
		{[]string{"cpu:a", "cpu:b"}, "invalid --cgroup argument(s): controller cpu specified multiple times"},
		{[]string{"cpu,cpu:a"}, "invalid --cgroup argument(s): controller cpu specified multiple times"},
	} {
		_, err := subCgroups(c.args)
		says(t, err, c.want)
	}
}
