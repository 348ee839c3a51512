package container

import (
	"context"
	"fmt"

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
	// Advise says what becomes of sentences that explain a failure to come.
	Advise Advice
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
	m.opts.reapDetached(m.process)
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
	Ahead()
	beginGracePeriod()
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
	if !hasUserNamespace(m.spec) {
		leaveOutUngrantable(m.spec.Process.Capabilities)
	}
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
	if cause := context.Cause(m.ctx); cause != nil {
		return fmt.Errorf("given up: %w", cause)
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
	if m.opts.Detach {
		m.noteMade()
	}
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
