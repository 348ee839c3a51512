package integration

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

const blockMark = "=== "

// splitAll writes every block of every script to a file of its own in dir
// and returns their names.
func splitAll(scripts []string, dir string) ([]string, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	var out []string
	for _, script := range scripts {
		archive, err := txtar.ParseFile(script)
		if err != nil {
			return nil, err
		}
		base := strings.TrimSuffix(filepath.Base(script), ".txtar")
		blocks, err := splitBlocks(archive.Comment)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", script, err)
		}
		for _, b := range blocks {
			name := filepath.Join(dir, base+"."+b.name+".txtar")
			archive.Comment = b.script
			if err := os.WriteFile(name, txtar.Format(archive), 0o600); err != nil {
				return nil, err
			}
			out = append(out, name)
		}
	}
	return out, nil
}

type block struct {
	name   string
	script []byte
}

// splitBlocks cuts a script at its block marks. A block keeps the lines of
// the others as empty ones, so that line numbers in messages stay right.
func splitBlocks(script []byte) ([]block, error) {
	lines := bytes.SplitAfter(script, []byte("\n"))
	marks := blockMarks(lines)
	if len(marks) == 0 {
		return nil, fmt.Errorf("no block: want a line %q", blockMark+"name")
	}
	seen := map[string]bool{}
	var out []block
	for i, mark := range marks {
		name := strings.TrimSpace(string(lines[mark][len(blockMark):]))
		if name == "" || strings.ContainsAny(name, " /.") || seen[name] {
			return nil, fmt.Errorf("line %d: bad or repeated block name %q", mark+1, name)
		}
		seen[name] = true
		end := len(lines)
		if i+1 < len(marks) {
			end = marks[i+1]
		}
		out = append(out, block{name, keepLines(lines, marks[0], mark+1, end)})
	}
	return out, nil
}

func blockMarks(lines [][]byte) []int {
	var marks []int
	for i, line := range lines {
		if bytes.HasPrefix(line, []byte(blockMark)) {
			marks = append(marks, i)
		}
	}
	return marks
}

// keepLines returns the lines before head and those from start to end, with
// empty lines in between.
func keepLines(lines [][]byte, head, start, end int) []byte {
	var buf bytes.Buffer
	for i, line := range lines[:end] {
		if i < head || i >= start {
			buf.Write(line)
		} else {
			buf.WriteByte('\n')
		}
	}
	return buf.Bytes()
}

func TestSplitBlocks(t *testing.T) {
	got, err := splitBlocks([]byte("head\n=== a\none\n=== b\ntwo\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := []block{{"a", []byte("head\n\none\n")}, {"b", []byte("head\n\n\n\ntwo\n")}}
	if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", want) {
		t.Errorf("got %q, want %q", got, want)
	}
	for _, bad := range []string{"no mark\n", "=== \nx\n", "=== a b\n", "=== a\n=== a\n"} {
		if _, err := splitBlocks([]byte(bad)); err == nil {
			t.Errorf("splitBlocks(%q): no error", bad)
		}
	}
}
