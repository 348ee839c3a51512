package container

import (
	"context"
	"errors"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// RunOptions are those of create and of what follows.
type RunOptions struct {
	CreateOptions
	// Keep leaves a container that has ended for delete.
	Keep bool
}

// Run makes a container, starts it and, unless it is detached, waits until
// its process has ended, removes the container and returns the process's exit
// status (128+n for a signal n).
func (r *Runtime) Run(ctx context.Context, id string, o RunOptions) (status int, retErr error) {
	m, err := r.make(ctx, id, o.CreateOptions)
	if err != nil {
		return -1, err
	}
	finished := false
	defer func() {
		if !finished {
			m.done(&retErr)
		}
	}()
	if err := m.notify.listen(); err != nil {
		return -1, err
	}
	if err := m.start(); err != nil {
		return -1, err
	}
	if err := m.exec(); err != nil {
		return -1, err
	}
	if o.Detach {
		m.opts.reapDetached(m.process)
		return 0, m.notify.untilReady(ctx, m.pid(), m.pid())
	}
	status, err = m.attend()
	if err != nil {
		return -1, err
	}
	finished = true
	return status, m.finish(o.Keep)
}

func (m *making) pid() int {
	pid, err := m.process.Pid()
	if err != nil {
		return -1
	}
	return pid
}

// exec opens the fifo, lets go of the lock and runs the poststart hooks.
func (m *making) exec() error {
	if m.lock.file == nil { // given up for a hook: see loaded.open
		if err := m.lock.again(m.ctx, lockPatience); err != nil {
			return err
		}
	}
	err := m.lc.Exec()
	m.lock.release()
	if err != nil {
		return m.explainExec(err)
	}
	return m.rec.runPoststart(m.ctx, m.pid())
}

// attend waits for an attached container while notifications pass.
func (m *making) attend() (int, error) {
	stop := m.notify.forward(m.ctx)
	status, err := m.session.wait(m.ctx, m.process)
	stop()
	return status, err
}

// finish ends a run whose process has ended.
func (m *making) finish(keep bool) error {
	m.session.close()
	m.notify.close()
	if keep {
		return nil
	}
	ctx := context.WithoutCancel(m.ctx)
	if err := m.lock.again(ctx, lockPatience); err != nil {
		return err
	}
	if _, err := os.Lstat(m.rec.path); errors.Is(err, fs.ErrNotExist) {
		m.lock.remove()
		return nil // a delete was faster
	}
	if err := m.r.destroy(m.lc); err != nil {
		m.lock.release()
		return err
	}
	m.r.forget(ctx, m.rec, m.lock)
	return nil
}

// sigkill is what ends a process for good.
const sigkill = unix.SIGKILL
