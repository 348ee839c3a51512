//go:build linux

// Command loader loads the filter of a profile into the kernel the way
// libcontainer does, for a tracer to read it back. The profile, in the terms
// of the runtime specification, comes on standard input. It is built twice:
// with the compiler under test and, through ../libseccomp.mod, with the C
// library.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime"

	"github.com/opencontainers/runc/libcontainer/seccomp"
	"github.com/opencontainers/runc/libcontainer/specconv"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

func init() {
	// the tracer has the first thread, and the filter goes into this one
	runtime.LockOSThread()
}

func main() {
	if err := load(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func load() error {
	var profile specs.LinuxSeccomp
	if err := json.NewDecoder(os.Stdin).Decode(&profile); err != nil {
		return fmt.Errorf("read profile: %w", err)
	}
	config, err := specconv.SetupSeccomp(&profile)
	if err != nil {
		return err
	}
	// from here on the tracer looks at every system call of this thread
	if err := unix.Tgkill(os.Getpid(), unix.Gettid(), unix.SIGSTOP); err != nil {
		return fmt.Errorf("stop: %w", err)
	}
	_, err = seccomp.InitSeccomp(config)
	return err
}
