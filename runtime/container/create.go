package container

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/opencontainers/cgroups/manager"
	"github.com/opencontainers/runc/libcontainer"
	"github.com/opencontainers/runc/libcontainer/configs"
	"github.com/opencontainers/runtime-spec/specs-go"
	"github.com/sirupsen/logrus"

	"github.com/bulkhead-oci/bulkhead/spec"
)

// CreateOptions say how a container is made from a bundle.
type CreateOptions struct {
	IO
	// Bundle is the directory with config.json.
	Bundle string
	// NoPivot uses MS_MOVE and chroot(2) in place of pivot_root(2), for a
	// root file system on a ramdisk. It is weaker: see chroot(2).
	NoPivot bool
	// NoNewKeyring leaves the caller's session keyring to the container.
	NoNewKeyring bool
	// NotifySocket is the path of the caller's sd_notify(3) socket; empty
	// when there is none.
	NotifySocket string
	// Advise, if not nil, gets sentences that explain a failure to come, in
	// place of the log.
	Advise func(sentence string)
}

// Create makes a container and leaves its process waiting for Start. It
// returns the process's pid.
func (r *Runtime) Create(ctx context.Context, id string, o CreateOptions) (pid int, retErr error) {
	o.Detach = true
	m, err := r.make(ctx, id, o)
	if err != nil {
		return -1, err
	}
	defer m.done(&retErr)
	if err := m.start(); err != nil {
		return -1, err
	}
	reapDetached(m.process)
	return m.process.Pid()
}

// making is one container on its way from a bundle to a process.
//
//	our side                              init
//	lock, record ─────────────────────▶   (nothing exists before the record)
//	state directory, cgroup, clone ───▶   namespaces, mounts
//	prestart, createRuntime hooks ◀───    asks for hooks
//	                                      createContainer hooks, pivot_root
//	state.json ◀──────────────────────    ready
//	console, pid file, unlock             waits on the exec fifo
type making struct {
	ctx     context.Context
	r       *Runtime
	id      string
	bundle  string
	opts    CreateOptions
	spec    *specs.Spec
	config  *configs.Config
	notify  *notifySocket
	rec     *record
	lock    *lock
	lc      *libcontainer.Container
	process *libcontainer.Process
	session *session
}

// make does everything up to the container's first process: it checks the
// bundle, claims the ID with lock and record and makes the state directory.
// Nothing is left of it when it fails. The caller defers done.
func (r *Runtime) make(ctx context.Context, id string, o CreateOptions) (_ *making, retErr error) {
	if err := r.check(); err != nil {
		return nil, err
	}
	if err := ValidateID(id); err != nil {
		return nil, err
	}
	m := &making{ctx: ctx, r: r, id: id, opts: o}
	if err := m.load(); err != nil {
		return nil, err
	}
	if err := m.claim(); err != nil {
		return nil, err
	}
	defer func() {
		if retErr != nil {
			m.done(&retErr)
		}
	}()
	lc, err := libcontainer.Create(r.Root, id, m.config)
	if err != nil {
		return nil, namesField(err)
	}
	m.lc = lc
	m.linkRecord()
	return m, m.notify.prepare()
}

// load reads and translates config.json. It changes nothing.
func (m *making) load() error {
	var err error
	if m.bundle, err = realBundle(m.opts.Bundle); err != nil {
		return err
	}
	if m.spec, err = spec.Load(m.bundle); err != nil {
		return err
	}
	if err := checkHost(m.bundle, m.spec); err != nil {
		return err
	}
	warn(m.spec)
	if err := m.opts.checkTerminal(m.spec.Process.Terminal); err != nil {
		return err
	}
	m.notify = newNotifySocket(m.opts.NotifySocket, m.r.stateDir(m.id))
	m.notify.addTo(m.spec)
	if m.process, err = newProcess(m.spec.Process); err != nil {
		return err
	}
	m.process.Init = true
	m.config, err = m.r.libcontainerConfig(m.id, m.bundle, m.spec,
		configOptions{noPivot: m.opts.NoPivot, noNewKeyring: m.opts.NoNewKeyring})
	if err != nil {
		return namesField(err)
	}
	return nil
}

// claim takes the ID: from here on a second create of it is refused, and a
// delete --force finds whatever is left when this process dies.
func (m *making) claim() error {
	cm, err := manager.New(m.config.Cgroups)
	if err != nil {
		return err
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
		l.release()
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
	_, err := m.r.loadRecord(m.id)
	if err == nil {
		return ErrExist
	}
	if !errors.Is(err, ErrNotExist) {
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

// start starts the container's process up to the exec fifo, and connects it.
func (m *making) start() (retErr error) {
	s, err := m.opts.connect(m.process, m.spec.Process.Terminal, m.config)
	if err != nil {
		return err
	}
	m.session = s
	s.starting(m.ctx)
	stop := m.killOnCancel()
	err = m.lc.Start(m.process)
	stop()
	if cerr := m.ctx.Err(); cerr != nil {
		return errors.Join(cerr, err)
	}
	if err != nil {
		return m.explainStart(err)
	}
	return m.connected()
}

// connected is what is left to do when init waits on the fifo.
func (m *making) connected() error {
	if err := m.session.started(); err != nil {
		return err
	}
	m.warnProgram()
	if m.opts.PidFile == "" {
		return nil
	}
	pid, err := m.process.Pid()
	if err != nil {
		return err
	}
	return writePidFile(m.opts.PidFile, pid)
}

// done ends the making: it lets go of the lock, or, when *err is set, removes
// all that was made, poststop hooks included.
func (m *making) done(err *error) {
	if m.session != nil {
		m.session.close()
	}
	m.notify.close()
	if *err == nil {
		m.lock.release()
		return
	}
	m.undo()
}

// undo removes a container that could not be made. It works with a context of
// its own: being cancelled is no reason to leave things behind.
func (m *making) undo() {
	ctx := context.WithoutCancel(m.ctx)
	if err := m.process.Signal(sigkill); err == nil {
		m.process.Wait() //nolint:errcheck // killed: its status says nothing
	}
	if m.lock.file == nil {
		if err := m.lock.again(ctx, lockPatience); err != nil {
			logrus.Warnf("clean up %s: %v", m.id, err)
			return
		}
		if _, err := readRecord(m.rec.path); err != nil {
			m.lock.remove() // somebody has removed the container meanwhile
			return
		}
	}
	if m.lc == nil {
		m.rec.Hooks = recordHooks{} // nothing was made: nothing has stopped
	} else if err := m.r.destroy(m.lc); err != nil {
		logrus.Warnf("clean up %s: %v", m.id, err)
	}
	m.r.forget(ctx, m.rec, m.lock)
}
