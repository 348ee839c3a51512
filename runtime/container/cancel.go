package container

import (
	"context"
	"time"

	"github.com/sirupsen/logrus"
)

// killOnCancel kills what is in the new cgroups when the context ends while
// libcontainer works. libcontainer knows no contexts; killing init makes it
// return. The pid is not known to us before that, the cgroups are. The
// returned function ends the watch and waits for it.
func (m *making) killOnCancel() (stop func()) {
	done := make(chan struct{})
	idle := make(chan struct{})
	unwatch := context.AfterFunc(m.ctx, func() {
		defer close(idle)
		tick := time.NewTicker(pollStep) // until init has entered the cgroup
		defer tick.Stop()
		for {
			if err := killCgroups(m.rec.Cgroup.Paths); err != nil {
				logrus.Debugf("cancel %s: %v", m.id, err)
			}
			select {
			case <-done:
				return
			case <-tick.C:
			}
		}
	})
	return func() {
		close(done)
		if !unwatch() {
			<-idle
		}
	}
}
