package main

import (
	"encoding/json"

	"github.com/urfave/cli/v2"

	"github.com/bulkhead-oci/bulkhead/runtime/container"
)

func featuresCommand() *cli.Command {
	return &cli.Command{
		Name:      "features",
		Usage:     "print what this runtime can do as JSON",
		ArgsUsage: "",
		Description: `   Prints the document that the OCI runtime specification calls features.md:
   namespaces, capabilities, mount options, seccomp, hooks. It tells what this
   build knows, not what the kernel it runs on allows.

EXAMPLE:
   $ bulkhead features | jq .linux.seccomp.archs

EXIT STATUS:
   0, or 1 on an error.`,
		Before: nArgs(0, 0),
		Action: features,
	}
}

func features(c *cli.Context) error {
	f := container.Features()
	f.Annotations["io.github.bulkhead-oci.version"] = version
	enc := json.NewEncoder(c.App.Writer)
	enc.SetIndent("", "    ")
	return enc.Encode(f)
}
