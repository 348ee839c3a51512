package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"
)

// ownArguments are the commands whose first argument is followed by what is
// not ours.
var ownArguments = []string{"exec", "kill", "ps", "try"}

// sample is a value that a flag takes, as hard to tell from a flag as can be.
func sample(f cli.Flag) string {
	switch f.(type) {
	case *cli.BoolFlag:
		return ""
	case *cli.IntFlag, *cli.Int64Flag, *cli.Int64SliceFlag:
		return "-7"
	case *cli.DurationFlag:
		return "-7s"
	}
	return "--odd"
}

// Every flag of every command may stand after the ID, where the ID's rest is
// not another program's.
func TestFlagsAfterID(t *testing.T) {
	for _, c := range newApp().Commands {
		for _, f := range c.Flags {
			for _, name := range f.Names() {
				if slices.Contains(ownArguments, c.Name) {
					checkUntouched(t, c.Name, f, dashed(name))
				} else {
					checkFlag(t, c.Name, f, dashed(name))
				}
			}
		}
	}
}

func dashed(name string) string {
	if len(name) == 1 {
		return "-" + name
	}
	return "--" + name
}

// checkFlag gives one flag in all its forms and places.
func checkFlag(t *testing.T, command string, f cli.Flag, flag string) {
	t.Helper()
	value := sample(f)
	forms := [][]string{{flag, value}, {flag + "=" + value}}
	if value == "" {
		forms = [][]string{{flag}, {flag + "=true"}}
	}
	for _, form := range forms {
		for _, args := range [][]string{
			slices.Concat([]string{command, "web1"}, form),
			slices.Concat([]string{command}, form, []string{"web1"}),
			slices.Concat([]string{command}, form, []string{"--", "web1"}),
			slices.Concat([]string{"--root", "/x", command, "web1"}, form),
		} {
			ctx := parse(t, args...)
			if got := ctx.Args().Slice(); !slices.Equal(got, []string{"web1"}) {
				t.Errorf("%q: arguments %q", args, got)
			}
			name := f.Names()[0]
			if got := fmt.Sprint(ctx.Value(name)); !ctx.IsSet(name) || !strings.Contains(got, value) {
				t.Errorf("%q: --%s is %s", args, name, got)
			}
		}
	}
}

// checkUntouched: what follows the ID stays behind it, in order.
func checkUntouched(t *testing.T, command string, f cli.Flag, flag string) {
	t.Helper()
	rest := []string{"web1", flag, sample(f), "--", "-x", flag + "=y"}
	ctx := parse(t, append([]string{command}, rest...)...)
	if got := ctx.Args().Slice(); !slices.Equal(got, rest) || ctx.IsSet(f.Names()[0]) {
		t.Errorf("%s %q: arguments %q", command, rest, got)
	}
	// Before the ID the flag is ours.
	args := []string{command, flag, sample(f), "web1", flag, "y"}
	if sample(f) == "" {
		args = slices.Delete(args, 2, 3)
	}
	ctx = parse(t, args...)
	if got := ctx.Args().Slice(); !slices.Equal(got, []string{"web1", flag, "y"}) || !ctx.IsSet(f.Names()[0]) {
		t.Errorf("%q: arguments %q", args, got)
	}
}

