package integration

import (
	"fmt"
	"testing"
)

// TestSeccompArguments makes calls for which there are several conditions.
func TestSeccompArguments(t *testing.T) {
	// What the filter returns for each of four pairs of arguments: both as in
	// the rules, the first, the second, none.
	pairs := func(both, first, second, none string) []call {
		return []call{
			{getppid + ",1,1", both}, {getppid + ",1,2", first},
			{getppid + ",2,1", second}, {getppid + ",2,2", none},
		}
	}
	const one, two = "errno 1001", "errno 1002"
	c := newCaller(t)
	for name, row := range map[string]struct {
		rules  []string
		wanted []call
	}{
		"both": {[]string{"getppid ERRNO:1001 0:EQ:1 1:EQ:1"}, pairs(one, "ok", "ok", "ok")},
		"either": {[]string{"getppid ERRNO:1001 0:EQ:1", "getppid ERRNO:1001 1:EQ:1"},
			pairs(one, one, one, "ok")},
		// The argument that comes last is looked at first.
		"two-verdicts": {[]string{"getppid ERRNO:1001 0:EQ:1", "getppid ERRNO:1002 1:EQ:1"},
			pairs(two, one, two, "ok")},
		"two-verdicts-turned": {[]string{"getppid ERRNO:1002 1:EQ:1", "getppid ERRNO:1001 0:EQ:1"},
			pairs(two, one, two, "ok")},
		// What is less specific covers what is more so ...
		"condition-then-all": {[]string{"getppid ERRNO:1001 0:EQ:1", "getppid ERRNO:1002"},
			pairs(two, two, two, two)},
		"all-then-condition": {[]string{"getppid ERRNO:1002", "getppid ERRNO:1001 0:EQ:1"},
			pairs(two, two, two, two)},
		"less-then-more": {[]string{"getppid ERRNO:1001 0:EQ:1", "getppid ERRNO:1002 0:EQ:1 1:EQ:1"},
			pairs(one, one, "ok", "ok")},
		// ... and of two that say the same about all calls the first stays.
		"errno-then-kill": {[]string{"getppid ERRNO:1001", "getppid KILL_PROCESS"},
			pairs(one, one, one, one)},
		"kill-then-errno": {[]string{"getppid KILL_PROCESS", "getppid ERRNO:1001"},
			pairs(killed, killed, killed, killed)},
		"complements": {[]string{"getppid ERRNO:1001 0:EQ:1", "getppid ERRNO:1002 0:NE:1"},
			pairs(one, one, two, two)},
		"ranges": {[]string{"getppid ERRNO:1001 0:GT:5", "getppid ERRNO:1002 0:GT:10"}, []call{
			{getppid + ",5", "ok"}, {getppid + ",6", one}, {getppid + ",10", one},
			{getppid + ",11", two}, {getppid + ",0x100000000", two}}},
		"ranges-turned": {[]string{"getppid ERRNO:1002 0:GT:10", "getppid ERRNO:1001 0:GT:5"}, []call{
			{getppid + ",5", "ok"}, {getppid + ",6", one}, {getppid + ",10", one},
			{getppid + ",11", two}, {getppid + ",0x100000000", two}}},
		// Two conditions for one argument become two rules.
		"same-argument": {[]string{"getppid ERRNO:1001 0:EQ:10 0:EQ:20 1:EQ:5"}, []call{
			{getppid + ",1", "ok"}, {getppid + ",10", one}, {getppid + ",20", one},
			{getppid + ",3,5", one}}},
		"same-argument-range": {[]string{"getppid ERRNO:1001 0:GE:10 0:LE:20"}, []call{
			{getppid + ",1", one}, {getppid + ",15", one}, {getppid + ",30", one}}},
		"six": {[]string{"getppid ERRNO:1001 0:EQ:1 1:EQ:2 2:EQ:3 3:EQ:4 4:EQ:5 5:EQ:6"}, []call{
			{getppid + ",1,2,3,4,5,6", one}, {getppid + ",1,2,3,4,5,7", "ok"},
			{getppid + ",2,2,3,4,5,6", "ok"}, {getppid386 + ",1,2,3,4,5,6", one},
			{getppid386 + ",1,2,3,4,5,7", "ok"}, {getppid386 + ",1,2,3,5,5,6", "ok"}}},
		"masks": {[]string{"getppid ERRNO:1001 0:MASKED_EQ:0xf0:0x10",
			"getppid ERRNO:1002 0:MASKED_EQ:0xf0:0x20"}, []call{
			{getppid + ",0x10", one}, {getppid + ",0x2f", two}, {getppid + ",0x3f", "ok"},
			{getppid + ",0xffffff1f", one}, {getppid + ",0x30", "ok"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.become(t, policy(t, "ALLOW", row.rules...), row.wanted)
		})
	}
}

// TestSeccompContradictions: two verdicts for the same calls are refused, as
// far as libseccomp sees that they are the same.
func TestSeccompContradictions(t *testing.T) {
	c := newCaller(t)
	for name, rules := range map[string][]string{
		"same-condition": {"getppid ERRNO:1001 0:EQ:1", "getppid ERRNO:1002 0:EQ:1"},
		"more-then-less": {"getppid ERRNO:1002 0:EQ:1 1:EQ:1", "getppid ERRNO:1001 0:EQ:1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := c.run(t, "echo it runs", under(policy(t, "ALLOW", rules...))...)
			if r.status == 0 || r.stdout != "" {
				t.Fatalf("the first rule counts: %s%s", r.stdout, r.stderr)
			}
			matches(t, r.stderr, "getppid")
		})
	}
}

