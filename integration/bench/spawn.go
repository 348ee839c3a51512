package main

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"time"
)

// patience is how long a command may take before it is killed.
const patience = 30 * time.Second

// sample is one measurement: milliseconds or KiB, and the processor time in
// milliseconds that the command and all it waited for took.
type sample struct{ value, cpu float64 }

func (s sample) plus(t sample) sample { return sample{s.value + t.value, s.cpu + t.cpu} }

// A spawner starts commands the short way, fork, exec and wait4, with no
// goroutine or pipe between the clock and the process.
type spawner struct {
	null, errors *os.File
}

func newSpawner(errorPath string) (*spawner, error) {
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	flags := os.O_CREATE | os.O_TRUNC | os.O_RDWR | os.O_APPEND
	stderr, err := os.OpenFile(errorPath, flags, 0o600)
	if err != nil {
		null.Close()
		return nil, err
	}
	return &spawner{null, stderr}, nil
}

// start starts a command with /dev/null for input and output.
func (s *spawner) start(argv []string) (int, error) {
	null := s.null.Fd()
	pid, err := syscall.ForkExec(argv[0], argv, &syscall.ProcAttr{
		Env:   os.Environ(),
		Files: []uintptr{null, null, s.errors.Fd()},
	})
	if err != nil {
		return 0, fmt.Errorf("start %s: %w", argv[0], err)
	}
	return pid, nil
}

// wait collects a command and returns what processor time it took.
func (s *spawner) wait(pid int) (cpu float64, err error) {
	timer := time.AfterFunc(patience, func() { syscall.Kill(pid, syscall.SIGKILL) })
	defer timer.Stop()
	var status syscall.WaitStatus
	var usage syscall.Rusage
	for {
		_, err = syscall.Wait4(pid, &status, 0, &usage)
		if !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	cpu = milliseconds(time.Duration(usage.Utime.Nano() + usage.Stime.Nano()))
	switch {
	case err != nil:
		return cpu, os.NewSyscallError("wait4", err)
	case status.Signaled():
		return cpu, s.failure(status.Signal().String())
	case status.ExitStatus() != 0:
		return cpu, s.failure(fmt.Sprintf("exit status %d", status.ExitStatus()))
	}
	return cpu, nil
}

// run measures one command from fork to wait.
func (s *spawner) run(argv ...string) (sample, error) {
	begin := time.Now()
	pid, err := s.start(argv)
	if err != nil {
		return sample{}, err
	}
	cpu, err := s.wait(pid)
	return sample{milliseconds(time.Since(begin)), cpu}, err
}

// failure makes an error of what the command said, and forgets it.
func (s *spawner) failure(how string) error {
	said, _ := os.ReadFile(s.errors.Name())
	s.errors.Truncate(0)
	if text := oneLine(string(said)); text != "" {
		return fmt.Errorf("%s: %s", how, text)
	}
	return errors.New(how)
}

// oneLine fits the end of a text into a table.
func oneLine(text string) string {
	const most = 240
	words := []rune(strings.Join(strings.Fields(text), " "))
	return string(words[max(0, len(words)-most):])
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
