package engine

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// A Daemon is a server process of a test.
type Daemon struct {
	Name string
	// Data is its directory on disk, Run the one for sockets.
	Data, Run string
	argv      []string
	ready     func() bool
	cmd       *exec.Cmd
	// namespaces are flags of clone(2) for namespaces of the daemon's own.
	namespaces uintptr
	gone       chan struct{}
}

// newDaemon makes the directories of a daemon that is yet to start.
func newDaemon(name string) (*Daemon, error) {
	d := &Daemon{Name: name, Data: filepath.Join(Scratch(), name), Run: "/run/" + name}
	for _, dir := range []string{d.Data, d.Run} {
		if err := os.MkdirAll(dir, 0o711); err != nil {
			return nil, err
		}
	}
	AtEnd(d.Stop)
	return d, nil
}

// LogPath is the file that holds what the daemon prints.
func (d *Daemon) LogPath() string { return filepath.Join(Scratch(), d.Name+".log") }

// Start starts the daemon and waits until it answers.
func (d *Daemon) Start() error {
	log, err := os.OpenFile(d.LogPath(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	d.cmd = exec.Command(d.argv[0], d.argv[1:]...)
	d.cmd.Stdout, d.cmd.Stderr = log, log
	d.cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: d.namespaces}
	if err := d.cmd.Start(); err != nil {
		return err
	}
	d.gone = make(chan struct{})
	go func(cmd *exec.Cmd, gone chan struct{}) {
		cmd.Wait()
		close(gone)
	}(d.cmd, d.gone)
	return d.await()
}

func (d *Daemon) await() error {
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		select {
		case <-d.gone:
			return fmt.Errorf("%s ended at once:\n%s", d.Name, d.Log())
		case <-time.After(100 * time.Millisecond):
		}
		if d.ready() {
			return nil
		}
	}
	d.Stop()
	return fmt.Errorf("%s does not answer:\n%s", d.Name, d.Log())
}

// Stop ends the daemon with SIGTERM, and with SIGKILL when that is not enough.
func (d *Daemon) Stop() {
	if d.gone == nil {
		return
	}
	d.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-d.gone:
	case <-time.After(20 * time.Second):
		d.cmd.Process.Kill()
		<-d.gone
	}
	d.gone = nil
}

// Pid is the daemon's process.
func (d *Daemon) Pid() int { return d.cmd.Process.Pid }

// Log returns the end of what the daemon printed.
func (d *Daemon) Log() string {
	data, err := os.ReadFile(d.LogPath())
	if err != nil {
		return err.Error()
	}
	return string(data[max(0, len(data)-4000):])
}
