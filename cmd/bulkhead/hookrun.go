package main

import (
	"context"
	"fmt"
	"os"

	"github.com/bulkhead-oci/bulkhead/runtime/container"
)

// hookRun runs one createContainer hook; init calls it. What is written to
// standard error becomes part of the error that create reports.
func hookRun(args []string) int {
	if len(args) != 1 {
		fmt.Fprintln(os.Stderr, container.HookRunCommand+" is called by the runtime itself")
		return 1
	}
	if err := container.HookRun(context.Background(), args[0], os.Stdin); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}
