package main

import "github.com/urfave/cli/v2"

func pauseCommand() *cli.Command {
	return &cli.Command{
		Name:      "pause",
		Usage:     "freeze all processes of a container",
		ArgsUsage: "<container-id>",
		Description: `   Stops the container's processes where they are, through the cgroup freezer.
   They notice nothing; resume lets them run on.

EXAMPLE:
   # bulkhead pause web1

EXIT STATUS:
   0 when the container is paused, 1 on an error.`,
		Before: nArgs(1, 1),
		Action: pause,
	}
}

func pause(c *cli.Context) error {
	rt, err := runtimeOf(c)
	if err != nil {
		return err
	}
	return rt.Pause(c.Context, c.Args().First())
}
