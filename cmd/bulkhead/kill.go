package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"
	"golang.org/x/sys/unix"

	"github.com/bulkhead-oci/bulkhead/runtime/container"
)

func killCommand() *cli.Command {
	return &cli.Command{
		Name:      "kill",
		Usage:     "send a signal to the container's first process",
		ArgsUsage: "<container-id> [signal]",
		Description: `   The signal is a name, with or without SIG, or a number; SIGTERM by default.
   KILL reaches all processes of the container. It returns at once.

EXAMPLE:
   # bulkhead kill web1 KILL

EXIT STATUS:
   0 when the signal was sent, 1 on an error ("container not running").`,
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "all", Aliases: []string{"a"}, Hidden: true,
				Usage: "(obsolete: KILL reaches all processes anyway)"},
		},
		Before: nArgs(1, 2),
		Action: kill,
	}
}

func kill(c *cli.Context) error {
	rt, err := runtimeOf(c)
	if err != nil {
		return err
	}
	sig, err := parseSignal(c.Args().Get(1))
	if err != nil {
		return err
	}
	return rt.Kill(c.Context, c.Args().First(),
		container.KillOptions{Signal: sig, All: c.Bool("all")})
}

// maxSignal is the kernel's _NSIG on all architectures but MIPS.
const maxSignal = 64

func parseSignal(s string) (unix.Signal, error) {
	if s == "" {
		return unix.SIGTERM, nil
	}
	if n, err := strconv.Atoi(s); err == nil {
		if n < 0 || n > maxSignal {
			return 0, fmt.Errorf("unknown signal %q: not in 0 to %d", s, maxSignal)
		}
		return unix.Signal(n), nil
	}
	name := strings.ToUpper(s)
	if !strings.HasPrefix(name, "SIG") {
		name = "SIG" + name
	}
	if sig := unix.SignalNum(name); sig != 0 {
		return sig, nil
	}
	return realTimeSignal(s, name)
}

// realTimeSignal knows RTMIN, RTMIN+n, RTMAX and RTMAX-n as libc counts them:
// it keeps 32 and 33 to itself.
func realTimeSignal(given, name string) (unix.Signal, error) {
	const rtmin, rtmax = 34, maxSignal
	unknown := fmt.Errorf("unknown signal %q", given)
	base, offset := rtmin, ""
	switch {
	case strings.HasPrefix(name, "SIGRTMIN"):
		offset = strings.TrimPrefix(name, "SIGRTMIN")
	case strings.HasPrefix(name, "SIGRTMAX"):
		base, offset = rtmax, strings.TrimPrefix(name, "SIGRTMAX")
	default:
		return 0, unknown
	}
	if offset == "" {
		return unix.Signal(base), nil
	}
	n, err := strconv.Atoi(offset)
	signed := offset[0] == '+' || offset[0] == '-'
	if err != nil || !signed || base+n < rtmin || base+n > rtmax {
		return 0, unknown
	}
	return unix.Signal(base + n), nil
}
