package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/moby/sys/userns"
	"github.com/urfave/cli/v2"
	"golang.org/x/sys/unix"

	"github.com/bulkhead-oci/bulkhead/runtime/container"
)

func globalFlags() []cli.Flag {
	return []cli.Flag{
		&cli.BoolFlag{Name: "debug", Usage: "log debug messages as well"},
		&cli.StringFlag{Name: "log", Usage: "write the log to `FILE` (default: standard error)"},
		&cli.StringFlag{Name: "log-format", Value: "text", Usage: "`FORMAT` of the log: text or json"},
		&cli.StringFlag{Name: "root", Value: defaultRoot(),
			Usage: "`DIR` of the containers' state; it should be on a tmpfs"},
		&cli.BoolFlag{Name: "systemd-cgroup",
			Usage: `let systemd make the cgroups; cgroupsPath is then "slice:prefix:name"`},
		&cli.StringFlag{Name: "rootless", Value: "auto",
			Usage: "ignore cgroup permission errors: true, false or auto"},
		&cli.BoolFlag{Name: "version", Aliases: []string{"v"}, Usage: "print the version"},
	}
}

// unknownCommand is the exit status for it, as runc's.
const unknownCommand = 3

// withoutCommand is what happens when no known command is named.
func withoutCommand(c *cli.Context) error {
	if c.Bool("version") {
		showVersion(c)
		return nil
	}
	if c.NArg() == 0 {
		return cli.ShowAppHelp(c)
	}
	return cli.Exit(fmt.Sprintf("No help topic for '%s'", c.Args().First()), unknownCommand)
}

// prepare runs before every command.
func prepare(c *cli.Context) error {
	if c.Bool("version") {
		return nil
	}
	if err := prepareRoot(c); err != nil {
		return err
	}
	return setUpLog(c)
}

// honoursXDG: an ordinary user's state lives under $XDG_RUNTIME_DIR, also
// when that user is root in a user namespace of an engine's making.
func honoursXDG() bool {
	if os.Getenv("XDG_RUNTIME_DIR") == "" {
		return false
	}
	if os.Geteuid() != 0 {
		return true
	}
	return userns.RunningInUserNS() && os.Getenv("USER") != "root"
}

func xdgRoot() string { return filepath.Join(os.Getenv("XDG_RUNTIME_DIR"), "bulkhead") }

func defaultRoot() string {
	if honoursXDG() {
		return xdgRoot()
	}
	return container.DefaultRoot
}

// prepareRoot checks --root, and makes the default one of an ordinary user.
func prepareRoot(c *cli.Context) error {
	if c.IsSet("root") {
		root, err := filepath.Abs(c.String("root"))
		if err != nil {
			return fmt.Errorf("--root: %w", err)
		}
		if root == "/" {
			return errors.New("Option --root argument should not be set to /") //nolint:staticcheck // runc's words
		}
		return c.Set("root", root)
	}
	if !honoursXDG() {
		return nil
	}
	root := xdgRoot()
	if err := os.MkdirAll(root, 0o700); err != nil {
		return fmt.Errorf("the path in $XDG_RUNTIME_DIR must be writable by the user: %v", err)
	}
	// The sticky bit keeps it from being cleaned up (XDG Base Directory
	// Specification, XDG_RUNTIME_DIR).
	if err := os.Chmod(root, 0o700|os.ModeSticky); err != nil {
		return fmt.Errorf("check permission of the path in $XDG_RUNTIME_DIR: %v", err)
	}
	return nil
}

// runtimeOf makes the Runtime that the global flags describe.
func runtimeOf(c *cli.Context) (*container.Runtime, error) {
	rootless, err := parseRootless(c.String("rootless"))
	if err != nil {
		return nil, err
	}
	root := c.String("root")
	return &container.Runtime{
		Root: root, Index: indexFor(root),
		SystemdCgroup: c.Bool("systemd-cgroup"), Rootless: rootless,
	}, nil
}

func parseRootless(s string) (container.Rootless, error) {
	if s == "" || strings.EqualFold(s, "auto") {
		return container.Auto, nil
	}
	b, err := strconv.ParseBool(s)
	if err != nil {
		return 0, fmt.Errorf("--rootless: %q is none of true, false and auto", s)
	}
	if b {
		return container.Always, nil
	}
	return container.Never, nil
}

// indexFor is one directory for all roots where that can be had. Root in a
// user namespace may not be able to write in /run.
func indexFor(root string) string {
	shared := filepath.Join(container.DefaultRoot, container.IndexName)
	if os.Geteuid() == 0 && !userns.RunningInUserNS() {
		return shared
	}
	if honoursXDG() {
		shared = filepath.Join(xdgRoot(), container.IndexName)
	}
	if usable(shared) {
		return shared
	}
	return filepath.Join(root, container.IndexName)
}

func usable(dir string) bool {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return false
	}
	return unix.Access(dir, unix.W_OK|unix.X_OK) == nil
}
