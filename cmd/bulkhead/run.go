package main

import (
	"os"

	"github.com/sirupsen/logrus"
	"github.com/urfave/cli/v2"
	"golang.org/x/term"

	"github.com/bulkhead-oci/bulkhead/runtime/container"
)

func runCommand() *cli.Command {
	return &cli.Command{
		Name:      "run",
		Usage:     "make a container, start it and wait for its end",
		ArgsUsage: "<container-id>",
		Description: `   Create, start, wait and delete in one. The container's standard streams are
   the caller's; with "terminal": true in config.json it gets a terminal of its
   own. Signals are passed on.

EXAMPLE:
   # bulkhead run -b /srv/web web1

EXIT STATUS:
   That of the container's process, 128+n for a signal n; 1 on an error.`,
		Flags: append([]cli.Flag{
			bundleFlag(), detachFlag(), keepFlag(), noSubreaperFlag(),
			noPivotFlag(), noNewKeyringFlag(),
		}, consoleFlags("container's")...),
		Before: nArgs(1, 1),
		Action: run,
	}
}

func run(c *cli.Context) error {
	rt, err := runtimeOf(c)
	if err != nil {
		return err
	}
	o, err := createOptions(c)
	if err != nil {
		return err
	}
	reapUnlessRefused(c, &o.IO)
	ctx, stop, err := takeSignals(c.Context, &o.IO)
	if err != nil {
		return err
	}
	defer stop()
	if logsToStderr() && !o.Detach && !term.IsTerminal(int(os.Stderr.Fd())) {
		// Standard error is the program's, and a script may be reading it.
		o.Advise = container.AdviceDebugged
	}
	return exitWith(rt.Run(ctx, c.Args().First(), container.RunOptions{
		CreateOptions: o, Keep: c.Bool("keep"),
	}))
}

func reapUnlessRefused(c *cli.Context, o *container.IO) {
	if o.Detach || c.Bool("no-subreaper") {
		return // a detached process is our parent's to reap
	}
	if err := becomeSubreaper(); err != nil {
		logrus.Warn(err)
		return
	}
	o.Reap = true
}

func keepFlag() cli.Flag {
	return &cli.BoolFlag{Name: "keep", Usage: "keep the container after its end, for delete"}
}

func noSubreaperFlag() cli.Flag {
	return &cli.BoolFlag{Name: "no-subreaper",
		Usage: "do not reap the container's orphans"}
}
