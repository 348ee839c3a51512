package container

import (
	"errors"
	"fmt"
)

// Errors a caller can test for with [errors.Is].
var (
	// ErrExist says that the ID is taken under this root.
	ErrExist = errors.New("container with given ID already exists")
	// ErrNotExist says that there is no such container under this root.
	ErrNotExist = errors.New("container does not exist")
	// ErrInvalidID says that the ID breaks the rule named in the message.
	ErrInvalidID = errors.New("invalid container ID format")
	// ErrNotRunning says that the container has no process to act on.
	ErrNotRunning = errors.New("container not running")
	// ErrBusy says that another runtime process is making or removing it.
	ErrBusy = errors.New("container is being made or removed by another process")
	// ErrNoTerminal says that an attached terminal was asked for in vain.
	ErrNoTerminal = errors.New("no terminal to attach to")
)

// StateError is the refusal of a verb in the container's present state.
type StateError struct {
	Verb   string // create, start, exec, …
	ID     string
	Status Status
	Hint   string // what to do about it; may be empty
}

func (e *StateError) Error() string {
	msg := fmt.Sprintf("cannot %s a %s container", e.Verb, e.Status)
	switch e.Verb { // callers look for these sentences of runc's
	case "exec":
		msg = fmt.Sprintf("cannot exec in a %s container", e.Status)
	case "delete":
		msg = fmt.Sprintf("cannot delete container %s that is not stopped: %s", e.ID, e.Status)
	}
	if e.Hint != "" {
		msg += " (" + e.Hint + ")"
	}
	return msg
}

// Is makes a refusal because nothing runs equal to [ErrNotRunning].
func (e *StateError) Is(target error) bool {
	return target == ErrNotRunning && e.Status == Stopped
}
