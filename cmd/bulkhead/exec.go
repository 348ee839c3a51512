package main

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"
	"github.com/urfave/cli/v2"

	"github.com/bulkhead-oci/bulkhead/runtime/container"
	"github.com/bulkhead-oci/bulkhead/spec"
)

func execCommand() *cli.Command {
	return &cli.Command{
		Name:      "exec",
		Usage:     "run another process in a container",
		ArgsUsage: "<container-id> <command> [arguments]  |  -p process.json <container-id>",
		Description: `   The process joins the container's namespaces and cgroup and is confined as
   its first one: user, capabilities, seccomp and the like are those of
   config.json, unless options or a process.json say otherwise.

EXAMPLE:
   # bulkhead exec -t web1 sh

EXIT STATUS:
   That of the process, 128+n for a signal n; 255 on an error.`,
		Flags:  append(execFlags(), consoleFlags("new")...),
		Before: nArgs(1, -1),
		Action: func(c *cli.Context) error {
			status, err := execute(c)
			if err != nil {
				return execError{fmt.Errorf("exec failed: %w", err)}
			}
			return exitWith(status, nil)
		},
	}
}

func execFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "process", Aliases: []string{"p"},
			Usage: "read the process from `FILE`, an OCI process object in JSON"},
		&cli.StringFlag{Name: "cwd", Usage: "working `DIR` in the container"},
		&cli.StringSliceFlag{Name: "env", Aliases: []string{"e"},
			Usage: "add `NAME=VALUE` to the environment (repeatable)"},
		&cli.BoolFlag{Name: "tty", Aliases: []string{"t"}, Usage: "give it a terminal"},
		&cli.StringFlag{Name: "user", Aliases: []string{"u"}, Usage: "run as `UID[:GID]`"},
		&cli.Int64SliceFlag{Name: "additional-gids", Aliases: []string{"g"},
			Usage: "add the group `GID` (repeatable)"},
		detachFlag(),
		&cli.StringFlag{Name: "process-label", Usage: "SELinux `LABEL` of the process"},
		&cli.StringFlag{Name: "apparmor", Usage: "AppArmor `PROFILE` of the process"},
		&cli.BoolFlag{Name: "no-new-privs", Usage: "set no_new_privs"},
		&cli.StringSliceFlag{Name: "cap", Aliases: []string{"c"},
			Usage: "add the capability `CAP` (repeatable)"},
		&cli.StringSliceFlag{Name: "cgroup",
			Usage: "run in the sub-cgroup `[CONTROLLER[,…]:]PATH` (repeatable)"},
		&cli.BoolFlag{Name: "ignore-paused", Usage: "allow it in a paused container"},
	}
}

func execute(c *cli.Context) (int, error) {
	rt, err := runtimeOf(c)
	if err != nil {
		return 0, err
	}
	io, err := ioOf(c)
	if err != nil {
		return 0, err
	}
	o := container.ExecOptions{
		IO:           io,
		Edit:         func(p *specs.Process) error { return editProcess(c, p) },
		Cgroups:      c.StringSlice("cgroup"),
		IgnorePaused: c.Bool("ignore-paused"),
	}
	if path := c.String("process"); path != "" {
		if o.Process, err = spec.LoadProcess(path); err != nil {
			return 0, fmt.Errorf("--process %s: %w", path, err)
		}
	} else if c.NArg() < 2 {
		return 0, errors.New("exec args cannot be empty")
	}
	if err := attachSignals(&o.IO); err != nil {
		return 0, err
	}
	return rt.Exec(c.Context, c.Args().First(), o)
}

// editProcess makes the process of exec out of the container's own.
func editProcess(c *cli.Context, p *specs.Process) error {
	p.Args = c.Args().Tail()
	p.Terminal = c.Bool("tty")
	for _, entry := range c.StringSlice("env") {
		if !strings.Contains(entry, "=") {
			return fmt.Errorf("--env: %q is not of the form NAME=VALUE", entry)
		}
		p.Env = append(p.Env, entry)
	}
	if cwd := c.String("cwd"); cwd != "" {
		p.Cwd = cwd
	}
	if profile := c.String("apparmor"); profile != "" {
		p.ApparmorProfile = profile
	}
	if label := c.String("process-label"); label != "" {
		p.SelinuxLabel = label
	}
	if c.IsSet("no-new-privs") {
		p.NoNewPrivileges = c.Bool("no-new-privs")
	}
	if err := addCapabilities(p, c.StringSlice("cap")); err != nil {
		return err
	}
	return editUser(c, &p.User)
}

// addCapabilities never touches the inheritable set: CVE-2022-29162. An
// ambient capability must be inheritable too, so it is only added where the
// config has an inheritable set.
func addCapabilities(p *specs.Process, names []string) error {
	if len(names) == 0 {
		return nil
	}
	known := container.Features().Linux.Capabilities
	for _, name := range names {
		if !slices.Contains(known, name) {
			return fmt.Errorf("--cap: unknown capability %q", name)
		}
	}
	if p.Capabilities == nil {
		p.Capabilities = &specs.LinuxCapabilities{}
	}
	sets := p.Capabilities
	sets.Bounding = append(slices.Clone(sets.Bounding), names...)
	sets.Effective = append(slices.Clone(sets.Effective), names...)
	sets.Permitted = append(slices.Clone(sets.Permitted), names...)
	if sets.Inheritable != nil {
		sets.Ambient = append(slices.Clone(sets.Ambient), names...)
	}
	return nil
}

func editUser(c *cli.Context, u *specs.User) error {
	for _, gid := range c.Int64Slice("additional-gids") {
		if gid < 0 || gid > maxUserID {
			return fmt.Errorf("--additional-gids: %d is not in 0 to %d", gid, int64(maxUserID))
		}
		u.AdditionalGids = append(u.AdditionalGids, uint32(gid))
	}
	given := c.String("user")
	if given == "" {
		return nil
	}
	uid, gid, hasGID := strings.Cut(given, ":")
	var err error
	if u.UID, err = parseUserID(uid); err != nil {
		return fmt.Errorf("--user: bad uid %q: %w", uid, err)
	}
	if !hasGID {
		return nil
	}
	if u.GID, err = parseUserID(gid); err != nil {
		return fmt.Errorf("--user: bad gid %q: %w", gid, err)
	}
	return nil
}

// maxUserID is the greatest uid; the next number, (uid_t)-1, means "none".
const maxUserID = 1<<32 - 2

// parseUserID takes numbers only: names are the image's, and so is what they
// mean (CVE-2016-3697).
func parseUserID(s string) (uint32, error) {
	n, err := strconv.ParseUint(s, 10, 32)
	if err != nil || n > maxUserID {
		return 0, fmt.Errorf("not a number in 0 to %d", int64(maxUserID))
	}
	return uint32(n), nil
}
