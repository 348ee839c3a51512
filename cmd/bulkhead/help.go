package main

import (
	"fmt"
	"runtime"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"
	"github.com/urfave/cli/v2"

	"github.com/bulkhead-oci/bulkhead/runtime/container"
)

const appDescription = `bulkhead makes containers from bundles: directories with a config.json and a
root file system. Engines call it in runc's place, with runc's command line:

    bulkhead spec && $EDITOR config.json
    bulkhead run web1

or, step by step, create, start, kill, delete. What is made lives under
--root; what the runtime has to say goes to standard error, or to --log.

EXIT STATUS:
   run, exec and restore exit with the container's own status, 128+n for a
   signal n. Otherwise 0 is success, 1 an error, and 255 an error of exec.`

// commandHelp is cli's template, less what is said elsewhere.
const commandHelp = `NAME:
   {{.HelpName}} - {{.Usage}}

USAGE:
   {{.HelpName}}{{if .VisibleFlags}} [options]{{end}} {{.ArgsUsage}}

DESCRIPTION:
{{.Description}}{{if .VisibleFlags}}

OPTIONS:{{range .VisibleFlags}}
   {{.}}{{end}}{{end}}
`

// flagHelp is cli's line for a flag, without the repetition by which it shows
// that a flag may be given several times; the usage says so.
func flagHelp(line string) string {
	spelling, usage, _ := strings.Cut(line, "\t")
	if at := strings.Index(spelling, " [ "); at >= 0 {
		spelling = spelling[:at]
	}
	return spelling + "\t" + usage
}

// showVersion prints what engines parse: a line "NAME version VERSION" and
// lines of "key: value".
func showVersion(c *cli.Context) {
	w := c.App.Writer
	fmt.Fprintln(w, "bulkhead version", version)
	if commit != "" {
		fmt.Fprintln(w, "commit:", commit)
	}
	fmt.Fprintln(w, "spec:", specs.Version)
	fmt.Fprintln(w, "go:", runtime.Version())
	if v := container.LibseccompVersion(); v != "" {
		fmt.Fprintln(w, "libseccomp:", v)
	} else {
		fmt.Fprintln(w, "seccomp: built in")
	}
}
