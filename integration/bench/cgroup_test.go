package main

import (
	"slices"
	"testing"
)

func TestParseHierarchies(t *testing.T) {
	const mountinfo = `22 1 0:20 / /sys/fs/cgroup rw - tmpfs tmpfs rw
23 22 0:21 / /sys/fs/cgroup/memory rw,nosuid shared:5 - cgroup cgroup rw,memory
24 22 0:22 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw
25 22 0:23 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids
26 99 0:21 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory
27 99 0:21 / /mnt/memory rw - cgroup cgroup rw,memory
`
	want := []string{"/sys/fs/cgroup/memory", "/sys/fs/cgroup/pids"}
	if got := parseHierarchies(mountinfo); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
