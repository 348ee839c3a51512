// Generate writes the decoding functions of specjson, one for each struct
// that a configuration for Linux is made of, as reflection finds them in
// runtime-spec.
//
// Usage: generate FILE
package main

import (
	"fmt"
	"os"
	"reflect"

	"github.com/opencontainers/runtime-spec/specs-go"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: generate FILE")
		os.Exit(2)
	}
	code, err := source(reflect.TypeFor[specs.Spec]())
	if err == nil {
		err = os.WriteFile(os.Args[1], code, 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}
