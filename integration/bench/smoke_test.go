package main

import (
	"encoding/json"
	"encoding/xml"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/bulkhead-oci/bulkhead/integration/engine"
)

// program builds the benchmark.
func program(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "bench")
	if out, err := exec.Command("go", "build", "-o", path, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return path
}

// leftBehind lists what a run, whose TMPDIR was tmp, did not clean up.
func leftBehind(t *testing.T, tmp, cgroup string) []string {
	t.Helper()
	left, _ := filepath.Glob(tmp + "/*")
	if cgroup != "" {
		left = append(left, cgroupsAt(cgroup)...)
	}
	commands, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, file := range commands {
		if line, _ := os.ReadFile(file); strings.Contains(string(line), tmp) {
			left = append(left, strings.ReplaceAll(string(line), "\x00", " "))
		}
	}
	return left
}

// cgroupsAt finds a path below the root of any hierarchy.
func cgroupsAt(path string) []string {
	v1, _ := filepath.Glob(cgroupRoot + "/*/" + path)
	v2, _ := filepath.Glob(cgroupRoot + "/" + path)
	return append(v1, v2...)
}

// TestQuick runs all of the benchmark that needs no engine, and wants a figure
// for everything. What the figures are is of no interest.
func TestQuick(t *testing.T) {
	engine.Need(t, engine.Program("busybox", "gcc"))
	dir := t.TempDir()
	bench, tmp := program(t), filepath.Join(dir, "tmp")
	if err := os.Mkdir(tmp, 0o755); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, w := range works {
		if w.name != "docker-run" {
			names = append(names, w.name)
		}
	}
	cmd := exec.Command(bench, "-quick", "-runtime", engine.Runtime(t),
		"-only", strings.Join(names, ","), "-json", dir+"/r.json", "-chart", dir+"/c.svg",
		"-markdown", dir+"/t.md")
	cmd.Env = append(os.Environ(), "TMPDIR="+tmp, "PEERS=")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	r, err := readReport(dir + "/r.json")
	if err != nil {
		t.Fatal(err)
	}
	checkWhole(t, r, names)
	checkJSON(t, dir+"/r.json")
	checkFiles(t, r, dir, string(out))
	if left := leftBehind(t, tmp, ""); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
}

// checkWhole looks for a figure of every runtime in every work.
func checkWhole(t *testing.T, r *report, names []string) {
	t.Helper()
	if p := r.Runtimes[0].Problem; p != "" {
		t.Fatalf("%s: %s", r.Runtimes[0].Name, p)
	}
	seen := map[string]bool{}
	for _, s := range r.Skipped {
		seen[s.Work] = true
		if hasController("memory") || !strings.HasPrefix(s.Work, "memory") {
			t.Errorf("%s was skipped: %s", s.Work, s.Why)
		}
	}
	for _, w := range r.Works {
		seen[w.Work] = true
		for _, v := range r.Runtimes {
			f, ok := w.figure(v.Name)
			if !ok && v.Problem == "" {
				t.Errorf("%s: nothing of %s", w.Work, v.Name)
			}
			checkFigure(t, w.Work, f, ok)
		}
		if f, ok := w.figure(floorName); ok {
			checkFigure(t, w.Work, f, true)
		}
	}
	for _, g := range r.Growth {
		seen[g.Work] = true
		for _, l := range g.Curves {
			if l.Error != "" || len(l.Figures) != len(g.Sizes) || l.Ratio <= 0 {
				t.Errorf("%s: %+v", g.Work, l)
			}
		}
	}
	for _, name := range names {
		if !seen[name] {
			t.Errorf("no word of %s", name)
		}
	}
}

func checkFigure(t *testing.T, work string, f figure, there bool) {
	t.Helper()
	if there && (f.Error != "" || f.N == 0 || f.P10 <= 0 || f.Median < f.P10 || f.P90 < f.Median) {
		t.Errorf("%s: %+v", work, f)
	}
}

// checkJSON looks at the file as a reader would who has not our types.
func checkJSON(t *testing.T, path string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Date     time.Time
		Floor    string
		Machine  map[string]any
		Method   map[string]any
		Runtimes []map[string]any
	}
	if err := json.Unmarshal(data, &doc); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"cpu", "cores", "memoryMiB", "kernel", "system", "cgroup", "go"} {
		if v := doc.Machine[name]; v == nil || v == "" || v == 0.0 {
			t.Errorf("machine has no %s", name)
		}
	}
	if doc.Method["rounds"] == nil || doc.Date.IsZero() || doc.Floor == "" {
		t.Errorf("method %v, date %v, floor %q", doc.Method, doc.Date, doc.Floor)
	}
	for _, v := range doc.Runtimes {
		for _, name := range []string{"name", "kind", "version", "bytes"} {
			if v[name] == nil || v[name] == "" || v[name] == 0.0 {
				t.Errorf("runtime %v has no %s", v, name)
			}
		}
	}
}

// checkFiles holds the chart, the Markdown table and what was printed to the
// report.
func checkFiles(t *testing.T, r *report, dir, out string) {
	t.Helper()
	for _, file := range []string{"c.svg", "t.md"} {
		data, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range r.Runtimes {
			if !strings.Contains(string(data), v.Name) {
				t.Errorf("no %s in %s", v.Name, file)
			}
		}
		if file == "c.svg" {
			if err := xml.Unmarshal(data, new(struct{})); err != nil {
				t.Error(err)
			}
		}
	}
	for _, w := range r.Works {
		if !strings.Contains(out, w.Title) {
			t.Errorf("%s was not printed", w.Work)
		}
	}
}

// TestInterrupted stops the benchmark in the middle of its work.
func TestInterrupted(t *testing.T) {
	engine.Need(t, engine.Program("busybox", "gcc"))
	bench := program(t)
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGKILL} {
		tmp := t.TempDir()
		cmd := exec.Command(bench, "-only", "exec", "-rounds", "100000", "-runtime", engine.Runtime(t))
		cmd.Env = append(os.Environ(), "TMPDIR="+tmp, "PEERS=")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		var cgroup string
		engine.Eventually(t, "a container's cgroup", func() bool {
			scratch, _ := filepath.Glob(tmp + "/*")
			if len(scratch) == 1 {
				cgroup = filepath.Base(scratch[0])
			}
			return cgroup != "" && len(cgroupsAt(cgroup+"/0-*")) > 0
		})
		cmd.Process.Signal(signal)
		if err := cmd.Wait(); err == nil {
			t.Errorf("%v: it ended well", signal)
		}
		if signal == syscall.SIGKILL { // the next run cleans up
			again := exec.Command(bench, "-quick", "-only", "version", "-runtime", engine.Runtime(t))
			again.Env = cmd.Env
			if out, err := again.CombinedOutput(); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		}
		if left := leftBehind(t, tmp, cgroup); len(left) > 0 {
			t.Errorf("%v: left behind: %q", signal, left)
		}
	}
}
