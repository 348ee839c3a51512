package terminal

import (
	"sync/atomic"
	"testing"
	"time"
)

// slow takes its time over a write and says when it has begun.
type slow struct{ begun chan struct{} }

func (s slow) Write(b []byte) (int, error) {
	close(s.begun)
	time.Sleep(200 * time.Millisecond)
	return len(b), nil
}

// Descriptors that are closed under a copy that goes on may be somebody
// else's by the time it uses them.
func TestInputStopWaitsForCopy(t *testing.T) {
	noLeak(t)
	r, w := newPipe(t)
	in, err := newInput(r)
	if err != nil {
		t.Fatal(err)
	}
	var ended atomic.Bool
	dst := slow{make(chan struct{})}
	in.start(dst, func() { ended.Store(true) })
	write(t, w, "x")
	within(t, "the copy", func() { <-dst.begun })
	within(t, "stop", in.stop)
	if !ended.Load() {
		t.Error("stop returned before the copy had ended")
	}
}

func TestInputStopWithoutStart(t *testing.T) {
	noLeak(t)
	r, _ := newPipe(t)
	in, err := newInput(r)
	if err != nil {
		t.Fatal(err)
	}
	within(t, "stop", in.stop)
}
