package main

import (
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// The program runs itself twice more:
//
//	outer   what was started: makes the scratch directory, starts init in new
//	        namespaces, cleans up, prints
//	init    pid 1 of them: mounts, collects orphans as a host's init does
//	inner   measures, writes its figures into the scratch directory
//
// What a runtime leaves behind dies with the namespaces, even when outer is
// killed; cgroups and the scratch directory are removed by outer, or by the
// outer of the next run.
const (
	stageEnv   = "BULKHEAD_BENCH_STAGE"
	scratchEnv = "BULKHEAD_BENCH_SCRATCH"

	scratchPrefix = "bulkhead-bench-"
)

func runStage(o *options) error {
	switch os.Getenv(stageEnv) {
	case "init":
		return runInit(o)
	case "inner":
		return measureAll(o)
	}
	if o.from != "" {
		r, err := readReport(o.from)
		if err != nil {
			return err
		}
		return r.publish(o)
	}
	return runOuter(o)
}

func runOuter(o *options) (retErr error) {
	if os.Geteuid() != 0 {
		return errors.New("needs root")
	}
	sweep()
	scratch, err := os.MkdirTemp("", scratchPrefix)
	if err != nil {
		return err
	}
	defer removeScratch(scratch)
	lock, err := os.Open(scratch)
	if err != nil {
		return err
	}
	defer lock.Close()
	if err := unix.Flock(int(lock.Fd()), unix.LOCK_EX); err != nil {
		return os.NewSyscallError("flock", err)
	}
	// Containers reach their root file system as other users, too.
	if err := os.Chmod(scratch, 0o755); err != nil {
		return err
	}
	if err := startInit(scratch); err != nil {
		return err
	}
	r, err := readReport(filepath.Join(scratch, reportFile))
	if err != nil {
		return err
	}
	return r.publish(o)
}

// sweep removes what earlier runs left whose outer was killed: their scratch
// directories are locked no more.
func sweep() {
	dirs, _ := filepath.Glob(filepath.Join(os.TempDir(), scratchPrefix+"*"))
	for _, dir := range dirs {
		f, err := os.Open(dir)
		if err != nil {
			continue
		}
		// A run that has yet to lock its directory has nothing in it.
		entries, _ := f.ReadDir(1)
		if len(entries) > 0 && unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB) == nil {
			removeScratch(dir)
		}
		f.Close()
	}
}

func removeScratch(dir string) {
	removeCgroups(filepath.Base(dir))
	os.RemoveAll(dir)
}

func startInit(scratch string) error {
	// The parent death signal follows the thread that forked.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	cmd := stageCmd("init", scratch)
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: unix.CLONE_NEWPID | unix.CLONE_NEWNS | unix.CLONE_NEWNET |
			unix.CLONE_NEWIPC | unix.CLONE_NEWUTS,
		Pdeathsig: unix.SIGKILL,
		Setpgid:   true, // a terminal's ^C reaches outer alone
	}
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, unix.SIGINT, unix.SIGTERM, unix.SIGHUP, unix.SIGQUIT)
	defer signal.Stop(stop)
	if err := cmd.Start(); err != nil {
		return err
	}
	done := make(chan struct{})
	defer close(done)
	go func() {
		select {
		case <-stop:
			cmd.Process.Kill()
		case <-done:
		}
	}()
	err := cmd.Wait()
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit) && exit.ExitCode() < 0:
		return errors.New("interrupted")
	case errors.As(err, &exit):
		return exitStatus(exit.ExitCode())
	}
	return err
}

func stageCmd(stage, scratch string) *exec.Cmd {
	cmd := exec.Command("/proc/self/exe", os.Args[1:]...)
	cmd.Args[0] = os.Args[0]
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Env = append(os.Environ(), stageEnv+"="+stage, scratchEnv+"="+scratch, "TMPDIR="+scratch)
	return cmd
}

// runInit is pid 1: whoever collects a container's init decides how long a
// runtime waits for its end, so it does nothing else.
func runInit(o *options) error {
	if err := mountOwn(o); err != nil {
		return err
	}
	cmd := stageCmd("inner", os.Getenv(scratchEnv))
	if err := cmd.Start(); err != nil {
		return err
	}
	for {
		var status unix.WaitStatus
		pid, err := unix.Wait4(-1, &status, 0, nil)
		switch {
		case errors.Is(err, unix.EINTR), err == nil && pid != cmd.Process.Pid:
			continue
		case err != nil:
			return os.NewSyscallError("wait4", err)
		case status.Signaled():
			return exitStatus(128 + int(status.Signal()))
		case status.ExitStatus() != 0:
			return exitStatus(status.ExitStatus())
		}
		return nil
	}
}
