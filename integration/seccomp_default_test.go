package integration

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// sweep is every system call there is, and numbers that are none.
func sweep() []string {
	words := []string{"native:0x3fffffff", "native:0xffffffff"}
	for _, abi := range []callABI{nativeABI, i386ABI, x32ABI} {
		for nr := range 601 {
			words = append(words, fmt.Sprintf("%s:%d", abi, nr))
		}
	}
	return append(words, choices()...)
}

// choices are calls that the engines' rules tell apart by their arguments.
func choices() []string {
	var words []string
	for part := range 25 {
		words = append(words, fmt.Sprint("i386:102,", part), fmt.Sprint("i386:117,", part))
	}
	for abi, numbers := range map[callABI]struct{ personality, clone, socket int }{
		nativeABI: {135, 56, 41}, i386ABI: {136, 120, 359}, x32ABI: {135, 56, 41},
	} {
		for _, persona := range []uint64{0, 1, 8, 0x20000, 0x20008, 0x20009, 1<<32 - 1, 1 << 32} {
			words = append(words, fmt.Sprintf("%s:%d,%d", abi, numbers.personality, persona))
		}
		// 0x800 is CLONE_SIGHAND, which is refused without CLONE_VM; the bits
		// with it are those of namespaces.
		for _, flags := range []uint64{0, 0x800, 0x800 | 1<<17, 0x800 | 1<<30, 1<<32 | 0x800} {
			words = append(words, fmt.Sprintf("%s:%d,%d", abi, numbers.clone, flags))
		}
		for _, args := range []string{"16,3,9", "16,3,8", "1,3,9", "1,3,8", "40,3,0"} {
			words = append(words, fmt.Sprintf("%s:%d,%s", abi, numbers.socket, args))
		}
	}
	return words
}

// TestSeccompEngines makes every call under the profiles of engines, and holds
// what becomes of it to what the profiles say.
func TestSeccompEngines(t *testing.T) {
	c := newCaller(t)
	s := c.newSweep(t)
	for _, name := range []string{"docker", "podman"} {
		plain, marks := readProfile(t, name), marked(readProfile(t, name))
		for how, lines := range map[string]func(*testing.T) []string{
			"plain":  func(t *testing.T) []string { return c.calls(t, plain, s.words...) },
			"marked": func(t *testing.T) []string { return c.calls(t, marks, s.words...) },
			"exec":   func(t *testing.T) []string { return c.execCalls(t, marks, s.words...) },
			"peer":   func(t *testing.T) []string { return c.peerCalls(t, marks, s.words...) },
		} {
			t.Run(name+"/"+how, func(t *testing.T) {
				t.Parallel()
				profile := marks
				if how == "plain" {
					profile = plain
				}
				s.judge(t, profile, lines(t))
			})
		}
	}
}

func (c caller) execCalls(t *testing.T, profile *specs.LinuxSeccomp, words ...string) []string {
	t.Helper()
	id, _ := c.start(t, under(profile)...)
	return callLines(t, finish(t, c.command(append([]string{"exec", id, "calls"}, words...)...)))
}

// peerCalls has another runtime do it, which has to come to the same.
func (c caller) peerCalls(t *testing.T, profile *specs.LinuxSeccomp, words ...string) []string {
	t.Helper()
	peer := os.Getenv(peerEnv)
	if peer == "" {
		t.Skip(onlyPrefix + "with a peer in " + peerEnv)
	}
	return c.callsBy(t, peer, profile, words...)
}

// A swept is a list of calls and what they come to without a filter.
type swept struct {
	words   []string
	calls   []made
	without []string
	sites   map[callABI]map[string][]callSite
}

func (c caller) newSweep(t *testing.T) *swept {
	t.Helper()
	sites, err := callSites()
	if err != nil {
		t.Fatal(err)
	}
	s := &swept{words: sweep(), sites: sites}
	for _, word := range s.words {
		m, err := parseMade(word)
		if err != nil {
			t.Fatal(err)
		}
		s.calls = append(s.calls, m)
	}
	s.without = c.calls(t, nil, s.words...)
	if len(s.without) != len(s.calls) {
		t.Fatalf("%d outcomes for %d calls", len(s.without), len(s.calls))
	}
	return s
}

// judge compares every outcome with what the profile says about the call.
func (s *swept) judge(t *testing.T, profile *specs.LinuxSeccomp, got []string) {
	t.Helper()
	if len(got) != len(s.calls) {
		t.Fatalf("%d outcomes for %d calls", len(got), len(s.calls))
	}
	let, wrong := 0, 0
	for i, m := range s.calls {
		want, err := judge{profile, s.sites}.outcome(m)
		if err != nil {
			t.Fatal(err)
		}
		if want == asWithout {
			let++
			want = becameOf(s.without[i])
		}
		if becameOf(got[i]) != want && !unfiltered(m, got[i]) {
			wrong++
			t.Logf("%s: %s, want %s", s.words[i], becameOf(got[i]), want)
		}
	}
	if wrong > 0 {
		t.Errorf("%d of %d calls are wrong", wrong, len(got))
	}
	if let < 300 || let > len(got)-300 {
		t.Errorf("%d of %d calls are allowed, which shows little", let, len(got))
	}
}

// unfiltered are the calls that this program or the kernel makes no filter
// see: the kernel's are those of its own uprobes.
func unfiltered(m made, line string) bool {
	uprobe := m.abi == nativeABI && (m.nr == 335 || m.nr == 336)
	return uprobe || becameOf(line) == "left-out"
}

// becameOf is the end of a line that begins with the call.
func becameOf(line string) string {
	fields := strings.SplitN(line, " ", 3)
	return fields[len(fields)-1]
}
