package container

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/opencontainers/cgroups"
	"github.com/opencontainers/cgroups/manager"
	"github.com/opencontainers/runc/libcontainer"
	"github.com/sirupsen/logrus"
)

// killPatience is how long a killed process may take to be gone. A process in
// an uninterruptible wait (a dead NFS server, say) takes longer.
const killPatience = 10 * time.Second

// DeleteOptions belong to Delete.
type DeleteOptions struct {
	// Force kills a container that runs, and makes the deletion of one that
	// does not exist a success.
	Force bool
}

// Delete removes a container that has stopped, or was never started, and runs
// its poststop hooks. With Force it removes anything: a running container, a
// half-made one whose runtime was killed, one whose state file is broken.
func (r *Runtime) Delete(ctx context.Context, id string, o DeleteOptions) (retErr error) {
	if err := r.check(); err != nil {
		return err
	}
	if err := ValidateID(id); err != nil {
		return err
	}
	if r.stateDir(id) == r.Index {
		if o.Force {
			return nil
		}
		return ErrNotExist
	}
	l, err := r.lockForDelete(ctx, id)
	if err != nil {
		return err
	}
	defer func() {
		if errors.Is(retErr, ErrNotExist) {
			l.remove()
		}
		l.release()
	}()
	rec, err := r.loadRecord(id)
	if err != nil && !errors.Is(err, ErrNotExist) {
		if !o.Force {
			return err
		}
		logrus.Warnf("delete %s: its hooks cannot be run: %v", id, err)
		rec = &record{ID: id, Root: r.Root, path: r.recordPath(id)}
	}
	c, err := r.findBy(rec, id)
	switch {
	case err == nil:
		err = r.deleteLoaded(c, o.Force)
	case rec != nil && rec.Version > 0:
		err = r.deleteRecorded(rec, err, o.Force)
	default:
		err = r.deleteUnknown(id, err, o.Force)
		rec = &record{path: r.recordPath(id)}
	}
	if errors.Is(err, errGone) {
		return nil
	}
	if err != nil {
		return err
	}
	r.forget(ctx, rec, l)
	return nil
}

// lockForDelete takes the lock; without an index there was never a container
// of this version's, and nothing is made for the sake of a lock.
func (r *Runtime) lockForDelete(ctx context.Context, id string) (*lock, error) {
	if err := r.prepareIndex(); err != nil {
		logrus.Debugf("delete %s: index: %v", id, err)
		return nil, nil
	}
	l, err := take(ctx, r.lockPath(id), lockPatience)
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", id, err)
	}
	return l, nil
}

// deleteLoaded removes a container with a state file.
func (r *Runtime) deleteLoaded(c *loaded, force bool) error {
	if !force {
		if err := permit("delete", c.id, c.status); err != nil {
			return err
		}
		if c.status == Stopped {
			return c.remove()
		}
	}
	if err := c.end(); err != nil {
		return err
	}
	return c.remove()
}

// remove takes away what is left of a container without processes.
func (c *loaded) remove() error {
	if c.rec != nil && c.status != Paused {
		return c.removeMade()
	}
	if err := c.whole(); err != nil {
		return err
	}
	return c.r.destroy(c.lc)
}

// end kills what runs in the container and waits until it is gone.
func (c *loaded) end() error {
	h, err := c.init.open()
	if err != nil && !errors.Is(err, ErrNotRunning) {
		return err
	}
	if err := c.kill(sigkill); err != nil && !errors.Is(err, ErrNotRunning) {
		// Not to have killed through the cgroup may still be enough.
		logrus.Warnf("kill %s: %v", c.id, err)
	}
	if h != nil {
		defer h.close()
		if !h.wait(killPatience) {
			return fmt.Errorf("container init still running %v after SIGKILL", killPatience)
		}
	}
	if c.ownPids() {
		return nil // the kernel has ended the whole pid namespace
	}
	return emptyCgroups(c.state.CgroupPaths, killPatience)
}

// deleteRecorded removes a container that left a record but no readable state
// file: its runtime was killed, or is in the middle of making it.
func (r *Runtime) deleteRecorded(rec *record, loadErr error, force bool) error {
	if rec.Removing {
		if rec.Owner.alive() && rec.bootIsCurrent() {
			return notThere(force) // another delete runs its poststop hooks
		}
		return nil // and one that was killed did not: they run now
	}
	if !errors.Is(loadErr, ErrNotExist) && !force {
		return loadErr
	}
	if status := rec.status(); status == Creating && !force {
		return &StateError{Verb: "delete", ID: rec.ID, Status: status}
	}
	return r.sweep(rec)
}

