package container

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/sirupsen/logrus"
)

// StartOptions belong to the start of a created container.
type StartOptions struct {
	// NotifySocket is the path of the caller's sd_notify(3) socket; with one,
	// Start returns when the container has said that it is ready.
	NotifySocket string
}

// Start lets the process of a created container run its program. A
// *StateError tells that the container is not in the created state.
func (r *Runtime) Start(ctx context.Context, id string, o StartOptions) error {
	c, err := r.find(id) // an unknown container is no reason to make a lock
	if err != nil {
		return err
	}
	rec := c.rec
	if rec == nil {
		if rec, err = r.loadRecord(id); err != nil && !errors.Is(err, ErrNotExist) {
			return err
		}
	}
	notify := newNotifySocket(o.NotifySocket, r.stateDir(id))
	defer notify.close()
	if err := c.open(ctx, r, notify); err != nil {
		return err
	}
	if err := rec.runPoststart(ctx, c.init.Pid); err != nil {
		r.stopAfterPoststart(c)
		return err
	}
	return notify.untilReady(ctx, c.init.Pid, c.init.Pid)
}

// open opens the exec fifo, under the lock. Of two who open it at once, one
// could do so when init has written and closed it already but the other has
// not removed it yet: libcontainer would then wait for the container's end.
func (c *loaded) open(ctx context.Context, r *Runtime, notify *notifySocket) error {
	if err := r.prepareIndex(); err != nil {
		return err
	}
	l, err := take(ctx, r.lockPath(c.id), lockPatience)
	if err != nil {
		return fmt.Errorf("lock %s: %w", c.id, err)
	}
	defer l.release()
	if _, err := os.Lstat(r.stateDir(c.id)); errors.Is(err, fs.ErrNotExist) {
		l.remove() // a delete was faster
		return ErrNotExist
	}
	if err := c.refresh(); err != nil {
		return err
	}
	if err := permit("start", c.id, c.status); err != nil {
		return err
	}
	if err := notify.listen(); err != nil {
		return err
	}
	if err := c.letGo(); err != nil {
		return c.explainExec(err)
	}
	return nil
}

// stopAfterPoststart stops a container whose poststart hook has failed
// (runtime-spec 1.3, "Lifecycle", step 10). Its removal is the caller's.
func (r *Runtime) stopAfterPoststart(c *loaded) {
	err := c.kill(sigkill)
	if err != nil && !errors.Is(err, ErrNotRunning) {
		logrus.Warnf("stop %s after its poststart hook: %v", c.id, err)
	}
}

// explainExec tells why the fifo could not be opened: mostly because another
// start was faster, or because init has died meanwhile.
func (c *loaded) explainExec(err error) error {
	if serr := c.refresh(); serr != nil || c.status == Created {
		return err
	}
	if c.status == Stopped && !isEmptyFifo(err) {
		return err
	}
	return permit("start", c.id, c.status)
}

func (m *making) explainExec(err error) error {
	c := &loaded{id: m.id, lc: m.lc}
	return c.explainExec(err)
}
