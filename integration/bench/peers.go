package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// A contender is a runtime that is measured.
type contender struct {
	version
	path  string
	root  string // its --root
	index int
	*spawner
	ids int
}

// findRuntimes lists the programs to measure, the one of -runtime first.
func findRuntimes(o *options) ([]string, error) {
	first, err := exec.LookPath(o.runtime)
	if err != nil {
		return nil, err
	}
	paths := []string{first}
	if len(o.peers) > 0 {
		for _, peer := range o.peers {
			path, err := exec.LookPath(peer)
			if err != nil {
				return nil, err
			}
			paths = append(paths, path)
		}
		return absolute(paths)
	}
	for _, name := range []string{"runc", "crun"} {
		if path, err := exec.LookPath(name); err == nil {
			paths = append(paths, path)
		}
	}
	return absolute(paths)
}

func absolute(paths []string) ([]string, error) {
	for i, path := range paths {
		abs, err := filepath.Abs(path)
		if err != nil {
			return nil, err
		}
		paths[i] = abs
	}
	return paths, nil
}

// askVersion names a program by what it says of itself.
func askVersion(path string) (version, error) {
	out, err := exec.Command(path, "--version").Output()
	if err != nil {
		return version{}, fmt.Errorf("%s --version: %w", path, err)
	}
	v := parseVersion(string(out))
	if v.Kind == "" {
		return v, fmt.Errorf("%s --version: no version in %q", path, out)
	}
	if st, err := os.Stat(path); err == nil {
		v.Size = st.Size()
	}
	return v, nil
}

// parseVersion reads the first line, "runc version 1.5.2" with runc.
func parseVersion(out string) version {
	line, _, _ := strings.Cut(out, "\n")
	words := strings.Fields(line)
	if len(words) < 3 || words[1] != "version" {
		return version{}
	}
	return version{Kind: words[0], Version: words[2], Name: words[0] + " " + words[2]}
}

// newContenders asks each program for its version and gives it a state
// directory below dir. Programs of the same version are told apart by their
// files' names, the same program given twice by a number.
func newContenders(paths []string, dir string) ([]*contender, error) {
	var all []*contender
	for i, path := range paths {
		v, err := askVersion(path)
		if err != nil {
			return nil, err
		}
		c := &contender{version: v, path: path, index: i}
		c.root = filepath.Join(dir, fmt.Sprintf("root%d", i))
		if err := os.MkdirAll(c.root, 0o700); err != nil {
			return nil, err
		}
		if c.spawner, err = newSpawner(filepath.Join(dir, fmt.Sprintf("stderr%d", i))); err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	nameApart(all)
	return all, nil
}

func nameApart(all []*contender) {
	seen := map[string]int{}
	for _, c := range all {
		seen[c.Name]++
	}
	for _, c := range all {
		if seen[c.Name] > 1 {
			c.Name += " (" + filepath.Base(c.path) + ")"
		}
	}
	again := map[string]int{}
	for _, c := range all {
		if again[c.Name]++; again[c.Name] > 1 {
			c.Name += fmt.Sprintf(" #%d", again[c.Name])
		}
	}
}

// argv is a command line of the runtime.
func (c *contender) argv(args ...string) []string {
	return append([]string{c.path, "--root", c.root}, args...)
}

// do measures one command of the runtime.
func (c *contender) do(args ...string) (sample, error) {
	s, err := c.run(c.argv(args...)...)
	if err != nil {
		return s, fmt.Errorf("%s: %w", args[0], err)
	}
	return s, nil
}

// id returns a name that no other container of the runtime had.
func (c *contender) id() string {
	c.ids++
	return fmt.Sprintf("bench%d-%d", c.index, c.ids)
}

// discard removes a container that a work may have left.
func (c *contender) discard(id string) {
	if fileExists(filepath.Join(c.root, id)) {
		c.run(c.argv("delete", "--force", id)...)
	}
}
