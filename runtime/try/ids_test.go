package try

import (
	"slices"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"
)

func TestUnusedRange(t *testing.T) {
	all := []span{{0, 1<<32 - 1}}
	for _, tc := range []struct {
		name string
		own  [][]span
		used []span
		want uint32
		ok   bool
	}{
		{"nothing used", [][]span{all, all}, nil, firstRange, true},
		{"low ids used", [][]span{all, all}, []span{{0, 1000}, {100000, 65536}}, firstRange, true},
		{"one id in the first", [][]span{all, all}, []span{{firstRange + 7, 1}},
			firstRange + rangeSize, true},
		{"last id of the first", [][]span{all, all}, []span{{firstRange + rangeSize - 1, 1}},
			firstRange + rangeSize, true},
		{"right below the first", [][]span{all, all}, []span{{firstRange - 5, 5}},
			firstRange, true},
		{"across two", [][]span{all, all}, []span{{firstRange + 1, rangeSize}},
			firstRange + 2*rangeSize, true},
		{"all used", [][]span{all, all}, all, 0, false},
		{"not ours", [][]span{{{0, 65536}}, all}, nil, 0, false},
		{"groups not ours", [][]span{all, {{0, 65536}}}, nil, 0, false},
		{"ours in part", [][]span{{{0, firstRange + 10}, {firstRange + 10, 1 << 28}}, all}, nil,
			firstRange + rangeSize, true},
	} {
		got, ok := unusedRange(tc.own, tc.used)
		if got != tc.want || ok != tc.ok {
			t.Errorf("%s: got %#x, %v, want %#x, %v", tc.name, got, ok, tc.want, tc.ok)
		}
	}
}

func TestSubIDs(t *testing.T) {
	got := subIDs("alice:100000:65536\n\nbroken:x:1\nshort:1\nall:0:4294967296\nbob:165536:65536")
	want := []span{{100000, 65536}, {0, 1 << 32}, {165536, 65536}}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestColumns(t *testing.T) {
	passwd := "root:x:0:0:root:/root:/bin/sh\n+::::::\nweb:x:2013265921:33::/:/bin/false\nshort:x:5\n"
	got := columns(passwd, 2, 3)
	want := []span{{0, 1}, {0, 1}, {2013265921, 1}, {33, 1}, {5, 1}}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestChooseIDs(t *testing.T) {
	host := parseIDMap("         0          0 4294967295\n")
	got := chooseIDs(host, host, nil)
	want := []specs.LinuxIDMapping{{ContainerID: 0, HostID: firstRange, Size: rangeSize}}
	if !got.own || got.base != firstRange || !slices.Equal(got.uids, want) ||
		!slices.Equal(got.gids, want) {
		t.Errorf("as root: got %+v", got)
	}
	uids, gids := parseIDMap("0 1000 1\n"), parseIDMap("0 100 1\n1 100000 65536\n")
	got = chooseIDs(uids, gids, nil)
	if got.own || got.base != 0 ||
		!slices.Equal(got.uids, []specs.LinuxIDMapping{{Size: 1}}) ||
		!slices.Equal(got.gids, []specs.LinuxIDMapping{
			{Size: 1}, {ContainerID: 1, HostID: 1, Size: 65536}}) {
		t.Errorf("as a user: got %+v", got)
	}
}

func TestOutside(t *testing.T) {
	maps := parseIDMap("0 1000 1\n1 100000 65536\n")
	for id, want := range map[uint64]uint64{0: 1000, 1: 100000, 65536: 165535, 65537: 65537} {
		if got := outside(maps, id); got != want {
			t.Errorf("%d: got %d, want %d", id, got, want)
		}
	}
}
