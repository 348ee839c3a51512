package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/urfave/cli/v2"

	"github.com/bulkhead-oci/bulkhead/spec"
)

func specCommand() *cli.Command {
	return &cli.Command{
		Name:      "spec",
		Usage:     "write a config.json to start from",
		ArgsUsage: "",
		Description: `   Writes config.json for a container that runs sh on a terminal, with the
   namespaces, mounts and limits a container usually has. Edit process.args and
   whatever else is different. With --rootless it suits an ordinary user.

EXAMPLE:
   $ mkdir -p web/rootfs && bulkhead spec -b web

EXIT STATUS:
   0 when the file was written, 1 on an error; an existing one is left alone.`,
		Flags: []cli.Flag{
			bundleFlag(),
			&cli.BoolFlag{Name: "rootless", Usage: "write it for a container without root"},
		},
		Before: nArgs(0, 0),
		Action: writeSpec,
	}
}

func writeSpec(c *cli.Context) error {
	s := spec.Template()
	if c.Bool("rootless") {
		spec.Rootless(s, uint32(os.Geteuid()), uint32(os.Getegid()))
	}
	data, err := json.MarshalIndent(s, "", "\t")
	if err != nil {
		return err
	}
	path := filepath.Join(c.String("bundle"), spec.ConfigFile)
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("File %s exists. Remove it first", path) //nolint:staticcheck // runc's words
	}
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Close())
}
