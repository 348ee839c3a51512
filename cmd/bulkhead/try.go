package main

import (
	"fmt"
	"os"

	"github.com/urfave/cli/v2"
	"golang.org/x/sys/unix"

	"github.com/bulkhead-oci/bulkhead/runtime/terminal"
	"github.com/bulkhead-oci/bulkhead/runtime/try"
)

func tryCommand() *cli.Command {
	return &cli.Command{
		Name:      "try",
		Usage:     "run a command in new namespaces over a throw-away view of the host",
		ArgsUsage: "[-- command [arguments]]",
		Description: `   No image and no network are needed: the command finds the host's own root
   file system, copied on write to a tmpfs, and all namespaces new. Root inside
   is an unused user outside. What is private or dangerous is empty inside: /run,
   /tmp, /root, /home, /etc/shadow, /etc/ssh, engines' data, and others. Nothing
   is left when the command ends.

   Without a command it is a shell on a terminal, and a report of what is
   isolated without one. What the kernel or the caller lacks for any of this is
   said in the first line, on standard error.

   The command is process 1 of its namespace, which the keyboard's interrupt does
   not end unless it handles it. A SIGTERM or SIGINT sent to bulkhead does.

EXAMPLE:
   # bulkhead try -- sh -c 'rm -rf /etc /usr; echo still here'
   # bulkhead try --bind .:/work:rw --workdir /work -- make

EXIT STATUS:
   That of the command, 128+n for a signal n; 1 on an error.`,
		Flags:  tryFlags(),
		Action: tryRun,
	}
}

func tryFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringSliceFlag{Name: "bind", Aliases: []string{"b"},
			Usage: "show `SRC[:DST][:ro|rw]` of the host (repeatable; default: ro)"},
		&cli.StringSliceFlag{Name: "env", Aliases: []string{"e"},
			Usage: "set `NAME[=VALUE]`; without a value the caller's (repeatable)"},
		&cli.StringFlag{Name: "hostname", Value: "try", Usage: "`NAME` of the host inside"},
		&cli.StringFlag{Name: "size", Value: "25%",
			Usage: "`LIMIT` of what changes: bytes (k, m, g), or a percentage of the memory"},
		&cli.StringFlag{Name: "workdir", Aliases: []string{"w"}, Value: "/",
			Usage: "working `DIR` inside"},
		&cli.BoolFlag{Name: "quiet", Aliases: []string{"q"},
			Usage: "say only what is missing"},
	}
}

func tryRun(c *cli.Context) error {
	o, err := tryOptions(c)
	if err != nil {
		return err
	}
	status, inside, err := try.Isolate(os.Args)
	if err != nil || !inside {
		return exitWith(status, err)
	}
	if err := attachSignals(&o.IO); err != nil {
		return err
	}
	return exitWith(try.Run(c.Context, o))
}

func tryOptions(c *cli.Context) (try.Options, error) {
	rt, err := runtimeOf(c)
	if err != nil {
		return try.Options{}, err
	}
	o := try.Options{
		Runtime:  rt,
		Args:     c.Args().Slice(),
		Shell:    os.Getenv("SHELL"),
		Terminal: isTerminal(os.Stdin) && isTerminal(os.Stdout),
		Hostname: c.String("hostname"),
		Cwd:      c.String("workdir"),
		Env:      c.StringSlice("env"),
		Size:     c.String("size"),
		Quiet:    c.Bool("quiet"),
	}
	o.Streams = terminal.Streams{Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr}
	for _, arg := range c.StringSlice("bind") {
		b, err := try.ParseBind(arg)
		if err != nil {
			return o, fmt.Errorf("--bind: %w", err)
		}
		o.Binds = append(o.Binds, b)
	}
	return o, o.Check()
}

func isTerminal(f *os.File) bool {
	_, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	return err == nil
}
