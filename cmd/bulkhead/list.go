package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"text/tabwriter"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/bulkhead-oci/bulkhead/runtime/container"
)

func listCommand() *cli.Command {
	return &cli.Command{
		Name:      "list",
		Usage:     "list the containers under the root",
		ArgsUsage: "",
		Description: `   Lists the containers whose state is under the global option --root.

EXAMPLE:
   # bulkhead list
   # bulkhead --root /run/docker/runtime-runc/moby list --quiet

EXIT STATUS:
   0, or 1 on an error.`,
		Flags: []cli.Flag{
			formatFlag(),
			&cli.BoolFlag{Name: "quiet", Aliases: []string{"q"}, Usage: "print the IDs only"},
		},
		Before: nArgs(0, 0),
		Action: list,
	}
}

func formatFlag() cli.Flag {
	return &cli.StringFlag{Name: "format", Aliases: []string{"f"}, Value: "table",
		Usage: "`FORMAT` of the output: table or json"}
}

var errFormat = errors.New("invalid format option: table and json are known")

func list(c *cli.Context) error {
	rt, err := runtimeOf(c)
	if err != nil {
		return err
	}
	states, err := rt.List(c.Context)
	if errors.Is(err, fs.ErrNotExist) && !c.IsSet("root") {
		err = nil // nothing was ever made here
	}
	if err != nil {
		return fmt.Errorf("list: %w", err)
	}
	w := c.App.Writer
	switch format := c.String("format"); {
	case c.Bool("quiet"):
		for _, s := range states {
			fmt.Fprintln(w, s.ID)
		}
		return nil
	case format == "table":
		return printTable(w, states)
	case format == "json":
		return json.NewEncoder(w).Encode(states)
	}
	return errFormat
}

func printTable(out io.Writer, states []container.State) error {
	w := tabwriter.NewWriter(out, 12, 1, 3, ' ', 0)
	fmt.Fprint(w, "ID\tPID\tSTATUS\tBUNDLE\tCREATED\tOWNER\n")
	for _, s := range states {
		fmt.Fprintf(w, "%s\t%d\t%s\t%s\t%s\t%s\n",
			s.ID, s.Pid, s.Status, s.Bundle, s.Created.Format(time.RFC3339Nano), s.Owner)
	}
	return w.Flush()
}
