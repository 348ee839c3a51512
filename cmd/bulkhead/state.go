package main

import (
	"encoding/json"

	"github.com/urfave/cli/v2"
)

func stateCommand() *cli.Command {
	return &cli.Command{
		Name:      "state",
		Usage:     "print the state of a container as JSON",
		ArgsUsage: "<container-id>",
		Description: `   Prints the state that the OCI runtime specification defines, with the root
   file system and the time of creation: status is creating, created, running,
   paused or stopped.

EXAMPLE:
   # bulkhead state web1 | jq -r .status

EXIT STATUS:
   0, or 1 when there is no such container.`,
		Before: nArgs(1, 1),
		Action: state,
	}
}

func state(c *cli.Context) error {
	rt, err := runtimeOf(c)
	if err != nil {
		return err
	}
	s, err := rt.State(c.Context, c.Args().First())
	if err != nil {
		return err
	}
	data, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	_, err = c.App.Writer.Write(data)
	return err
}