func notThere(force bool) error {
	if force {
		return errGone
	}
	return ErrNotExist
}

// errGone ends a forced delete of what another process is removing.
var errGone = errors.New("gone")

// sweep removes what a record describes.
func (r *Runtime) sweep(rec *record) error {
	if rec.bootIsCurrent() {
		if h, err := rec.Init.open(); err == nil {
			err = h.signal(sigkill)
			if err == nil && !h.wait(killPatience) {
				err = fmt.Errorf("container init still running %v after SIGKILL", killPatience)
			}
			h.close()
			if err != nil && !errors.Is(err, ErrNotRunning) {
				return err
			}
		}
		if err := rec.Cgroup.remove(); err != nil {
			return err
		}
	}
	return removeStateDir(r.stateDir(rec.ID))
}

// remove kills what is in the recorded cgroups and removes them. It acts on
// recorded paths alone: a manager without paths would take the cgroup that
// we ourselves are in for the container's.
func (c recordCgroup) remove() error {
	if err := c.check(); err != nil || len(c.Paths) == 0 {
		return err
	}
	if err := emptyCgroups(c.Paths, killPatience); err != nil && !c.Rootless {
		return err
	}
	cm, err := manager.NewWithPaths(c.config(), c.Paths)
	if err != nil {
		return fmt.Errorf("remove cgroup: %w", err)
	}
	if err := cm.Destroy(); err != nil && !c.Rootless {
		return fmt.Errorf("remove cgroup: %w", err)
	}
	return nil
}

// check refuses a record whose paths cannot be a container's: removal is
// recursive, so no path may be a hierarchy's root or above our own cgroup.
func (c recordCgroup) check() error {
	if err := c.checkPaths(); err != nil {
		return err
	}
	for controller, path := range c.Paths {
		pids, err := cgroups.GetAllPids(path)
		if err == nil && slices.Contains(pids, os.Getpid()) {
			return fmt.Errorf("remove cgroup: %s: %q is our own", controller, path)
		}
	}
	return nil
}

// checkPaths refuses what is not a path below a hierarchy's root.
func (c recordCgroup) checkPaths() error {
	for controller, path := range c.Paths {
		if path == "" || !filepath.IsAbs(path) || filepath.Clean(path) != path {
			return fmt.Errorf("remove cgroup: %s: not a path: %q", controller, path)
		}
		if _, err := os.Lstat(filepath.Join(filepath.Dir(path), "cgroup.procs")); err != nil {
			if _, gone := os.Lstat(path); errors.Is(gone, fs.ErrNotExist) {
				continue
			}
			return fmt.Errorf("remove cgroup: %s: %q is not below a cgroup", controller, path)
		}
	}
	return nil
}

// deleteUnknown handles an ID without a record: that of nothing at all, or
// the state directory of a runtime that keeps no records.
func (r *Runtime) deleteUnknown(id string, loadErr error, force bool) error {
	if !errors.Is(loadErr, ErrNotExist) && !force {
		return loadErr
	}
	if err := removeStateDir(r.stateDir(id)); err != nil {
		return err
	}
	if force {
		return nil
	}
	return loadErr
}

// destroy removes the container's cgroup and its state.
func (r *Runtime) destroy(lc *libcontainer.Container) error {
	if err := lc.Destroy(); err != nil {
		return fmt.Errorf("remove %s: %w", lc.ID(), plainWords(err))
	}
	return nil
}

// forget ends a container's life: its record and lock go, and its poststop
// hooks run in between, without the lock.
func (r *Runtime) forget(ctx context.Context, rec *record, l *lock) {
	if rec == nil {
		l.remove()
		return
	}
	if len(rec.Hooks.Poststop) > 0 {
		// A kill from here on leaves a record that says: hooks only.
		rec.Removing, rec.Owner = true, self()
		if err := rec.save(); err != nil {
			logrus.Warnf("delete %s: %v", rec.ID, err)
		}
		l.release()
		rec.runPoststop(ctx)
		if l != nil {
			if err := l.again(ctx, lockPatience); err != nil {
				logrus.Warnf("delete %s: %v", rec.ID, err)
			}
		}
	}
	rec.remove()
	l.remove()
}
