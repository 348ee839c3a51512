package main

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func sampleReport() *report {
	return &report{
		Date:    "2026-01-02T03:04:05Z",
		Machine: machine{CPU: "Chip <3> & co", Cores: 2, Kernel: "6.1", Cgroup: "v2"},
		Floor:   "gcc",
		Runtimes: []version{
			{Name: "bulkhead 1", Kind: "bulkhead"}, {Name: "runc 2", Kind: "runc"},
			{Name: "runc 3", Kind: "runc"}, {Name: "crun 4", Kind: "crun", Problem: "will not"},
		},
		Works: []result{{
			Work: "run", Title: "run of true", Unit: "ms", Targets: ratios(0.35, 1.6),
			Figures: []figure{
				{Runtime: "bulkhead 1", N: 3, Median: 10, P10: 9, P90: 12, CPU: 8},
				{Runtime: "runc 2", N: 3, Median: 40, P10: 39, P90: 41, CPU: 30},
				{Runtime: "runc 3", N: 3, Median: 20, P10: 19, P90: 21, CPU: 15},
				{Runtime: "crun 4", Error: "broke | down"},
				{Runtime: floorName, N: 3, Median: 2, P10: 1, P90: 3, CPU: 1},
			},
		}},
		Growth: []growth{{Work: "g", Title: "run in a crowd", Item: "container", Sizes: []int{0, 500},
			Limit: 1.2, Curves: []growthLine{{Runtime: "bulkhead 1", Ratio: 1.1, PerItem: 2,
				Figures: []figure{{Median: 10}, {Median: 11}}}}}},
		Skipped: []skipped{{"docker-run", "no dockerd"}},
	}
}

func TestText(t *testing.T) {
	got := sampleReport().text()
	for _, want := range []string{
		"crun 4 cannot run here: will not\n",
		"× 0.25  (≤ 0.35: met)\n", "× 0.50  (≤ 0.35: not met)\n",
		"broke | down\n", "0: 10.0, 500: 11.0 ms; × 1.10",
		"(≤ 1.20: met)\n", "docker-run: not measured, no dockerd\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}

func TestMarkdown(t *testing.T) {
	got := sampleReport().markdown()
	for _, want := range []string{
		"| run of true | 10.0 ms | 40.0 ms (0.25) | 20.0 ms (0.50) | `broke \\| down` | 2.00 ms |" +
			" runc ≤ 0.35: not met; crun ≤ 1.60 |\n",
		"| 9.00 – 12.0, 8.00 |",
		"| run in a crowd | bulkhead 1 | 0: 10.0, 500: 11.0 | 1.10 (≤ 1.20: met) |",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	columns := 0
	for line := range strings.Lines(got) {
		line = strings.ReplaceAll(line, `\|`, "")
		if !strings.HasPrefix(line, "|") {
			columns = 0
			continue
		}
		if n := strings.Count(line, "|"); columns != 0 && n != columns {
			t.Errorf("%d columns after %d: %s", n, columns, line)
		} else {
			columns = n
		}
	}
}

func TestReportFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "r.json")
	want := sampleReport()
	if err := want.write(path); err != nil {
		t.Fatal(err)
	}
	got, err := readReport(path)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
}

type rect struct {
	X     float64 `xml:"x,attr"`
	Width float64 `xml:"width,attr"`
}

func TestChart(t *testing.T) {
	var doc struct {
		XMLName xml.Name `xml:"http://www.w3.org/2000/svg svg"`
		Width   float64  `xml:"width,attr"`
		Rects   []rect   `xml:"rect"`
		Texts   []string `xml:"text"`
	}
	chart := sampleReport().chart()
	if err := xml.Unmarshal([]byte(chart), &doc); err != nil {
		t.Fatalf("%v in\n%s", err, chart)
	}
	medians := []float64{10, 40, 20, 2} // whose runtime did not fail
	if len(doc.Rects) != len(medians) {
		t.Fatalf("%d bars, want %d", len(doc.Rects), len(medians))
	}
	for i, bar := range doc.Rects {
		want := doc.Rects[1].Width * medians[i] / medians[1]
		if math.Abs(bar.Width-want) > 0.1 || bar.Width <= 0 {
			t.Errorf("bar %d is %v wide, want %v", i, bar.Width, want)
		}
		if bar.X+bar.Width > doc.Width {
			t.Errorf("bar %d leaves the picture", i)
		}
	}
	all := strings.Join(doc.Texts, "\n")
	for _, want := range []string{"Chip <3> & co", "run of true", "runc 3", "20.0 ms", "could not"} {
		if !strings.Contains(all, want) {
			t.Errorf("no %q in %q", want, doc.Texts)
		}
	}
}

// A chart without a work, or with failures alone, is a picture still.
func TestChartOfNothing(t *testing.T) {
	r := sampleReport()
	r.Works[0].Figures = r.Works[0].Figures[3:4]
	for range 2 {
		d := xml.NewDecoder(strings.NewReader(r.chart()))
		for {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatal(err)
			}
		}
		if strings.Contains(r.chart(), "NaN") {
			t.Error("NaN in the chart")
		}
		r.Works = nil
	}
}

func TestColoursDiffer(t *testing.T) {
	seen := map[string]string{}
	for name, colour := range sampleReport().colours() {
		if other, taken := seen[colour]; taken || colour == "" {
			t.Errorf("%s has %q as %s does", name, colour, other)
		}
		seen[colour] = name
	}
}

func TestNumbers(t *testing.T) {
	for _, test := range []struct {
		value      float64
		unit, want string
	}{
		{0.193, "ms", "0.19 ms"}, {12.34, "ms", "12.3 ms"}, {1857.2, "ms", "1857 ms"},
		{256, "KiB", "256 KiB"}, {4352, "KiB", "4.25 MiB"},
	} {
		if got := withUnit(test.value, test.unit); got != test.want {
			t.Errorf("%v: %s, want %s", fmt.Sprint(test.value, test.unit), got, test.want)
		}
	}
}
