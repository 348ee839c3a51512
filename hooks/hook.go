package hooks

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// A Phase is a moment in a container's life at which hooks run.
type Phase string

const (
	// Prestart hooks run in the runtime's namespaces once the container's
	// namespaces exist; it is the old name of the two phases after it.
	Prestart Phase = "prestart"

	// CreateRuntime hooks run in the runtime's namespaces while the container
	// is being created, before its root file system becomes its root.
	CreateRuntime Phase = "createRuntime"

	// CreateContainer hooks run in the container's namespaces while the
	// container is being created, with a path that the host resolves.
	CreateContainer Phase = "createContainer"

	// StartContainer hooks run inside the container, just before the
	// container's program does.
	StartContainer Phase = "startContainer"

	// Poststart hooks run in the runtime's namespaces once the container's
	// program has been started.
	Poststart Phase = "poststart"

	// Poststop hooks run in the runtime's namespaces once the container is
	// gone.
	Poststop Phase = "poststop"
)

// A Hook is one program to run at a phase.
type Hook struct {
	// Hook is the entry of config.json.
	//
	// Args start with the program's own name; without any, it is Path. An Env
	// that is nil hands down this process's environment and one that is empty
	// but not nil makes an empty environment, as in runc: config.json without
	// "env" gives the one, "env": [] the other. A Timeout counts seconds.
	specs.Hook

	// Phase and Index (from 0) tell where in config.json the hook stands.
	Phase Phase
	Index int

	// Dir is the folder to run in; empty means that of this process. Engines
	// expect the bundle for hooks in the runtime's namespaces.
	Dir string

	// Log, when set, gets every line the hook writes to standard output,
	// control characters escaped. It is called from another goroutine, never
	// after Run has returned.
	Log func(line string)
}

// Run runs one hook and waits until it exits. It returns nil for exit status
// 0, otherwise an *Error. The hook and all it started are killed when its
// time-out passes or ctx ends.
func Run(ctx context.Context, h Hook, state *specs.State) error {
	data, err := json.Marshal(state)
	if err != nil {
		return fmt.Errorf("encode container state: %w", err)
	}
	return h.run(ctx, data)
}

// RunAll runs the hooks of a phase in order, up to the first that fails.
func RunAll(
	ctx context.Context, phase Phase, hooks []specs.Hook, dir string, state *specs.State,
) error {
	for i, h := range hooks {
		err := Run(ctx, Hook{Hook: h, Phase: phase, Index: i, Dir: dir}, state)
		if err != nil {
			return err
		}
	}
	return nil
}

// RunEach runs all hooks of a phase in order, whether they fail or not, and
// returns the failures. It is meant for poststop. Once ctx has ended no
// further hook is started, and each of those is a failure, too.
func RunEach(
	ctx context.Context, phase Phase, hooks []specs.Hook, dir string, state *specs.State,
) (errs []error) {
	for i, h := range hooks {
		err := Run(ctx, Hook{Hook: h, Phase: phase, Index: i, Dir: dir}, state)
		if err != nil {
			errs = append(errs, err)
		}
	}
	return errs
}
