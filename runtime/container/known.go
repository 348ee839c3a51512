package container

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/opencontainers/cgroups"
	"github.com/opencontainers/cgroups/manager"
	"github.com/opencontainers/runc/libcontainer/configs"
	"github.com/sirupsen/logrus"
	"golang.org/x/sys/unix"
)

// recordMade is in the record of a container that has been made, with all
// that the verbs need which look at a container, start, signal or remove it.
// libcontainer's state holds the whole configuration, which takes ten times as
// long to read. Containers that share a pid namespace, have a resctrl group
// or perhaps no cgroup have none: to end them takes more than is written here.
type recordMade struct {
	Rootfs string `json:"rootfs"`
}

// Names of libcontainer's files in the state directory.
const (
	stateFile = "state.json"
	execFifo  = "exec.fifo"
)

// noteMade completes the record of a container that other processes will act
// upon. Not to be able to only makes them slower.
func (m *making) noteMade() {
	c := m.config
	if !c.Namespaces.IsPrivate(configs.NEWPID) || c.IntelRdt != nil || c.RootlessCgroups {
		return
	}
	m.rec.Init = refer(m.pid())
	m.rec.Made = &recordMade{Rootfs: c.Rootfs}
	if err := m.rec.save(); err != nil {
		logrus.Warnf("complete the record: %v", err)
	}
}

// find returns a container from its record if that is complete, else from its
// state. ErrNotExist is as with load.
func (r *Runtime) find(id string) (*loaded, error) {
	if err := r.check(); err != nil {
		return nil, err
	}
	if err := ValidateID(id); err != nil {
		return nil, err
	}
	rec, err := r.loadRecord(id)
	if err != nil {
		return r.load(id)
	}
	return r.findBy(rec, id)
}

// findBy is find for who has read the record already; it may be nil.
func (r *Runtime) findBy(rec *record, id string) (*loaded, error) {
	if rec == nil || rec.Made == nil || rec.Removing || rec.Init.Pid <= 0 {
		return r.load(id)
	}
	c := &loaded{r: r, id: id, dir: r.stateDir(id), rec: rec, init: rec.Init}
	if _, err := os.Lstat(filepath.Join(c.dir, stateFile)); err != nil || !rec.bootIsCurrent() {
		return r.load(id)
	}
	if err := c.refresh(); err != nil {
		return r.load(id) // it has the better words
	}
	return c, nil
}

// presentStatus follows from what the kernel says of the cgroup and of init,
// in libcontainer's order: who is frozen is paused, whatever else.
func (c *loaded) presentStatus() (Status, error) {
	cm, err := c.rec.Cgroup.manager()
	if err != nil {
		return "", err
	}
	freezer, err := cm.GetFreezerState()
	switch {
	case err != nil:
		return "", err
	case freezer == cgroups.Frozen:
		return Paused, nil
	case !c.init.alive():
		return Stopped, nil
	}
	if _, err := os.Lstat(filepath.Join(c.dir, execFifo)); err == nil {
		return Created, nil
	}
	return Running, nil
}

func (c recordCgroup) manager() (cgroups.Manager, error) {
	if len(c.Paths) == 0 {
		return nil, errors.New("no cgroup is recorded") // it would take our own
	}
	return manager.NewWithPaths(c.config(), c.Paths)
}

// letGo has init execute its program, which waits until somebody opens the
// fifo for reading and has a byte for them. It is errEmptyFifo when init has
// ended instead.
func (c *loaded) letGo() error {
	if c.lc != nil {
		return c.lc.Exec()
	}
	// Opened before the fifo is: a program may have ended, and its parent know
	// so, before the next line is reached.
	h, err := c.init.open()
	if errors.Is(err, ErrNotRunning) {
		return errEmptyFifo
	}
	if err != nil {
		return err
	}
	defer h.close()
	if h.fd < 0 { // before Linux 5.3: libcontainer knows another way
		if err := c.whole(); err != nil {
			return err
		}
		return c.lc.Exec()
	}
	return readFifo(filepath.Join(c.dir, execFifo), h)
}

// readFifo takes the byte from the fifo, and the fifo away.
func readFifo(path string, init *handle) error {
	const flags = unix.O_RDONLY | unix.O_NONBLOCK | unix.O_CLOEXEC | unix.O_NOFOLLOW
	fd, err := unix.Open(path, flags, 0)
	if err != nil {
		return &fs.PathError{Op: "exec fifo: open", Path: path, Err: err}
	}
	defer unix.Close(fd)
	if err := init.waitOr(fd); err != nil {
		return err
	}
	var ready [1]byte
	if n, err := unix.Read(fd, ready[:]); n != 1 {
		return errors.Join(errEmptyFifo, err)
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

var errEmptyFifo = errors.New("exec fifo: the process has ended before its program")

// waitOr waits until fd can be read or the process, of which there must be a
// pidfd, has ended.
func (h *handle) waitOr(fd int) error {
	fds := []unix.PollFd{
		{Fd: int32(fd), Events: unix.POLLIN},
		{Fd: int32(h.fd), Events: unix.POLLIN},
	}
	for {
		_, err := unix.Poll(fds, -1)
		if !errors.Is(err, unix.EINTR) {
			return os.NewSyscallError("poll", err)
		}
	}
}

// removeMade removes a container whose processes have all ended.
func (c *loaded) removeMade() error {
	if err := c.rec.Cgroup.checkPaths(); err != nil {
		return err
	}
	cm, err := c.rec.Cgroup.manager()
	if err != nil {
		return err
	}
	if err := cm.Destroy(); err != nil && !c.rec.Cgroup.Rootless {
		return fmt.Errorf("remove cgroup: %w", plainWords(err))
	}
	return removeStateDir(c.dir)
}
