package container

import (
	"context"
	"errors"

	"github.com/opencontainers/runc/libcontainer"
)

// Pause freezes all processes of the container. A paused one stays paused.
func (r *Runtime) Pause(_ context.Context, id string) error {
	c, err := r.load(id)
	if err != nil {
		return err
	}
	if err := permit("pause", id, c.status); err != nil {
		return err
	}
	return cgroupHint("pause", c.lc.Pause())
}

// Resume lets a paused container run on.
func (r *Runtime) Resume(_ context.Context, id string) error {
	c, err := r.load(id)
	if err != nil {
		return err
	}
	if err := permit("resume", id, c.status); err != nil {
		return err
	}
	err = c.lc.Resume()
	if errors.Is(err, libcontainer.ErrNotPaused) {
		return &StateError{Verb: "resume", ID: id, Status: Running, Hint: hint("resume", Running)}
	}
	return cgroupHint("resume", err)
}
