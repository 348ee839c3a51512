package container

import (
	"os"
	"slices"
	"testing"
)

// What a container says just before its end is passed on, however late we
// look: the manager would think that it has failed.
func TestReadyJustBeforeTheEnd(t *testing.T) {
	m := newManager(t)
	n := newNotify(t, m)
	send(t, n, "READY=1\nSTATUS=up")
	ok(t, n.untilReady(t.Context(), deadPid(t), 4711))
	if !slices.Contains(m.heard(), "READY=1\nSTATUS=up\n") {
		t.Errorf("the manager heard %q", m.heard())
	}
}

func TestForwardDrains(t *testing.T) {
	for range 20 { // the race is between the last word and the stop
		m := newManager(t)
		n := newNotify(t, m)
		stop := n.forward(t.Context())
		send(t, n, "READY=1")
		stop()
		if !slices.Contains(m.heard(), "READY=1\n") {
			t.Fatalf("the manager heard %q", m.heard())
		}
		n.close()
		ok(t, os.RemoveAll(n.dir))
	}
}
