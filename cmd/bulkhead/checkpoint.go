package main

import (
	"github.com/urfave/cli/v2"

	"github.com/bulkhead-oci/bulkhead/runtime/container"
)

func checkpointCommand() *cli.Command {
	return &cli.Command{
		Name:      "checkpoint",
		Usage:     "write a running container to files, with CRIU",
		ArgsUsage: "<container-id>",
		Description: `   Saves all processes of a container so that restore can let them go on, here
   or elsewhere, and removes the container. It needs criu(8).

EXAMPLE:
   # bulkhead checkpoint --image-path /var/tmp/web1 web1

EXIT STATUS:
   0 when everything is saved; 1 on an error, and then the container runs on.`,
		Flags: append(criuFlags(),
			&cli.StringFlag{Name: "parent-path",
				Usage: "`DIR` of the previous pre-dump, relative to the image path"},
			&cli.BoolFlag{Name: "leave-running", Usage: "let the container run on"},
			&cli.BoolFlag{Name: "tcp-skip-in-flight", Usage: "skip TCP connections that are being made"},
			&cli.BoolFlag{Name: "link-remap", Usage: "link unlinked files back where possible"},
			&cli.IntFlag{Name: "status-fd", Value: -1,
				Usage: `criu writes \0 to descriptor ` + "`FD`" + ` once lazy pages are ready`},
			&cli.StringFlag{Name: "page-server", Usage: "send the memory to `ADDRESS:PORT`"},
			&cli.BoolFlag{Name: "pre-dump", Usage: "save the memory only and let the container run on"},
		),
		Before: nArgs(1, 1),
		Action: checkpoint,
	}
}

func checkpoint(c *cli.Context) error {
	rt, err := runtimeOf(c)
	if err != nil {
		return err
	}
	o, err := criuOptions(c)
	if err != nil {
		return err
	}
	return rt.Checkpoint(c.Context, c.Args().First(), o)
}

// criuFlags are common to checkpoint and restore.
func criuFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "image-path", Usage: "`DIR` of the image files (default: ./checkpoint)"},
		&cli.StringFlag{Name: "work-path", Usage: "`DIR` of criu's work files and logs"},
		&cli.BoolFlag{Name: "tcp-established", Usage: "allow open TCP connections"},
		&cli.BoolFlag{Name: "ext-unix-sk", Usage: "allow unix sockets to the outside"},
		&cli.BoolFlag{Name: "shell-job", Usage: "allow shell jobs"},
		&cli.BoolFlag{Name: "lazy-pages", Usage: "restore memory on demand, with userfaultfd"},
		&cli.BoolFlag{Name: "file-locks", Usage: "allow file locks"},
		&cli.StringFlag{Name: "manage-cgroups-mode",
			Usage: "`MODE` of cgroups: soft, full, strict or ignore"},
		&cli.StringSliceFlag{Name: "empty-ns",
			Usage: "leave a namespace of `TYPE` (network) empty (repeatable)"},
		&cli.BoolFlag{Name: "auto-dedup", Usage: "drop memory that a later image has"},
	}
}

func criuOptions(c *cli.Context) (container.CRIUOptions, error) {
	image := c.String("image-path")
	if image == "" {
		image = "checkpoint"
	}
	image, err := absolute(image)
	if err != nil {
		return container.CRIUOptions{}, err
	}
	work, err := absolute(c.String("work-path"))
	return container.CRIUOptions{
		ImagePath:         image,
		WorkPath:          work,
		ParentPath:        c.String("parent-path"),
		LeaveRunning:      c.Bool("leave-running"),
		TCPEstablished:    c.Bool("tcp-established"),
		TCPSkipInFlight:   c.Bool("tcp-skip-in-flight"),
		LinkRemap:         c.Bool("link-remap"),
		ExtUnixSockets:    c.Bool("ext-unix-sk"),
		ShellJob:          c.Bool("shell-job"),
		FileLocks:         c.Bool("file-locks"),
		PreDump:           c.Bool("pre-dump"),
		AutoDedup:         c.Bool("auto-dedup"),
		LazyPages:         c.Bool("lazy-pages"),
		StatusFD:          statusFD(c),
		PageServer:        c.String("page-server"),
		ManageCgroupsMode: c.String("manage-cgroups-mode"),
		EmptyNamespaces:   c.StringSlice("empty-ns"),
		LSMProfile:        c.String("lsm-profile"),
		LSMMountContext:   c.String("lsm-mount-context"),
	}, err
}

// statusFD: restore has no such flag, and 0 would be standard input.
func statusFD(c *cli.Context) int {
	if c.Command.Name == "restore" {
		return -1
	}
	return c.Int("status-fd")
}
