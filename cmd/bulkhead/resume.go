package main

import "github.com/urfave/cli/v2"

func resumeCommand() *cli.Command {
	return &cli.Command{
		Name:      "resume",
		Usage:     "let a paused container run on",
		ArgsUsage: "<container-id>",
		Description: `   Thaws all processes of a container that was paused.

EXAMPLE:
   # bulkhead resume web1

EXIT STATUS:
   0 when the container runs, 1 on an error.`,
		Before: nArgs(1, 1),
		Action: resume,
	}
}

func resume(c *cli.Context) error {
	rt, err := runtimeOf(c)
	if err != nil {
		return err
	}
	return rt.Resume(c.Context, c.Args().First())
}
