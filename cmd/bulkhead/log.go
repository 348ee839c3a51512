package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/sirupsen/logrus"
	"github.com/urfave/cli/v2"

	"github.com/bulkhead-oci/bulkhead/runtime/container"
)

// setUpLog points the global log, which libcontainer writes to as well, where
// the flags say.
func setUpLog(c *cli.Context) error {
	var format logrus.Formatter
	switch f := c.String("log-format"); f {
	case "", "text":
		format = &logrus.TextFormatter{CallerPrettyfier: shortCaller}
	case "json":
		format = new(logrus.JSONFormatter)
	default:
		return fmt.Errorf("invalid log-format: %q (text and json are known)", f)
	}
	logrus.SetFormatter(container.QuietFormatter{Formatter: format})
	if c.Bool("debug") {
		logrus.SetLevel(logrus.DebugLevel)
		logrus.SetReportCaller(true)
	}
	path := c.String("log")
	if path == "" {
		return nil
	}
	// O_SYNC: the engine reads the file as soon as we have died.
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND|os.O_SYNC, 0o644)
	if err != nil {
		return fmt.Errorf("open log: %w", err)
	}
	logrus.SetOutput(f)
	return nil
}

// shortCaller names a function and a line without the build's directories.
func shortCaller(f *runtime.Frame) (function, file string) {
	return filepath.Base(f.Function) + "()",
		fmt.Sprintf("%s:%d", strings.TrimPrefix(filepath.Base(f.File), "/"), f.Line)
}

func logsToStderr() bool {
	f, ok := logrus.StandardLogger().Out.(*os.File)
	return ok && f.Fd() == os.Stderr.Fd()
}
