package container

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"

	"github.com/moby/sys/userns"
	"github.com/opencontainers/runc/libcontainer"
	"github.com/sirupsen/logrus"
	"golang.org/x/sys/unix"
)

// CRIUOptions are passed to criu(8), which does the work of Checkpoint and
// Restore and must be installed.
type CRIUOptions struct {
	ImagePath string // directory of the image files; made when missing
	WorkPath  string // directory of logs and work files
	// ParentPath is the previous image of an iterative checkpoint, relative
	// to ImagePath.
	ParentPath        string
	LeaveRunning      bool
	TCPEstablished    bool
	TCPSkipInFlight   bool
	LinkRemap         bool
	ExtUnixSockets    bool
	ShellJob          bool
	FileLocks         bool
	PreDump           bool
	AutoDedup         bool
	LazyPages         bool
	StatusFD          int    // -1 for none
	PageServer        string // ADDRESS:PORT
	ManageCgroupsMode string // soft, full, strict, ignore, or empty
	EmptyNamespaces   []string
	LSMProfile        string // TYPE:NAME
	LSMMountContext   string
}

// Checkpoint writes the state of a container's processes to files and, unless
// it is left running, removes the container.
func (r *Runtime) Checkpoint(ctx context.Context, id string, o CRIUOptions) error {
	warnRootlessCRIU()
	c, err := r.load(id)
	if err != nil {
		return err
	}
	if err := permit("checkpoint", id, c.status); err != nil {
		return err
	}
	opts, err := o.libcontainer()
	if err != nil {
		return err
	}
	if err := c.lc.Checkpoint(opts); err != nil {
		return fmt.Errorf("checkpoint %s: %w", id, plainWords(err))
	}
	if o.LeaveRunning || o.PreDump {
		return nil
	}
	if err := r.Delete(ctx, id, DeleteOptions{}); err != nil {
		logrus.Warnf("delete %s after its checkpoint: %v", id, err)
	}
	return nil
}

func warnRootlessCRIU() {
	if os.Geteuid() != 0 || userns.RunningInUserNS() {
		logrus.Warn("checkpoint and restore are untested with rootless containers")
	}
}

// RestoreOptions belong to Restore.
type RestoreOptions struct {
	CreateOptions
	CRIU CRIUOptions
	// Keep leaves a container that has ended for delete.
	Keep bool
}

// Restore makes a container from a checkpoint's files. Like Run it waits for
// its end unless it is detached.
func (r *Runtime) Restore(ctx context.Context, id string, o RestoreOptions) (status int, retErr error) {
	warnRootlessCRIU()
	opts, err := o.CRIU.libcontainer()
	if err != nil {
		return -1, err
	}
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
	if err := m.restore(opts); err != nil {
		return -1, err
	}
	if o.Detach {
		m.opts.reapDetached(m.process)
		return 0, nil
	}
	m.lock.release()
	status, err = m.session.wait(ctx, m.process)
	if err != nil {
		return -1, err
	}
	finished = true
	return status, m.finish(o.Keep)
}

func (m *making) restore(opts *libcontainer.CriuOpts) error {
	s, err := m.opts.connect(m.process, m.spec.Process.Terminal, m.config)
	if err != nil {
		return err
	}
	m.session = s
	s.starting(m.ctx)
	if err := m.lc.Restore(m.process, opts); err != nil {
		return fmt.Errorf("restore %s: %w", m.id, plainWords(err))
	}
	return s.attach(m.process, m.opts.IO)
}

// libcontainer checks the options and translates them.
func (o CRIUOptions) libcontainer() (*libcontainer.CriuOpts, error) {
	if err := o.checkPaths(); err != nil {
		return nil, err
	}
	server, err := pageServer(o.PageServer)
	if err != nil {
		return nil, err
	}
	// The network is not ours to save: engines set it up anew.
	empty := uint32(unix.CLONE_NEWNET)
	for _, ns := range o.EmptyNamespaces {
		if ns != "network" {
			return nil, fmt.Errorf("empty-ns: namespace %q is not supported", ns)
		}
	}
	return &libcontainer.CriuOpts{
		ImagesDirectory:         o.ImagePath,
		WorkDirectory:           o.WorkPath,
		ParentImage:             o.ParentPath,
		LeaveRunning:            o.LeaveRunning,
		TcpEstablished:          o.TCPEstablished,
		TcpSkipInFlight:         o.TCPSkipInFlight,
		LinkRemap:               o.LinkRemap,
		ExternalUnixConnections: o.ExtUnixSockets,
		ShellJob:                o.ShellJob,
		FileLocks:               o.FileLocks,
		PreDump:                 o.PreDump,
		PageServer:              server,
		EmptyNs:                 empty,
		AutoDedup:               o.AutoDedup,
		LazyPages:               o.LazyPages,
		StatusFd:                o.StatusFD,
		LsmProfile:              o.LSMProfile,
		LsmMountContext:         o.LSMMountContext,
		ManageCgroupsMode:       o.ManageCgroupsMode,
	}, nil
}

// checkPaths makes the image directory and looks at the parent.
func (o CRIUOptions) checkPaths() error {
	if err := os.MkdirAll(o.ImagePath, 0o700); err != nil {
		return fmt.Errorf("image-path: %w", err)
	}
	if o.ParentPath == "" {
		return nil
	}
	if filepath.IsAbs(o.ParentPath) {
		return errors.New("--parent-path must be relative")
	}
	st, err := os.Stat(filepath.Join(o.ImagePath, o.ParentPath))
	if err != nil {
		return fmt.Errorf("invalid --parent-path: %w", err)
	}
	if !st.IsDir() {
		return fmt.Errorf("invalid --parent-path: %s: %w", o.ParentPath, unix.ENOTDIR)
	}
	return nil
}

func pageServer(s string) (libcontainer.CriuPageServerInfo, error) {
	var none libcontainer.CriuPageServerInfo
	if s == "" {
		return none, nil
	}
	host, port, err := net.SplitHostPort(s)
	if err != nil || host == "" {
		return none, fmt.Errorf("page-server: %q is not of the form ADDRESS:PORT", s)
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return none, fmt.Errorf("page-server: invalid port number %q", port)
	}
	return libcontainer.CriuPageServerInfo{Address: host, Port: int32(n)}, nil
}