func TestInOrder(t *testing.T) {
	app := newApp()
	for _, c := range []struct{ in, want string }{
		{"", ""},
		{"--debug", "--debug"},
		{"--root /x", "--root /x"},
		{"nonsense a --b", "nonsense a --b"},
		{"update web1 --memory 64M", "update --memory 64M -- web1"},
		{"update web1 -r -", "update --resources - -- web1"},
		{"update - web1", "update -- - web1"},
		{"update web1 --memory=64M --pids-limit 5", "update --memory=64M --pids-limit 5 -- web1"},
		{"update web1 --pids-limit -1", "update --pids-limit -1 -- web1"},
		{"update web1 --memory", "update --memory"}, // cli misses the value
		{"update a --unknown b", "update --unknown -- a b"},
		{"update -- --web1", "update -- --web1"},
		{"update a -- --memory 1", "update -- a --memory 1"},
		{"update", "update"},
		{"update --", "update"},
		{"update --help web1", "update --help"},
		{"--root update state web1", "--root update state -- web1"},
		{"--root=/x --debug delete web1 -f", "--root=/x --debug delete --force -- web1"},
		{"--debug delete web1", "--debug delete -- web1"},
		{"delete -f web1", "delete --force -- web1"},
		{"exec web1 ls -l", "exec -- web1 ls -l"},
		{"exec -t web1 ls -t --env x", "exec --tty -- web1 ls -t --env x"},
		{"exec --env A=1 -e B=2 web1 x", "exec --env A=1 --env B=2 -- web1 x"},
		{"exec -e -x web1 -y", "exec --env -x -- web1 -y"},
		{"exec -- web1 -x", "exec -- web1 -x"},
		{"kill web1 -9", "kill -- web1 -9"},
		{"kill -a web1 KILL", "kill --all -- web1 KILL"},
		{"ps -f json web1 -o pid", "ps --format json -- web1 -o pid"},
	} {
		got := inOrder(append([]string{"bulkhead"}, strings.Fields(c.in)...), app)
		if strings.Join(got[1:], " ") != c.want {
			t.Errorf("%q:\ngot  %q\nwant %q", c.in, strings.Join(got[1:], " "), c.want)
		}
	}
}

// The caller's arguments are not changed: os.Args is everybody's.
func TestInOrderCopies(t *testing.T) {
	in := strings.Fields("bulkhead update web1 --memory 64M -r x")
	old := slices.Clone(in)
	inOrder(in[:len(in):cap(in)], newApp())
	if !slices.Equal(in, old) {
		t.Errorf("changed to %q", in)
	}
}

func TestNArgs(t *testing.T) {
	for _, c := range []struct {
		line, want string
	}{
		{"state", `bulkhead: "state" requires exactly 1 argument(s)`},
		{"state a b", `bulkhead: "state" requires exactly 1 argument(s): "b" is one too many`},
		{"kill", `bulkhead: "kill" requires a minimum of 1 argument(s)`},
		{"kill a b c", `bulkhead: "kill" requires a maximum of 2 argument(s): "c" is one too many`},
		{"exec", `bulkhead: "exec" requires a minimum of 1 argument(s)`},
		{"ps", `bulkhead: "ps" requires a minimum of 1 argument(s)`},
		{"features a", `bulkhead: "features" requires exactly 0 argument(s): "a" is one too many`},
		{"list -q a", `bulkhead: "list" requires exactly 0 argument(s): "a" is one too many`},
		{"create", `bulkhead: "create" requires exactly 1 argument(s)`},
		{"run a b", `bulkhead: "run" requires exactly 1 argument(s): "b" is one too many`},
	} {
		out, err := commandLine(append([]string{"--root", t.TempDir()}, strings.Fields(c.line)...)...)
		says(t, err, c.want)
		if out != "" {
			t.Errorf("%s: standard output: %s", c.line, out)
		}
	}
}

// Every command counts its arguments before it does anything.
func TestEveryCommandCountsArguments(t *testing.T) {
	for _, c := range newApp().Commands {
		if c.Before == nil && c.Name != "try" { // try takes any number
			t.Errorf("%s: any number of arguments passes", c.Name)
		}
	}
}

func TestUsageErrors(t *testing.T) {
	for line, want := range map[string]string{
		"state --nope a":        "bulkhead state: flag provided but not defined: -nope (see bulkhead state --help)",
		"state a --nope":        "bulkhead state: flag provided but not defined: -nope (see bulkhead state --help)",
		"--nope state a":        "bulkhead: flag provided but not defined: -nope (see bulkhead --help)",
		"update a --memory":     "bulkhead update: flag needs an argument: -memory (see bulkhead update --help)",
		"events --interval x a": "bulkhead events: invalid value \"x\" for flag -interval: parse error (see bulkhead events --help)",
	} {
		out, err := commandLine(strings.Fields(line)...)
		says(t, err, want)
		if out != "" {
			t.Errorf("%s: standard output: %s", line, out)
		}
	}
}
