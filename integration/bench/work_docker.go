package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// dockerd is a Docker daemon with directories and a socket of its own.
type dockerd struct {
	cmd    *exec.Cmd
	log    string
	gone   chan struct{}
	client string
	*spawner
}

const dockerImage = "bench"

func measureDocker(b *bench, w work) error {
	d, err := b.startDocker()
	if err != nil {
		b.skip(w.name, err.Error())
		return nil
	}
	defer d.stop()
	var cells []*cell
	for _, c := range b.runtimes {
		cells = append(cells, &cell{runtime: c.Name, sample: func() (sample, error) {
			s, err := d.run(d.client, "run", "--rm", "--runtime", dockerName(c), dockerImage, "true")
			// The client's processor time says nothing of the runtime's.
			return sample{value: s.value}, err
		}})
	}
	return b.compare(w, cells)
}

// dockerName is what the daemon calls a runtime.
func dockerName(c *contender) string { return fmt.Sprintf("bench%d", c.index) }

// startDocker starts a daemon that knows all runtimes and an image that has
// the root file system of all the other works.
func (b *bench) startDocker() (*dockerd, error) {
	d := &dockerd{log: filepath.Join(b.disk, "dockerd.log"), gone: make(chan struct{})}
	for _, program := range []string{"dockerd", "docker", "iptables", "tar"} {
		path, err := exec.LookPath(program)
		if err != nil {
			return nil, errors.New("no " + program)
		}
		if program == "docker" {
			d.client = path
		}
	}
	var err error
	if d.spawner, err = newSpawner(filepath.Join(b.fast, "docker-stderr")); err != nil {
		return nil, err
	}
	os.Setenv("DOCKER_HOST", "unix:///run/docker.sock")
	os.Setenv("DOCKER_CONFIG", filepath.Join(b.disk, "docker-client"))
	if err := d.start(b); err != nil {
		return nil, err
	}
	if err := d.load(b.rootfs()); err != nil {
		d.stop()
		return nil, err
	}
	return d, nil
}

func (d *dockerd) start(b *bench) error {
	empty := filepath.Join(b.disk, "daemon.json") // stands in for the host's
	if err := os.WriteFile(empty, []byte("{}"), 0o600); err != nil {
		return err
	}
	log, err := os.Create(d.log)
	if err != nil {
		return err
	}
	defer log.Close()
	argv := []string{"--host", os.Getenv("DOCKER_HOST"), "--config-file", empty,
		"--data-root", filepath.Join(b.disk, "docker"), "--exec-root", "/run/docker-bench",
		"--pidfile", "/run/docker-bench.pid", "--exec-opt", "native.cgroupdriver=cgroupfs",
		"--cgroup-parent", b.parent + "/docker", "--ip6tables=false"}
	for _, c := range b.runtimes {
		argv = append(argv, "--add-runtime", dockerName(c)+"="+c.path)
	}
	d.cmd = exec.Command("dockerd", argv...)
	d.cmd.Stdout, d.cmd.Stderr = log, log
	if err := d.cmd.Start(); err != nil {
		return err
	}
	go func() {
		d.cmd.Wait()
		close(d.gone)
	}()
	return d.await()
}

// await waits until the daemon answers.
func (d *dockerd) await() error {
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		select {
		case <-d.gone:
			said, _ := os.ReadFile(d.log)
			return fmt.Errorf("dockerd ended at once: %s", oneLine(string(said)))
		case <-time.After(50 * time.Millisecond):
		}
		if exec.Command(d.client, "version").Run() == nil {
			return nil
		}
	}
	d.stop()
	return errors.New("dockerd does not answer")
}

// load makes an image of a directory.
func (d *dockerd) load(rootfs string) error {
	tar := exec.Command("tar", "-C", rootfs, "-c", ".")
	load := exec.Command(d.client, "import", "-", dockerImage)
	pipe, err := tar.StdoutPipe()
	if err != nil {
		return err
	}
	load.Stdin = pipe
	if err := tar.Start(); err != nil {
		return err
	}
	out, err := load.CombinedOutput()
	if err != nil {
		err = fmt.Errorf("docker import: %s", oneLine(string(out)))
	}
	return errors.Join(err, tar.Wait())
}

func (d *dockerd) stop() {
	d.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-d.gone:
	case <-time.After(patience):
		d.cmd.Process.Kill()
		<-d.gone
	}
}
