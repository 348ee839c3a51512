package main

import (
	"github.com/urfave/cli/v2"

	"github.com/bulkhead-oci/bulkhead/runtime/container"
)

func deleteCommand() *cli.Command {
	return &cli.Command{
		Name:      "delete",
		Usage:     "remove a container and all that belongs to it",
		ArgsUsage: "<container-id>",
		Description: `   Removes a container that has stopped or was never started: its cgroup and
   state. Then its poststop hooks run; one that fails is a warning.

EXAMPLE:
   # bulkhead delete --force web1

EXIT STATUS:
   0 when the container is gone, 1 on an error. With --force it is no error
   that there is no such container.`,
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "force", Aliases: []string{"f"},
				Usage: "kill the container if it runs, and clean up one that is half made"},
		},
		Before: nArgs(1, 1),
		Action: remove,
	}
}

func remove(c *cli.Context) error {
	rt, err := runtimeOf(c)
	if err != nil {
		return err
	}
	return rt.Delete(c.Context, c.Args().First(),
		container.DeleteOptions{Force: c.Bool("force")})
}
