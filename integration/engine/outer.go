package engine

import (
	"errors"
	"flag"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const scratchPrefix = "bulkhead-test-"

// runOuter starts init in new namespaces, waits for it and cleans up.
func runOuter() (int, error) {
	sweep()
	scratch, err := os.MkdirTemp("", scratchPrefix)
	if err != nil {
		return 1, err
	}
	lock, err := lockScratch(scratch)
	if err != nil {
		return 1, err
	}
	defer lock.Close()
	defer removeScratch(scratch)
	return runStage("init", scratch, unix.CLONE_NEWPID|unix.CLONE_NEWNS|
		unix.CLONE_NEWNET|unix.CLONE_NEWIPC|unix.CLONE_NEWUTS)
}

// runStage runs this binary again as the given stage and returns its code.
func runStage(stage, scratch string, flags uintptr) (int, error) {
	// The parent death signal follows the thread that forked.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	cmd := stageCmd(stage, scratch)
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: flags, Pdeathsig: syscall.SIGKILL}
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt, syscall.SIGTERM, syscall.SIGQUIT, syscall.SIGHUP)
	defer signal.Stop(stop)
	if err := cmd.Start(); err != nil {
		return 1, err
	}
	go func() {
		<-stop
		cmd.Process.Kill()
	}()
	var exit *exec.ExitError
	if err := cmd.Wait(); err != nil && !errors.As(err, &exit) {
		return 1, err
	}
	if code := cmd.ProcessState.ExitCode(); code >= 0 {
		return code, nil
	}
	return 1, nil
}

func stageCmd(stage, scratch string) *exec.Cmd {
	cmd := exec.Command("/proc/self/exe", os.Args[1:]...)
	cmd.Args[0] = os.Args[0]
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Env = append(os.Environ(), stageEnv+"="+stage, scratchEnv+"="+scratch,
		"TMPDIR="+filepath.Join(scratch, "tmp"))
	return cmd
}

// lockScratch marks a new scratch directory as in use for as long as the file
// that it returns is open. The lock has its name only once it is held, so that
// nobody's sweep finds it free.
func lockScratch(dir string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, "lock.new"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX); err != nil {
		f.Close()
		return nil, err
	}
	return f, os.Rename(f.Name(), lockPath(dir))
}

func lockPath(dir string) string { return filepath.Join(dir, "lock") }

// sweep removes what earlier runs left whose outer was killed.
func sweep() {
	dirs, _ := filepath.Glob(filepath.Join(os.TempDir(), scratchPrefix+"*"))
	for _, dir := range dirs {
		f, err := os.Open(lockPath(dir))
		if err != nil {
			continue
		}
		if unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB) == nil {
			removeScratch(dir)
		}
		f.Close()
	}
}

// removeScratch removes a run's cgroups and its directory. The processes in
// the cgroups are dead already but may not have been collected by the kernel.
func removeScratch(dir string) {
	for range 50 {
		if removeCgroups(filepath.Base(dir)) == nil {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	if os.Getenv("BULKHEAD_TEST_KEEP") == "" {
		os.RemoveAll(dir)
	}
}

// allowParallel raises the number of tests that run side by side: they wait
// for containers more than they compute.
func allowParallel() {
	flag.Parse()
	set := false
	flag.Visit(func(f *flag.Flag) { set = set || f.Name == "test.parallel" })
	if !set {
		flag.Set("test.parallel", "6")
	}
}