// The ways that i386 has to make a socket and a semaphore: calls of their own
// and parts of a multiplexer, which reads its arguments from memory.
const (
	socket386, socketPart, bindPart  = "i386:359", "i386:102,1", "i386:102,2"
	semget386, semgetPart, semopPart = "i386:393", "i386:117,2", "i386:117,1"
)

// TestSeccompMultiplexers: a rule for socket is one for a part of socketcall.
func TestSeccompMultiplexers(t *testing.T) {
	const one, two, fault, invalid = "errno 1001", "errno 1002", "errno 14", "errno 22"
	c := newCaller(t)
	for name, row := range map[string]struct {
		rules  []string
		wanted []call
	}{
		"socket": {[]string{"socket ERRNO:1001"}, []call{
			{"native:41", one}, {socket386, one}, {socketPart, one}, {bindPart, fault},
			{"i386:102,21", invalid}}},
		"without-own-number": {[]string{"accept,send,recv,accept4 ERRNO:1001"}, []call{
			{"native:43", one}, {"i386:102,5", one}, {"i386:102,9", one}, {"i386:102,10", one},
			{"i386:102,18", one}, {"i386:364", one}, {bindPart, fault}}},
		"semaphores": {[]string{"semget,semop,shmat ERRNO:1001"}, []call{
			{"native:64", one}, {"native:65", one}, {semget386, one}, {semgetPart, one},
			{semopPart, one}, {"i386:117,21", one}, {"i386:397", one}, {"i386:117,3", fault}}},
		// The upper half of ipc's first argument is a version, which a filter
		// takes for another part.
		"version": {[]string{"semop,semget ERRNO:1001"}, []call{
			{semopPart, one}, {"i386:117,0x10001", "errno 7"}}},
		"multiplexer": {[]string{"socketcall,ipc ERRNO:1001"}, []call{
			{"native:41", invalid}, {socket386, invalid}, {socketPart, one}, {bindPart, one},
			{semgetPart, one}, {semget386, invalid}}},
		"multiplexer-last": {[]string{"socket ERRNO:1002", "socketcall ERRNO:1001"}, []call{
			{socket386, two}, {socketPart, one}, {bindPart, one}}},
		"multiplexer-first": {[]string{"socketcall ERRNO:1001", "socket ERRNO:1002"}, []call{
			{socket386, two}, {socketPart, one}, {bindPart, one}}},
		// The place of the part's first argument is taken.
		"first-argument": {[]string{"socket ERRNO:1001 0:EQ:40"}, []call{
			{"native:41,40", one}, {"native:41,1", invalid}, {socket386 + ",40", one},
			{socket386 + ",1", invalid}, {socketPart, one}, {bindPart, fault}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.become(t, policy(t, "ALLOW", row.rules...), row.wanted)
		})
	}
}

// TestSeccompManyRules: enough of them for libcontainer to ask for a tree.
func TestSeccompManyRules(t *testing.T) {
	c := newCaller(t)
	var rules []string
	wanted := []call{{getppid, "ok"}}
	for n := range 1000 {
		rules = append(rules, fmt.Sprintf("personality ERRNO:%d 0:EQ:%d", 1001+n, 1<<33+n))
		if n%10 == 0 {
			word := fmt.Sprintf("native:135,%d", 1<<33+n)
			wanted = append(wanted, call{word, fmt.Sprint("errno ", 1001+n)})
		}
	}
	c.become(t, policy(t, "ALLOW", rules...), wanted)
}
