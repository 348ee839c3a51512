package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// inOrder puts a command's flags before its arguments. Engines and people
// write "update ID --memory 64M", as runc allows; cli ends the flags at the
// first argument. After the ID of exec, kill and ps everything belongs to
// the command inside, and stays where it is; so does what is behind try.
func inOrder(args []string, app *cli.App) []string {
	at := commandIndex(args, app.Flags)
	if at < 0 {
		return args
	}
	c := findCommand(app.Commands, args[at])
	if c == nil {
		return args
	}
	flagsFirst := slices.Contains([]string{"exec", "kill", "ps", "try"}, c.Name)
	flags, rest := split(args[at+1:], slices.Concat(c.Flags, app.Flags), flagsFirst)
	own, global := tell(flags, c.Flags, app.Flags)
	out := slices.Concat(args[:at], global, args[at:at+1], own)
	if len(rest) == 0 || asksForHelp(flags) || lacksValue(flags, c.Flags) {
		return out
	}
	return append(append(out, "--"), rest...)
}

// asksForHelp: cli would take an argument for the topic.
func asksForHelp(flags []string) bool {
	return slices.ContainsFunc(flags, func(f string) bool {
		return slices.Contains([]string{"-h", "-help", "--h", "--help"}, f)
	})
}

// lacksValue: the last flag has none, and would take "--" for it.
func lacksValue(flags []string, known []cli.Flag) bool {
	for i := 0; i < len(flags); i++ {
		if takesNext(flags[i], known) {
			i++
			if i == len(flags) {
				return true
			}
		}
	}
	return false
}

// tell separates a command's flags from the global ones, which runc takes
// behind the command as well. A name that both have is the command's.
func tell(flags []string, own, global []cli.Flag) (mine, theirs []string) {
	for i := 0; i < len(flags); i++ {
		n := 1
		if takesNext(flags[i], slices.Concat(own, global)) && i+1 < len(flags) {
			n = 2
		}
		if lookUp(flags[i], own) == nil && lookUp(flags[i], global) != nil {
			theirs = append(theirs, flags[i:i+n]...)
		} else {
			mine = append(mine, flags[i:i+n]...)
		}
		i += n - 1
	}
	return mine, theirs
}

// lookUp finds the flag that an argument names.
func lookUp(arg string, known []cli.Flag) cli.Flag {
	name, _, _ := strings.Cut(strings.TrimLeft(arg, "-"), "=")
	for _, f := range known {
		if slices.Contains(f.Names(), name) {
			return f
		}
	}
	return nil
}

// commandIndex finds the first argument that is neither a global flag nor its
// value.
func commandIndex(args []string, globals []cli.Flag) int {
	for i := 1; i < len(args); i++ {
		if !isFlag(args[i]) {
			return i
		}
		if takesNext(args[i], globals) {
			i++
		}
	}
	return -1
}

func findCommand(list []*cli.Command, name string) *cli.Command {
	for _, c := range list {
		if c.HasName(name) {
			return c
		}
	}
	return nil
}

// split tells flags with their values from arguments, up to "--" or, with
// flagsFirst, up to the first argument.
func split(args []string, known []cli.Flag, flagsFirst bool) (flags, rest []string) {
	for i := 0; i < len(args); i++ {
		switch {
		case args[i] == "--":
			return flags, append(rest, args[i+1:]...)
		case !isFlag(args[i]) && flagsFirst:
			return flags, args[i:]
		case !isFlag(args[i]):
			rest = append(rest, args[i])
			continue
		}
		flags = append(flags, fullName(args[i], known))
		if takesNext(args[i], known) && i+1 < len(args) {
			i++
			flags = append(flags, args[i])
		}
	}
	return flags, rest
}

// fullName replaces a flag's short name: cli refuses a repeatable flag that is
// given under two names (exec --env A=1 -e B=2).
func fullName(arg string, known []cli.Flag) string {
	f := lookUp(arg, known)
	if f == nil {
		return arg
	}
	full := "--" + f.Names()[0]
	if _, value, found := strings.Cut(arg, "="); found {
		full += "=" + value
	}
	return full
}

// isFlag: a lone dash is an argument, the name of standard input.
func isFlag(arg string) bool { return len(arg) > 1 && arg[0] == '-' }

// takesNext says whether a flag's value is the next argument: it is no switch
// and has no "=".
func takesNext(arg string, known []cli.Flag) bool {
	f := lookUp(arg, known)
	if f == nil || strings.Contains(arg, "=") {
		return false
	}
	_, isSwitch := f.(*cli.BoolFlag)
	return !isSwitch
}

// nArgs refuses any other number of arguments than least to most (-1: no
// limit), naming the first wrong one.
func nArgs(least, most int) cli.BeforeFunc {
	return func(c *cli.Context) error {
		n := c.NArg()
		switch {
		case n < least && least == most:
			return wrongUsage(c, fmt.Errorf("%s: %q requires exactly %d argument(s)",
				c.App.Name, c.Command.Name, least))
		case n < least:
			return wrongUsage(c, fmt.Errorf("%s: %q requires a minimum of %d argument(s)",
				c.App.Name, c.Command.Name, least))
		case most >= 0 && n > most:
			kind := "exactly"
			if least != most {
				kind = "a maximum of"
			}
			return wrongUsage(c, fmt.Errorf("%s: %q requires %s %d argument(s): %q is one too many",
				c.App.Name, c.Command.Name, kind, most, c.Args().Get(most)))
		}
		return nil
	}
}

// wrongUsage points to the help, on standard error: nothing was done.
func wrongUsage(c *cli.Context, err error) error {
	fmt.Fprintf(c.App.ErrWriter, "Incorrect Usage.\n\nSee %s %s --help\n\n",
		c.App.Name, c.Command.Name)
	return err
}

// usageError handles what cli itself finds wrong with the flags.
func usageError(c *cli.Context, err error, _ bool) error {
	name := c.App.Name
	if c.Command != nil && c.Command.Name != "" && c.Command.Name != name {
		name += " " + c.Command.Name
	}
	return errors.New(name + ": " + err.Error() + " (see " + name + " --help)")
}
