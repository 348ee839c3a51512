package main

import (
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/urfave/cli/v2"
)

// runcFlags are the flags of the manual pages of runc v1.6.0-rc.1, and those
// its program has beyond them. "=" says that the flag takes a value.
var runcFlags = map[string]string{
	"": "debug log= log-format= root= systemd-cgroup rootless= version,v",
	"checkpoint": "image-path= work-path= parent-path= leave-running tcp-established tcp-skip-in-flight " +
		"link-remap ext-unix-sk shell-job lazy-pages status-fd= page-server= file-locks pre-dump " +
		"manage-cgroups-mode= empty-ns= auto-dedup",
	"create": "bundle,b= console-socket= pidfd-socket= pid-file= no-pivot no-new-keyring preserve-fds=",
	"delete": "force,f",
	"events": "interval= stats",
	"exec": "console-socket= pidfd-socket= cwd= env,e= tty,t user,u= additional-gids,g= process,p= detach,d " +
		"pid-file= process-label= apparmor= no-new-privs cap,c= preserve-fds= ignore-paused cgroup=",
	"features": "",
	"kill":     "all,a",
	"list":     "format,f= quiet,q",
	"pause":    "",
	"ps":       "format,f=",
	"restore": "console-socket= image-path= work-path= tcp-established ext-unix-sk shell-job file-locks " +
		"manage-cgroups-mode= bundle,b= detach,d pid-file= no-subreaper no-pivot empty-ns= auto-dedup " +
		"lazy-pages lsm-profile= lsm-mount-context=",
	"resume": "",
	"run": "bundle,b= console-socket= pidfd-socket= detach,d pid-file= no-subreaper no-pivot no-new-keyring " +
		"preserve-fds= keep",
	"spec":  "bundle,b= rootless",
	"start": "",
	"state": "",
	"update": "resources,r= blkio-weight= cpu-period= cpu-quota= cpu-burst= cpu-rt-period= cpu-rt-runtime= " +
		"cpu-share= cpuset-cpus= cpuset-mems= cpu-idle= kernel-memory= kernel-memory-tcp= memory= " +
		"memory-reservation= memory-swap= pids-limit= l3-cache-schema= mem-bw-schema=",
}

func TestRuncFlags(t *testing.T) {
	app := newApp()
	for command, flags := range runcFlags {
		have := app.Flags
		if command != "" {
			c := findCommand(app.Commands, command)
			if c == nil {
				t.Errorf("no command %s", command)
				continue
			}
			have = c.Flags
		}
		for _, flag := range strings.Fields(flags) {
			names, takesValue := strings.CutSuffix(flag, "=")
			checkHas(t, command, have, strings.Split(names, ","), takesValue)
		}
	}
}

func checkHas(t *testing.T, command string, have []cli.Flag, names []string, takesValue bool) {
	t.Helper()
	i := slices.IndexFunc(have, func(f cli.Flag) bool { return slices.Contains(f.Names(), names[0]) })
	if i < 0 {
		t.Errorf("%s: no --%s", command, names[0])
		return
	}
	if got := have[i].Names(); !slices.Equal(got, names) {
		t.Errorf("%s --%s: names %q", command, names[0], got)
	}
	if _, isSwitch := have[i].(*cli.BoolFlag); isSwitch == takesValue {
		t.Errorf("%s --%s: takes a value: %v", command, names[0], !isSwitch)
	}
}

// Flags beyond runc's are on purpose.
func TestNoOtherFlags(t *testing.T) {
	for _, c := range newApp().Commands {
		known, isRuncs := runcFlags[c.Name]
		if !isRuncs {
			continue
		}
		for _, f := range c.Flags {
			if !slices.ContainsFunc(strings.Fields(known), func(k string) bool {
				return strings.Split(strings.TrimSuffix(k, "="), ",")[0] == f.Names()[0]
			}) {
				t.Errorf("%s --%s is not runc's", c.Name, f.Names()[0])
			}
		}
	}
}

func TestCommandsAreSorted(t *testing.T) {
	var list []string
	for _, c := range newApp().Commands {
		list = append(list, c.Name)
	}
	if !slices.IsSorted(list) || len(slices.Compact(list)) != len(list) {
		t.Errorf("%q", list)
	}
}

// Help is written: one line, lower case, verb first; an example; the exit
// status.
func TestCommandTexts(t *testing.T) {
	for _, c := range newApp().Commands {
		if c.Usage == "" || !unicode.IsLower(rune(c.Usage[0])) || strings.HasSuffix(c.Usage, ".") {
			t.Errorf("%s: usage %q", c.Name, c.Usage)
		}
		if !strings.HasPrefix(c.Description, "   ") {
			t.Errorf("%s: the description is not indented", c.Name)
		}
		example := strings.Index(c.Description, "\n\nEXAMPLE:\n   ")
		status := strings.Index(c.Description, "\n\nEXIT STATUS:\n   ")
		if example < 0 || status < example {
			t.Errorf("%s: EXAMPLE at %d, EXIT STATUS at %d", c.Name, example, status)
		}
		if !strings.Contains(c.Description, " bulkhead ") || !strings.Contains(c.Description, " "+c.Name) {
			t.Errorf("%s: the example does not show it", c.Name)
		}
		for line := range strings.Lines(c.Description) {
			if len(line) > 82 {
				t.Errorf("%s: %d columns: %s", c.Name, len(line)-1, line)
			}
		}
		takesID := strings.Contains(c.ArgsUsage, "<container-id>")
		none := slices.Contains([]string{"features", "list", "spec", "try"}, c.Name)
		if takesID == none {
			t.Errorf("%s: arguments %q", c.Name, c.ArgsUsage)
		}
	}
}

func TestFlagTexts(t *testing.T) {
	app := newApp()
	check := func(command string, flags []cli.Flag) {
		seen := map[string]bool{}
		for _, f := range flags {
			for _, name := range f.Names() {
				if seen[name] {
					t.Errorf("%s: --%s twice", command, name)
				}
				seen[name] = true
			}
			usage := f.(cli.DocGenerationFlag).GetUsage()
			first := []rune(strings.TrimLeft(usage, "`("))
			if len(first) == 0 || strings.HasSuffix(usage, ".") {
				t.Errorf("%s --%s: usage %q", command, f.Names()[0], usage)
			}
		}
	}
	check("", app.Flags)
	for _, c := range app.Commands {
		check(c.Name, c.Flags)
	}
}

func TestHelp(t *testing.T) {
	for _, c := range newApp().Commands {
		for _, args := range [][]string{{c.Name, "--help"}, {c.Name, "-h"}} {
			out, err := commandLine(args...)
			if err != nil || !strings.Contains(out, "bulkhead "+c.Name+" - "+c.Usage) ||
				!strings.Contains(out, "EXIT STATUS:") {
				t.Errorf("%q: %v, %s", args, err, out)
			}
		}
	}
	out, err := commandLine("--help")
	ok(t, err)
	for _, c := range newApp().Commands {
		if !strings.Contains(out, c.Name) || !strings.Contains(out, c.Usage) {
			t.Errorf("the help does not tell of %s", c.Name)
		}
	}
}
