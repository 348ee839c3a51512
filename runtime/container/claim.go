package container

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/opencontainers/cgroups/manager"
	"github.com/sirupsen/logrus"
)

// claim takes the ID: from here on a second create of it is refused, and a
// delete --force finds whatever is left when this process dies.
func (m *making) claim() error {
	cm, err := manager.New(m.config.Cgroups)
	if err != nil {
		return namesField(err)
	}
	if err := m.r.prepareIndex(); err != nil {
		return fmt.Errorf("make the index of containers: %w", err)
	}
	// Whoever holds the lock is making or removing this ID: no need to wait.
	l, err := take(m.ctx, m.r.lockPath(m.id), 0)
	if errors.Is(err, ErrBusy) {
		return fmt.Errorf("%w: another process is making or removing it", ErrExist)
	}
	if err != nil {
		return err
	}
	m.lock = l
	if err := m.free(cm.GetPaths()); err != nil {
		if errors.Is(err, ErrExist) {
			l.release() // the lock is that of the container that exists
		} else {
			l.remove()
		}
		return err
	}
	m.rec = m.newRecord(newRecordCgroup(m.config.Cgroups, cm.GetPaths()))
	err = m.installHooks()
	if err == nil {
		err = m.rec.save()
	}
	if err != nil {
		l.remove()
		return fmt.Errorf("record the container: %w", err)
	}
	return nil
}

// free says whether the ID is free: no record, no state directory, and nobody
// in its cgroups. libcontainer looks at the latter too, but later: what the
// record names is killed by a delete --force.
func (m *making) free(cgroups map[string]string) error {
	rec, err := m.r.loadRecord(m.id)
	if err == nil {
		err = m.r.reclaim(rec)
	}
	if err != nil && !errors.Is(err, ErrNotExist) {
		return err
	}
	_, err = os.Lstat(m.r.stateDir(m.id))
	if err == nil {
		return ErrExist
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if n, err := populated(cgroups); err == nil && n > 0 {
		return fmt.Errorf("container's cgroup is not empty: %d process(es) found", n)
	}
	return nil
}

// reclaim takes an ID back whose container is gone although nobody has deleted
// it: its state directory was removed by hand, or by a reboot that kept /run.
// The lock is held. A container that may still be there is ErrExist.
func (r *Runtime) reclaim(rec *record) error {
	if _, err := os.Lstat(r.stateDir(rec.ID)); !errors.Is(err, fs.ErrNotExist) {
		return ErrExist
	}
	if rec.bootIsCurrent() {
		if rec.Owner.alive() || rec.Init.alive() {
			return ErrExist
		}
		if n, err := populated(rec.Cgroup.Paths); err != nil || n > 0 {
			return ErrExist
		}
	}
	if len(rec.Hooks.Poststop) > 0 {
		return fmt.Errorf("%w, and its poststop hooks have not run: delete --force runs them", ErrExist)
	}
	if err := r.sweep(rec); err != nil {
		return err
	}
	rec.remove()
	return nil
}

func (m *making) newRecord(cg recordCgroup) *record {
	boot, err := bootID()
	if err != nil {
		logrus.Debugf("boot id: %v", err)
	}
	_, annotations := labels(m.config)
	return &record{
		Version: recordVersion, ID: m.id, Root: m.r.Root, Bundle: m.bundle,
		OCIVersion: m.config.Version, BootID: boot, Created: time.Now().UTC(),
		Owner: self(), Cgroup: cg, Annotations: annotations,
		path: m.r.recordPath(m.id),
	}
}

func bootID() (string, error) {
	data, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return "", err
	}
	if n := len(data); n > 0 && data[n-1] == '\n' {
		data = data[:n-1]
	}
	return string(data), nil
}

// linkRecord leaves a way from the state directory to the record. Without
// root the index follows from the environment, which the next caller may not
// share.
func (m *making) linkRecord() {
	if os.Geteuid() == 0 && m.r.Index == filepath.Join(DefaultRoot, IndexName) {
		return
	}
	err := os.Symlink(m.rec.path, filepath.Join(m.r.stateDir(m.id), recordLink))
	if err != nil {
		logrus.Debugf("link record: %v", err)
	}
}

// DefaultRoot is the state directory of root's containers; IndexName is the
// index's name in it.
const (
	DefaultRoot = "/run/bulkhead"
	IndexName   = ".index"
)

// noteInit writes the pid of a half-made container down, for state and for
// delete --force. Not to be able to is no reason to stop.
func (m *making) noteInit(pid int) {
	if m.rec.Init.Pid == pid {
		return
	}
	m.rec.Init = refer(pid)
	if err := m.rec.save(); err != nil {
		logrus.Warnf("record init's pid: %v", err)
	}
}
