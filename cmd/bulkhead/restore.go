package main

import (
	"github.com/urfave/cli/v2"

	"github.com/bulkhead-oci/bulkhead/runtime/container"
)

func restoreCommand() *cli.Command {
	return &cli.Command{
		Name:      "restore",
		Usage:     "let a container go on from a checkpoint, with CRIU",
		ArgsUsage: "<container-id>",
		Description: `   Makes a container from the bundle, and its processes from the files that
   "bulkhead checkpoint" wrote. It needs criu(8).

EXAMPLE:
   # bulkhead restore -d -b /srv/web --image-path /var/tmp/web1 web1

EXIT STATUS:
   That of the container's process, 128+n for a signal n; 1 on an error.`,
		Flags: append(criuFlags(),
			&cli.StringFlag{Name: "console-socket",
				Usage: "send the master of the process's terminal to the AF_UNIX socket `PATH`"},
			bundleFlag(), detachFlag(), pidFileFlag(), noSubreaperFlag(), noPivotFlag(),
			&cli.StringFlag{Name: "lsm-profile", Usage: "restore with the LSM profile `TYPE:NAME`"},
			&cli.StringFlag{Name: "lsm-mount-context", Usage: "restore mounts with the LSM `CONTEXT`"},
		),
		Before: nArgs(1, 1),
		Action: restore,
	}
}

func restore(c *cli.Context) error {
	rt, err := runtimeOf(c)
	if err != nil {
		return err
	}
	criu, err := criuOptions(c)
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
	return exitWith(rt.Restore(ctx, c.Args().First(), container.RestoreOptions{
		CreateOptions: o, CRIU: criu,
	}))
}
