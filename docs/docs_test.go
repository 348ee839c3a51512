// Package docs tests the documentation against the program: every command and
// every flag of its help has a place in the manual, and nothing else has.
package docs

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// hidden are flags that work and that the help does not show.
var hidden = map[string][]string{
	"kill":   {"--all", "-a"},
	"update": {"--kernel-memory", "--kernel-memory-tcp"},
}

// binary is what TestMain builds, and whose help is read.
var binary string

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "bulkhead-docs-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	binary = filepath.Join(dir, "bulkhead")
	build := exec.Command("go", "build", "-tags", "seccomp urfave_cli_no_docs", "-o", binary, "../cmd/bulkhead")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build: %v: %s", err, out)
		return 1
	}
	return m.Run()
}

func help(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.Command(binary, append(args, "--help")...).Output()
	if err != nil {
		t.Fatalf("%s --help: %v", strings.Join(args, " "), err)
	}
	return string(out)
}

var commandLine = regexp.MustCompile(`(?m)^   ([a-z]+) {2,}\S`)

// commands lists those that the help shows; "help" is the library's own.
func commands(t *testing.T) []string {
	t.Helper()
	_, list, _ := strings.Cut(help(t), "\nCOMMANDS:\n")
	list, _, _ = strings.Cut(list, "\nGLOBAL OPTIONS:\n")
	var names []string
	for _, m := range commandLine.FindAllStringSubmatch(list, -1) {
		names = append(names, m[1])
	}
	if len(names) < 10 {
		t.Fatalf("found these commands only: %q", names)
	}
	return names
}

var (
	optionLine = regexp.MustCompile(`(?m)^   (-.*?)(?: {2,}|$)`)
	flagWord   = regexp.MustCompile(`(?:^|[\s,|])(--?[a-z][a-z0-9-]*)`)
)

// helpFlags are the flags in the OPTIONS of a help.
func helpFlags(text string) []string {
	_, options, _ := strings.Cut(text, "OPTIONS:\n")
	var flags []string
	for _, m := range optionLine.FindAllStringSubmatch(options, -1) {
		for _, f := range flagWord.FindAllStringSubmatch(m[1], -1) {
			flags = append(flags, f[1])
		}
	}
	return unique(flags)
}

var roff = strings.NewReplacer(`\-`, "-", `\fB`, "", `\fI`, "", `\fR`, "", `\&`, "", `\e`, `\`)

// page is a manual page without its formatting.
func page(t *testing.T, command string) string {
	t.Helper()
	name := "man/bulkhead-" + command + ".8"
	if command == "" {
		name = "man/bulkhead.8"
	}
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return roff.Replace(string(text))
}

var optionTag = regexp.MustCompile(`(?m)^\.TP\n(-.*)$`)

// pageFlags are the flags that have a tag under OPTIONS of a page.
func pageFlags(text string) []string {
	_, options, _ := strings.Cut(text, ".SH OPTIONS\n")
	options, _, _ = strings.Cut(options, "\n.SH ")
	var flags []string
	for _, m := range optionTag.FindAllStringSubmatch(options, -1) {
		for _, f := range flagWord.FindAllStringSubmatch(m[1], -1) {
			flags = append(flags, f[1])
		}
	}
	return unique(flags)
}

func unique(list []string) []string {
	slices.Sort(list)
	return slices.Compact(list)
}

var (
	section = regexp.MustCompile(`(?m)^\.SH (.*)$`)
	title   = regexp.MustCompile(`(?m)^NAME:\n +\S.*? - (.*)$`)
)

func TestManual(t *testing.T) {
	for _, command := range append(commands(t), "") {
		t.Run("bulkhead-"+command, func(t *testing.T) {
			var args []string
			if command != "" {
				args = []string{command}
			}
			text, manual := help(t, args...), page(t, command)
			want := unique(append(helpFlags(text), hidden[command]...))
			if have := pageFlags(manual); !slices.Equal(have, want) {
				t.Errorf("flags of the page:\n%q\nof the help:\n%q", have, want)
			}
			said := title.FindStringSubmatch(text)
			if said == nil || !strings.Contains(manual, " - "+said[1]+"\n") {
				t.Errorf("NAME does not say %q", said)
			}
			checkSections(t, manual)
		})
	}
}

func checkSections(t *testing.T, manual string) {
	t.Helper()
	var have []string
	for _, m := range section.FindAllStringSubmatch(manual, -1) {
		have = append(have, m[1])
	}
	for _, want := range []string{
		"NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "EXAMPLE", "EXIT STATUS", "SEE ALSO",
	} {
		if !slices.Contains(have, want) {
			t.Errorf("no section %s", want)
		}
	}
}

// TestNoOrphans finds pages of commands that no longer exist.
func TestNoOrphans(t *testing.T) {
	known := append(commands(t), "")
	pages, err := filepath.Glob("man/*")
	if err != nil || len(pages) == 0 {
		t.Fatalf("no pages: %v", err)
	}
	for _, path := range pages {
		name := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(path), "bulkhead"), ".8")
		if !slices.Contains(known, strings.TrimPrefix(name, "-")) {
			t.Errorf("%s: no such command", path)
		}
	}
}

var (
	called = regexp.MustCompile("(?m)(?:^[#$] |^ {4,}[#$] |`)bulkhead ((?:--?[a-z-]+(?:[ =]/\\S+)? )*)([a-z]+)")
	made   = regexp.MustCompile("(?m)(?:^|`)make ([a-z]+)")
	target = regexp.MustCompile(`(?m)^([a-z]+):`)
)

// TestCommandsExist holds README and docs to the commands and targets there
// are.
func TestCommandsExist(t *testing.T) {
	known := commands(t)
	makefile, err := os.ReadFile("../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	var targets []string
	for _, m := range target.FindAllStringSubmatch(string(makefile), -1) {
		targets = append(targets, m[1])
	}
	pages, err := filepath.Glob("*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range append(pages, "../README.md") {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range called.FindAllStringSubmatch(string(text), -1) {
			if !slices.Contains(known, m[2]) {
				t.Errorf("%s: %q: no such command", path, m[0])
			}
		}
		for _, m := range made.FindAllStringSubmatch(string(text), -1) {
			if !slices.Contains(targets, m[1]) {
				t.Errorf("%s: %q: no such target", path, m[0])
			}
		}
	}
}
