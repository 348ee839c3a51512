package main

import (
	"encoding/json"
	"errors"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/bulkhead-oci/bulkhead/runtime/container"
)

func eventsCommand() *cli.Command {
	return &cli.Command{
		Name:      "events",
		Usage:     "print a container's resource use and out-of-memory events",
		ArgsUsage: "<container-id>",
		Description: `   Prints a line of JSON with what the cgroup has used at each interval, and one
   for every time the kernel kills for want of memory, until the container ends.

EXAMPLE:
   # bulkhead events --stats web1 | jq .data.memory.usage.usage

EXIT STATUS:
   0 when the container has ended or with --stats, 1 on an error.`,
		Flags: []cli.Flag{
			&cli.DurationFlag{Name: "interval", Value: 5 * time.Second,
				Usage: "`TIME` between two lines, as 500ms or 5s"},
			&cli.BoolFlag{Name: "stats", Usage: "print the present numbers once"},
		},
		Before: nArgs(1, 1),
		Action: events,
	}
}

func events(c *cli.Context) error {
	rt, err := runtimeOf(c)
	if err != nil {
		return err
	}
	interval := c.Duration("interval")
	if interval <= 0 {
		return errors.New("duration interval must be greater than 0")
	}
	id := c.Args().First()
	enc := json.NewEncoder(c.App.Writer)
	if c.Bool("stats") {
		e, err := rt.Stats(c.Context, id)
		if err != nil {
			return err
		}
		return enc.Encode(e)
	}
	ctx, stop, err := untilSignalled(c.Context)
	if err != nil {
		return err
	}
	defer stop()
	return rt.Events(ctx, id, container.EventsOptions{
		Interval: interval,
		Emit:     func(e *container.Event) error { return enc.Encode(e) },
	})
}
