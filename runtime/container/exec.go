package container

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/opencontainers/cgroups"
	"github.com/opencontainers/runc/libcontainer/configs"
	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/bulkhead-oci/bulkhead/spec"
)

// ExecOptions say which process joins a container.
type ExecOptions struct {
	IO
	// Process is the process, whole. Without it, the one of the bundle's
	// config.json is taken and changed by Edit.
	Process *specs.Process
	// Edit changes the bundle's process.
	Edit func(*specs.Process) error
	// Cgroups are "PATH" or, with cgroup v1, "CONTROLLER[,…]:PATH": the
	// sub-cgroups, relative to the container's, that the process runs in.
	Cgroups []string
	// IgnorePaused allows the exec in a paused container; it then waits
	// until the container is resumed.
	IgnorePaused bool
}

// Exec runs another process in a container. Detached, it returns 0 once the
// process runs; else the process's exit status (128+n for a signal n).
func (r *Runtime) Exec(ctx context.Context, id string, o ExecOptions) (int, error) {
	Ahead()
	c, err := r.load(id)
	if err != nil {
		return -1, err
	}
	if c.status != Paused || !o.IgnorePaused {
		if err := permit("exec", id, c.status); err != nil {
			return -1, err
		}
	}
	if !cgroups.IsCgroup2UnifiedMode() { // there a child is born in its cgroup
		beginGracePeriod()
	}
	sub, err := subCgroups(o.Cgroups)
	if err != nil {
		return -1, err
	}
	p, err := c.execProcess(o)
	if err != nil {
		return -1, err
	}
	if !c.state.Config.Namespaces.Contains(configs.NEWUSER) {
		leaveOutUngrantable(p.Capabilities)
	}
	lp, err := newProcess(p)
	if err != nil {
		return -1, err
	}
	lp.SubCgroupPaths = sub
	s, err := o.connect(lp, p.Terminal, &c.state.Config)
	if err != nil {
		return -1, err
	}
	defer s.close()
	s.starting(ctx)
	if os.Geteuid() != 0 {
		c.awaitProgram(ctx)
	}
	if err := c.lc.Start(lp); err != nil {
		return -1, explain(err)
	}
	if err := s.attach(lp, o.IO); err != nil {
		if err := lp.Signal(sigkill); err == nil {
			lp.Wait() //nolint:errcheck // killed: its status says nothing
		}
		return -1, err
	}
	if o.Detach {
		o.reapDetached(lp)
		return 0, nil
	}
	return s.wait(ctx, lp)
}

// attach connects a process that has been started, and writes its pid file.
func (s *session) attach(p process, o IO) error {
	if err := s.started(); err != nil {
		return err
	}
	if o.PidFile == "" {
		return nil
	}
	pid, err := p.Pid()
	if err != nil {
		return err
	}
	return writePidFile(o.PidFile, pid)
}

// process is what attach needs of libcontainer's.
type process interface{ Pid() (int, error) }

// execProcess is the process given, or the bundle's as edited.
func (c *loaded) execProcess(o ExecOptions) (*specs.Process, error) {
	if o.Process != nil {
		return o.Process, spec.CheckProcess(o.Process)
	}
	bundle, _ := labels(&c.state.Config)
	if bundle == "" {
		return nil, errors.New("bundle not found in labels")
	}
	p, err := spec.LoadProcessOf(bundle)
	if err != nil {
		return nil, err
	}
	if o.Edit != nil {
		if err := o.Edit(p); err != nil {
			return nil, err
		}
	}
	return p, spec.CheckProcess(p)
}

// subCgroups parses ExecOptions.Cgroups into a path for each controller, or
// one path under the empty name for all.
func subCgroups(args []string) (map[string]string, error) {
	if len(args) == 0 {
		return nil, nil
	}
	paths := make(map[string]string, len(args))
	for _, arg := range args {
		controllers, path, found := strings.Cut(arg, ":")
		if !found {
			if len(args) > 1 {
				return nil, fmt.Errorf("invalid --cgroup argument: %s (missing <controller>: prefix)", arg)
			}
			return map[string]string{"": arg}, nil
		}
		for _, name := range strings.Split(controllers, ",") {
			if name == "" {
				return nil, fmt.Errorf("invalid --cgroup argument: %s (empty <controller> prefix)", arg)
			}
			if _, twice := paths[name]; twice {
				return nil, fmt.Errorf("invalid --cgroup argument(s): controller %s specified multiple times", name)
			}
			paths[name] = path
		}
	}
	return paths, nil
}
