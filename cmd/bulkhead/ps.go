package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"
)

func psCommand() *cli.Command {
	return &cli.Command{
		Name:      "ps",
		Usage:     "show the processes of a container",
		ArgsUsage: "<container-id> [ps options]",
		Description: `   Runs the host's ps(1) and prints the lines of the container's processes. The
   options behind the ID are ps's own, -ef by default; its output must have a
   column PID. With --format json it prints the pids.

EXAMPLE:
   # bulkhead ps web1 -o pid,rss,args

EXIT STATUS:
   0, or 1 on an error.`,
		Flags:  []cli.Flag{formatFlag()},
		Before: nArgs(1, -1),
		Action: ps,
	}
}

func ps(c *cli.Context) error {
	rt, err := runtimeOf(c)
	if err != nil {
		return err
	}
	format := c.String("format")
	if format != "table" && format != "json" {
		return errFormat
	}
	pids, err := rt.Processes(c.Context, c.Args().First())
	if err != nil {
		return err
	}
	if format == "json" {
		return json.NewEncoder(c.App.Writer).Encode(pids)
	}
	options := c.Args().Tail()
	if len(options) == 0 {
		options = []string{"-ef"}
	}
	out, err := exec.CommandContext(c.Context, "ps", options...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("ps: %w: %s", err, strings.TrimSpace(string(out)))
	}
	return filterPids(c.App.Writer, string(out), pids)
}

// filterPids prints the title line and the lines of the given processes.
func filterPids(w io.Writer, out string, pids []int) error {
	lines := strings.Split(out, "\n")
	column := slices.Index(strings.Fields(lines[0]), "PID")
	if column < 0 {
		return errors.New("ps: no column PID in its output")
	}
	fmt.Fprintln(w, lines[0])
	for _, line := range lines[1:] {
		fields := strings.Fields(line)
		if len(fields) <= column {
			continue
		}
		pid, err := strconv.Atoi(fields[column])
		if err != nil {
			return fmt.Errorf("ps: parse pid: %w", err)
		}
		if slices.Contains(pids, pid) {
			fmt.Fprintln(w, line)
		}
	}
	return nil
}
