package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/sirupsen/logrus"
	"github.com/urfave/cli/v2"
)

// How the command line speaks to people and engines:
//
//   - Results go to standard output, and nothing else does.
//   - Errors and warnings are lines of the log: --log's file, or standard
//     error. With --log an error is also on standard error, for a person.
//   - The last line of level error in the log is the reason of the failure;
//     engines show it to their users. So there is one, and it is the last.

// statusError ends the program with a container's own status. It prints
// nothing.
type statusError struct{ status int }

func (e statusError) Error() string { return fmt.Sprintf("exit status %d", e.status) }

// execError is an error of exec, which callers tell from a status by 255.
type execError struct{ error }

func (e execError) Unwrap() error { return e.error }

// report prints an error and says which status to exit with.
func report(err error) int {
	var status statusError
	var exec execError
	var coder cli.ExitCoder
	switch {
	case err == nil:
		return 0
	case errors.As(err, &status):
		return status.status
	case errors.As(err, &exec):
		complain(err)
		return 255
	case errors.As(err, &coder):
		complain(err) // cli's own: no help topic
		return coder.ExitCode()
	}
	complain(err)
	return 1
}

func complain(err error) {
	logrus.Error(err)
	if !logsToStderr() {
		fmt.Fprintln(os.Stderr, err)
	}
}

// exitWith turns a container's status into an error for main.
func exitWith(status int, err error) error {
	if err != nil || status == 0 {
		return err
	}
	return statusError{status}
}
