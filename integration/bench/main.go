// Command bench measures container runtimes side by side: the time they take
// from process start to a hundred containers at once, the memory they cost a
// container, and how the time grows with what a container has. It prints a
// table and writes the figures as JSON, a Markdown table and an SVG chart.
//
// It needs root. Everything runs in namespaces of its own, see stage.go, and
// nothing of it is left when it ends, however it ends.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
)

func main() {
	opts, err := parseOptions(os.Args[1:])
	if err == nil {
		err = runStage(opts)
	}
	var status exitStatus
	switch {
	case err == nil:
	case errors.As(err, &status):
		os.Exit(int(status))
	case errors.Is(err, flag.ErrHelp):
		os.Exit(2)
	default:
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// exitStatus is the exit code of a stage that has told its errors itself.
type exitStatus int

func (s exitStatus) Error() string { return fmt.Sprintf("exit status %d", int(s)) }
