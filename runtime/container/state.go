package container

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/user"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/opencontainers/runtime-spec/specs-go"
	"github.com/sirupsen/logrus"
)

// State is what state and list print: the runtime-spec's state and runc's
// additions to it (rootfs, created, owner).
type State struct {
	Version     string            `json:"ociVersion"`
	ID          string            `json:"id"`
	Pid         int               `json:"pid"` // 0 when stopped
	Status      Status            `json:"status"`
	Bundle      string            `json:"bundle"`
	Rootfs      string            `json:"rootfs"`
	Created     time.Time         `json:"created"` // UTC
	Annotations map[string]string `json:"annotations,omitempty"`
	// Owner is the user name, or "#" and the uid, of whoever owns the state
	// directory. Only List fills it in.
	Owner string `json:"owner"`
}

// State tells how a container is. It reads no configuration and takes no
// lock, so it works whatever else is broken or going on.
func (r *Runtime) State(_ context.Context, id string) (*State, error) {
	c, err := r.find(id)
	if err == nil {
		return c.public(), nil
	}
	if !errors.Is(err, ErrNotExist) {
		return nil, err
	}
	rec, rerr := r.halfMade(id)
	if rerr != nil {
		return nil, err
	}
	return rec.public(rec.status()), nil
}

func (c *loaded) public() *State {
	if c.rec != nil {
		s := c.rec.public(c.status)
		s.Rootfs = c.rec.Made.Rootfs
		return s
	}
	bundle, annotations := labels(&c.state.Config)
	s := &State{
		Version: c.state.Config.Version, ID: c.id, Pid: c.init.Pid, Status: c.status,
		Bundle: bundle, Rootfs: c.state.Config.Rootfs, Created: c.state.Created,
		Annotations: annotations,
	}
	if c.status == Stopped {
		s.Pid = 0
	}
	return s
}

func (rec *record) public(status Status) *State {
	s := &State{
		Version: rec.OCIVersion, ID: rec.ID, Pid: rec.Init.Pid, Status: status,
		Bundle: rec.Bundle, Created: rec.Created, Annotations: rec.Annotations,
	}
	if s.Version == "" {
		s.Version = specs.Version
	}
	if s.Status == Stopped {
		s.Pid = 0
	}
	return s
}

// List tells of all containers under the root, in the order of their IDs.
// What cannot be read is logged and left out. A root that does not exist is
// an fs.ErrNotExist.
func (r *Runtime) List(ctx context.Context) ([]State, error) {
	entries, err := os.ReadDir(r.Root)
	if err != nil {
		return nil, err
	}
	var list []State
	for _, entry := range entries {
		if !entry.IsDir() || r.stateDir(entry.Name()) == r.Index {
			continue
		}
		s, err := r.State(ctx, entry.Name())
		if errors.Is(err, ErrNotExist) {
			continue // a delete was faster, or it is no container
		}
		if err != nil {
			logrus.Warnf("list: %s: %v", entry.Name(), err)
			continue
		}
		s.Owner = owner(entry)
		list = append(list, *s)
	}
	slices.SortFunc(list, func(a, b State) int { return strings.Compare(a.ID, b.ID) })
	return list, nil
}

func owner(entry fs.DirEntry) string {
	info, err := entry.Info()
	if err != nil {
		return ""
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return ""
	}
	uid := strconv.FormatUint(uint64(st.Uid), 10)
	if u, err := user.LookupId(uid); err == nil {
		return u.Username
	}
	return "#" + uid
}

// Processes returns the pids of all processes in the container's cgroup, as
// the caller's pid namespace counts them.
func (r *Runtime) Processes(_ context.Context, id string) ([]int, error) {
	c, err := r.load(id)
	if err != nil {
		return nil, err
	}
	pids, err := c.lc.Processes()
	return pids, cgroupHint("ps", err)
}
