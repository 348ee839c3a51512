// Tablegen writes the system call tables of package table from libseccomp's
// lists of facts: syscalls.csv, which has a column of numbers for each
// architecture, and seccomp-syscalls.h, which has the pseudo numbers of calls
// that an architecture lacks.
//
//	go run ./internal/tablegen -csv syscalls.csv -header seccomp-syscalls.h \
//		-from "libseccomp 2.6.1" -out internal/table/data.go
package main

import (
	"flag"
	"fmt"
	"os"
)

func main() {
	csvPath := flag.String("csv", "", "libseccomp's src/syscalls.csv")
	headerPath := flag.String("header", "", "libseccomp's include/seccomp-syscalls.h")
	from := flag.String("from", "", "release the two files are of")
	out := flag.String("out", "", "Go file to write")
	flag.Parse()
	if err := run(*csvPath, *headerPath, *from, *out); err != nil {
		fmt.Fprintln(os.Stderr, "tablegen:", err)
		os.Exit(1)
	}
}

func run(csvPath, headerPath, from, out string) error {
	if from == "" {
		return fmt.Errorf("name the release with -from")
	}
	list, err := readCSV(csvPath)
	if err != nil {
		return err
	}
	if err := list.readPseudo(headerPath); err != nil {
		return err
	}
	source, err := list.source(from)
	if err != nil {
		return err
	}
	return os.WriteFile(out, source, 0o644)
}
