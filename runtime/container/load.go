package container

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/opencontainers/runc/libcontainer"
)

// loaded is an existing container, as its state file or its record describes
// it.
type loaded struct {
	r      *Runtime
	id     string
	dir    string // the state directory
	status Status
	init   processRef

	rec *record // complete; nil when the state file was read instead

	lc    *libcontainer.Container // these two are nil with rec: see whole
	state *libcontainer.State
}

// load reads a container's state. It returns ErrNotExist when there is no
// state file, also when the container is only half made.
func (r *Runtime) load(id string) (*loaded, error) {
	if err := r.check(); err != nil {
		return nil, err
	}
	if err := ValidateID(id); err != nil {
		return nil, err
	}
	lc, err := libcontainer.Load(r.Root, id)
	if err != nil {
		return nil, r.loadError(id, err)
	}
	c := &loaded{r: r, id: id, dir: r.stateDir(id), lc: lc}
	return c, c.refresh()
}

// whole reads the state file of a container known from its record.
func (c *loaded) whole() error {
	if c.lc != nil {
		return nil
	}
	all, err := c.r.load(c.id)
	if err != nil {
		return err
	}
	*c = *all
	return nil
}

// loadError keeps ErrNotExist for what is not there, and words what engines
// would take for a missing program.
func (r *Runtime) loadError(id string, err error) error {
	switch {
	case errors.Is(err, libcontainer.ErrNotExist):
		return ErrNotExist
	case errors.Is(err, fs.ErrNotExist):
		// Its cgroup may have gone at this moment; the container has gone
		// only if its state has as well.
		if _, serr := os.Lstat(r.stateDir(id)); errors.Is(serr, fs.ErrNotExist) {
			return ErrNotExist
		}
		return fmt.Errorf("read state: %w", plainWords(err))
	case errors.Is(err, libcontainer.ErrInvalidID):
		return ErrInvalidID
	}
	return fmt.Errorf("read state: %w", plainWords(err))
}

// refresh looks again at what can change.
func (c *loaded) refresh() (err error) {
	if c.lc == nil {
		c.status, err = c.presentStatus()
		return err
	}
	status, err := c.lc.Status()
	if err != nil {
		return fmt.Errorf("read status: %w", err)
	}
	state, err := c.lc.State()
	if err != nil {
		return fmt.Errorf("read state: %w", err)
	}
	c.state, c.status = state, statusOf(status)
	c.init = processRef{Pid: state.InitProcessPid, StartTime: state.InitProcessStartTime}
	return nil
}

func statusOf(s libcontainer.Status) Status {
	switch s {
	case libcontainer.Created:
		return Created
	case libcontainer.Running:
		return Running
	case libcontainer.Paused:
		return Paused
	default:
		return Stopped
	}
}

// halfMade finds a container that has a record but no state file yet: it is
// being created right now, or its runtime was killed in the middle.
func (r *Runtime) halfMade(id string) (*record, error) {
	rec, err := r.loadRecord(id)
	if err != nil {
		return nil, err
	}
	if rec.Removing {
		return nil, ErrNotExist // only its poststop hooks are left
	}
	return rec, nil
}

// status of a container that has no state file yet.
func (rec *record) status() Status {
	if rec.Owner.alive() {
		return Creating
	}
	return Stopped
}

// bootIsCurrent says whether a record is of this boot; a boot ID that cannot
// be read counts as the current one.
func (rec *record) bootIsCurrent() bool {
	boot, err := bootID()
	return err != nil || rec.BootID == "" || rec.BootID == boot
}

func removeStateDir(dir string) error {
	st, err := os.Lstat(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if !st.IsDir() {
		return fmt.Errorf("remove %s: it is no directory", dir)
	}
	return os.RemoveAll(dir)
}
