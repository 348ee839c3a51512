package difference

import (
	"encoding/json"
	"errors"
	"os"
	"strconv"
	"sync"
	"testing"

	"github.com/seccomp/libseccomp-golang/difference/ours"
	"github.com/seccomp/libseccomp-golang/difference/profile"
	"github.com/seccomp/libseccomp-golang/difference/reference"
)

var references = sync.OnceValues(References)

// setUp gives the references; none that should be there is missing.
func setUp(t testing.TB) map[string]Reference {
	t.Helper()
	all, err := references()
	if err != nil {
		t.Fatal(err)
	}
	if reason := os.Getenv(EnvWithout); reason != "" {
		t.Logf("only with the machine's libseccomp: %s", reason)
	}
	return all
}

func start(t testing.TB, r Reference) *reference.Session {
	t.Helper()
	session, err := reference.Start(r.Program)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { session.Close() })
	return session
}

// newest is the reference that knows most.
func newest(all map[string]Reference) Reference {
	if r, ok := all[Newest]; ok {
		return r
	}
	return all[Machine]
}

var table = sync.OnceValues(func() (*Table, error) {
	all, err := references()
	if err != nil {
		return nil, err
	}
	session, err := reference.Start(newest(all).Program)
	if err != nil {
		return nil, err
	}
	defer session.Close()
	return NewTable(session)
})

func numbering(t testing.TB) *Table {
	t.Helper()
	setUp(t)
	table, err := table()
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// bench compares ours with one reference.
type bench struct {
	Pair
	judge *Judge
}

func newBench(t testing.TB, r Reference, all map[string]Reference, walks int) *bench {
	session := start(t, r)
	b := &bench{judge: &Judge{Numbers: numbering(t), Reference: session}}
	b.Pair = Pair{Left: ours.Compiler{}, Right: session, Walks: walks, Accept: b.judge.Accept}
	b.Refused = func(reason Allowance) bool { b.judge.Count(reason); return true }
	if n, ok := all[Newest]; ok && r.Name != Newest {
		b.judge.Newest = start(t, n)
	}
	return b
}

// check compares what becomes of a profile and reports a difference, made
// as small as it gets.
func (b *bench) check(t testing.TB, c profile.Case) bool {
	t.Helper()
	fault := b.fault(t, c)
	if fault == nil {
		return true
	}
	small := profile.Shrink(c, func(c profile.Case) bool { return b.fault(t, c) != nil })
	fault = b.fault(t, small)
	text, err := json.Marshal(small)
	if err != nil {
		t.Fatal(err)
	}
	t.Errorf("%s, made smaller: %s\nours and the reference's: %s", c.Name, text, b.explain(small, fault))
	return false
}

func (b *bench) fault(t testing.TB, c profile.Case) *Fault {
	t.Helper()
	fault, err := b.Compare(c)
	if errors.Is(err, reference.ErrDied) {
		b.judge.Count(Died)
		return nil
	}
	if err != nil {
		text, _ := json.Marshal(c)
		t.Fatalf("%s: %v\n%s", c.Name, err, text)
	}
	return fault
}

func (b *bench) explain(c profile.Case, fault *Fault) string {
	script, err := profile.NewScript(c)
	if err != nil || fault.Verdict == nil {
		return fault.String()
	}
	return b.judge.Explain(script, fault.Verdict)
}

// setting is a number that an environment variable may change.
func setting(t testing.TB, name string, value uint64) uint64 {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return value
	}
	value, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return value
}
