package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"
	"golang.org/x/sys/unix"

	"github.com/bulkhead-oci/bulkhead/runtime/container"
	"github.com/bulkhead-oci/bulkhead/runtime/terminal"
	"github.com/bulkhead-oci/bulkhead/runtime/terminal/catch"
)

// ioFlags are the flags of create, run, restore and exec that say how the
// process is connected.
func consoleFlags(what string) []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "console-socket",
			Usage: "send the master of the process's terminal to the AF_UNIX socket `PATH`"},
		&cli.StringFlag{Name: "pidfd-socket",
			Usage: "send a pidfd of the " + what + " process to the AF_UNIX socket `PATH`"},
		pidFileFlag(),
		&cli.IntFlag{Name: "preserve-fds",
			Usage: "pass `N` more descriptors on (stdio + $LISTEN_FDS + N in total)"},
	}
}

func pidFileFlag() cli.Flag {
	return &cli.StringFlag{Name: "pid-file", Usage: "write the process's pid to `FILE`"}
}

func detachFlag() cli.Flag {
	return &cli.BoolFlag{Name: "detach", Aliases: []string{"d"},
		Usage: "return as soon as the process runs"}
}

func bundleFlag() cli.Flag {
	return &cli.StringFlag{Name: "bundle", Aliases: []string{"b"},
		Usage: "`DIR` of the bundle (default: the current directory)"}
}

// ioOf reads the flags. The descriptors handed down by the caller are looked
// up before anything else is opened under their numbers.
func ioOf(c *cli.Context) (container.IO, error) {
	pidFile, err := absolute(c.String("pid-file"))
	if err != nil {
		return container.IO{}, err
	}
	listen := listenFDs()
	extra, err := preservedFDs(3+len(listen), c.Int("preserve-fds"))
	if err != nil {
		return container.IO{}, err
	}
	o := container.IO{
		Streams:       terminal.Streams{Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr},
		Detach:        c.Bool("detach"),
		ConsoleSocket: c.String("console-socket"),
		PidfdSocket:   c.String("pidfd-socket"),
		PidFile:       pidFile,
		ExtraFiles:    append(listen, extra...),
		ListenFDs:     len(listen),
	}
	return o, nil
}

// attachSignals has all signals forwarded to an attached process.
func attachSignals(o *container.IO) error {
	if o.Detach {
		return nil
	}
	c, err := catch.Signals(catch.Forwardable()...)
	if err != nil {
		return err
	}
	o.Signals = c.C
	return nil
}

func absolute(path string) (string, error) {
	if path == "" {
		return "", nil
	}
	return filepath.Abs(path)
}

// listenFDs returns the sockets of socket activation: sd_listen_fds(3).
func listenFDs() []*os.File {
	pid, err := strconv.Atoi(os.Getenv("LISTEN_PID"))
	if err != nil || pid != os.Getpid() {
		return nil
	}
	n, err := strconv.Atoi(os.Getenv("LISTEN_FDS"))
	if err != nil || n <= 0 {
		return nil
	}
	names := strings.Split(os.Getenv("LISTEN_FDNAMES"), ":")
	var files []*os.File
	for i := range n {
		name := "LISTEN_FD_" + strconv.Itoa(3+i)
		if i < len(names) && names[i] != "" {
			name = names[i]
		}
		unix.CloseOnExec(3 + i)
		files = append(files, os.NewFile(uintptr(3+i), name))
	}
	return files
}

// preservedFDs returns n inherited descriptors from number first on. One that
// is close-on-exec cannot have been inherited: it is a file of our own that
// happens to have the number, and none of the container's business.
func preservedFDs(first, n int) ([]*os.File, error) {
	var files []*os.File
	for fd := first; fd < first+n; fd++ {
		flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
		if err != nil || flags&unix.FD_CLOEXEC != 0 {
			return nil, fmt.Errorf("--preserve-fds: descriptor %d (%d of %d) was not passed to us",
				fd, fd-first+1, n)
		}
		files = append(files, os.NewFile(uintptr(fd), "PreserveFD:"+strconv.Itoa(fd)))
	}
	return files, nil
}

// becomeSubreaper makes us the parent of the container's orphans, so that
// those of a container without a pid namespace of its own are reaped.
func becomeSubreaper() error {
	err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
	return os.NewSyscallError("prctl(PR_SET_CHILD_SUBREAPER)", err)
}
