package container

import (
	"context"
	"errors"

	"github.com/opencontainers/runc/libcontainer/configs"
	"golang.org/x/sys/unix"
)

// KillOptions belong to Kill.
type KillOptions struct {
	// Signal is the number to send; 0 only asks whether the process exists.
	Signal unix.Signal
	// All is accepted for old callers: with it, a container without
	// processes is no error.
	All bool
}

// Kill sends a signal to the container's first process and returns; it never
// waits. SIGKILL reaches all of a container's processes, also those of a
// container that shares its pid namespace. It is ErrNotRunning when the
// process is gone.
func (r *Runtime) Kill(_ context.Context, id string, o KillOptions) error {
	c, err := r.find(id)
	if errors.Is(err, ErrNotExist) {
		return r.killHalfMade(id, o.Signal, err)
	}
	if err != nil {
		return err
	}
	err = c.kill(o.Signal)
	if !errors.Is(err, ErrNotRunning) {
		return err
	}
	if o.All {
		return nil
	}
	return &StateError{Verb: "kill", ID: id, Status: Stopped, Hint: ErrNotRunning.Error()}
}

// killHalfMade signals the init of a container whose hooks still run.
func (r *Runtime) killHalfMade(id string, sig unix.Signal, notFound error) error {
	rec, err := r.halfMade(id)
	if err != nil {
		return notFound
	}
	h, err := rec.Init.open()
	if err != nil {
		return err
	}
	defer h.close()
	return h.signal(sig)
}

func (c *loaded) kill(sig unix.Signal) error {
	if sig == sigkill && !c.ownPids() {
		return killError(c.lc.Signal(sig))
	}
	h, err := c.init.open()
	if err != nil {
		return err
	}
	defer h.close()
	if err := h.signal(sig); err != nil {
		return err
	}
	if sig == sigkill && c.status == Paused {
		// In cgroup v1 a frozen process dies only once it is thawed.
		if err := c.whole(); err != nil {
			return err
		}
		if err := c.lc.Resume(); err != nil {
			return cgroupHint("thaw", err)
		}
	}
	return nil
}

// ownPids says whether the end of init ends the whole container.
func (c *loaded) ownPids() bool {
	return c.rec != nil || c.state.Config.Namespaces.IsPrivate(configs.NEWPID)
}
