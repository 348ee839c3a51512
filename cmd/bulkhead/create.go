package main

import (
	"os"

	"github.com/urfave/cli/v2"

	"github.com/bulkhead-oci/bulkhead/runtime/container"
)

func createCommand() *cli.Command {
	return &cli.Command{
		Name:      "create",
		Usage:     "make a container that waits to be started",
		ArgsUsage: "<container-id>",
		Description: `   Makes the container that the bundle's config.json describes: namespaces,
   mounts, cgroup and the process, which waits for "bulkhead start". The ID is
   any unique name of letters, digits and _ + - .

EXAMPLE:
   # bulkhead create -b /srv/web web1 && bulkhead start web1

EXIT STATUS:
   0 when the container waits, 1 on an error; then nothing is left of it.`,
		Flags: append([]cli.Flag{
			bundleFlag(), noPivotFlag(), noNewKeyringFlag(),
		}, consoleFlags("container's")...),
		Before: nArgs(1, 1),
		Action: create,
	}
}

func create(c *cli.Context) error {
	rt, err := runtimeOf(c)
	if err != nil {
		return err
	}
	o, err := createOptions(c)
	if err != nil {
		return err
	}
	ctx, stop, err := untilSignalled(c.Context)
	if err != nil {
		return err
	}
	defer stop()
	_, err = rt.Create(ctx, c.Args().First(), o)
	return err
}

func createOptions(c *cli.Context) (container.CreateOptions, error) {
	io, err := ioOf(c)
	if err != nil {
		return container.CreateOptions{}, err
	}
	return container.CreateOptions{
		IO:           io,
		Bundle:       c.String("bundle"),
		NoPivot:      c.Bool("no-pivot"),
		NoNewKeyring: c.Bool("no-new-keyring"),
		NotifySocket: os.Getenv("NOTIFY_SOCKET"),
	}, nil
}

func noPivotFlag() cli.Flag {
	return &cli.BoolFlag{Name: "no-pivot",
		Usage: "change the root by MS_MOVE and chroot: for a root file system on a ramdisk"}
}

func noNewKeyringFlag() cli.Flag {
	return &cli.BoolFlag{Name: "no-new-keyring",
		Usage: "leave the caller's session keyring to the container"}
}
