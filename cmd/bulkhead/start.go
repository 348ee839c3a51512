package main

import (
	"os"

	"github.com/urfave/cli/v2"

	"github.com/bulkhead-oci/bulkhead/runtime/container"
)

func startCommand() *cli.Command {
	return &cli.Command{
		Name:      "start",
		Usage:     "start the process of a created container",
		ArgsUsage: "<container-id>",
		Description: `   Lets the process that "bulkhead create" has prepared run the program of
   config.json. With $NOTIFY_SOCKET it returns when the container is ready.

EXAMPLE:
   # bulkhead start web1

EXIT STATUS:
   0 when the program was started, 1 on an error.`,
		Before: nArgs(1, 1),
		Action: start,
	}
}

func start(c *cli.Context) error {
	rt, err := runtimeOf(c)
	if err != nil {
		return err
	}
	return rt.Start(c.Context, c.Args().First(),
		container.StartOptions{NotifySocket: os.Getenv("NOTIFY_SOCKET")})
}
