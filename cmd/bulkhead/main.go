// Command bulkhead is an OCI low-level container runtime: it reads a bundle's
// config.json, builds the namespaces the file lists and runs the process in
// them. It stands in for runc under Docker, containerd, Podman and Kubernetes.
package main

import (
	"os"
	"slices"

	"github.com/urfave/cli/v2"

	_ "github.com/bulkhead-oci/bulkhead/cmd/bulkhead/tune" // the Go runtime
	"github.com/bulkhead-oci/bulkhead/runtime/container"
)

// Set by the Makefile.
var (
	version = "dev"
	commit  = ""
)

func main() {
	// The container's first process and the hook runner come before anything
	// else is set up: containers wait for them.
	if len(os.Args) > 1 {
		switch os.Args[1] {
		case container.InitCommand:
			container.Init()
		case container.HookRunCommand:
			os.Exit(hookRun(os.Args[2:]))
		}
	}
	if startsProcess(os.Args) {
		container.Ahead()
	}
	app := newApp()
	err := app.Run(inOrder(os.Args, app))
	os.Exit(report(err))
}

// startsProcess guesses, before the flags are read.
func startsProcess(args []string) bool {
	return slices.ContainsFunc(args, func(arg string) bool {
		return arg == "create" || arg == "run" || arg == "exec" || arg == "restore"
	})
}

func newApp() *cli.App {
	plain := cli.FlagStringer
	cli.FlagStringer = func(f cli.Flag) string { return flagHelp(plain(f)) }
	return &cli.App{
		Name:                      "bulkhead",
		Usage:                     "Open Container Initiative runtime",
		Description:               appDescription,
		Version:                   version,
		HideVersion:               true, // --version is a flag of our own
		DisableSliceFlagSeparator: true,
		Flags:                     globalFlags(),
		Before:                    prepare,
		Action:                    withoutCommand,
		OnUsageError:              usageError,
		ExitErrHandler:            func(*cli.Context, error) {}, // main exits
		Commands: commands(
			checkpointCommand, createCommand, deleteCommand, eventsCommand,
			execCommand, featuresCommand, killCommand, listCommand,
			pauseCommand, psCommand, restoreCommand, resumeCommand,
			runCommand, specCommand, startCommand, stateCommand,
			tryCommand, updateCommand,
		),
	}
}

// commands gives every command the same handling of usage errors.
func commands(makers ...func() *cli.Command) []*cli.Command {
	list := make([]*cli.Command, 0, len(makers))
	for _, make := range makers {
		c := make()
		c.OnUsageError = usageError
		c.CustomHelpTemplate = commandHelp
		c.HideHelpCommand = true
		list = append(list, c)
	}
	return list
}
