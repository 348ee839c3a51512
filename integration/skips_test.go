package integration

import (
	"fmt"
	"strings"
	"testing"

	"github.com/bulkhead-oci/bulkhead/integration/engine"
	"github.com/rogpeppe/go-internal/testscript"
)

// onlyPrefix begins the reason of a block that is meant for other runtimes.
// Such a skip says nothing about the machine and needs no line in skips.txt.
const onlyPrefix = "only "

// listedSkips is a testing.T for testscript that holds its skips against the
// list, and that names the block kill.signal "kill/signal".
type listedSkips struct{ *testing.T }

func (t listedSkips) Skip(args ...any) {
	reason := fmt.Sprint(args...)
	if strings.HasPrefix(reason, onlyPrefix) {
		t.T.Skip(reason)
	}
	engine.Skip(t.T, reason)
}

func (t listedSkips) Verbose() bool { return testing.Verbose() }

func (t listedSkips) Run(name string, f func(testscript.T)) {
	t.T.Run(strings.Replace(name, ".", "/", 1), func(t *testing.T) { f(listedSkips{t}) })
}
