package main

import (
	"encoding/json"
	"fmt"
	"os"
)

const reportFile = "report.json"

// report is all that was measured, the contents of the JSON file.
type report struct {
	Date     string    `json:"date"`
	Machine  machine   `json:"machine"`
	Method   method    `json:"method"`
	Runtimes []version `json:"runtimes"`
	Floor    string    `json:"floor,omitempty"` // how it was compiled
	Works    []result  `json:"works"`
	Growth   []growth  `json:"growth,omitempty"`
	Skipped  []skipped `json:"skipped,omitempty"`
}

type method struct {
	Rounds  int     `json:"rounds"`
	Warmup  int     `json:"warmup"`
	PauseMS float64 `json:"pauseMs"`
	Quick   bool    `json:"quick,omitempty"`
}

// version is a runtime as the report knows it. The first one of a report is the
// one that is compared with the others.
type version struct {
	Name    string `json:"name"` // kind and version
	Kind    string `json:"kind"` // runc, crun, …
	Version string `json:"version"`
	Size    int64  `json:"bytes"`
	Problem string `json:"problem,omitempty"`
}

// result is what one work gave.
type result struct {
	Work    string             `json:"work"`
	Title   string             `json:"title"`
	Unit    string             `json:"unit"`
	Targets map[string]float64 `json:"targets,omitempty"` // by kind
	Figures []figure           `json:"figures"`
}

type figure struct {
	Runtime string  `json:"runtime"`
	N       int     `json:"n"`
	Median  float64 `json:"median"`
	P10     float64 `json:"p10"`
	P90     float64 `json:"p90"`
	CPU     float64 `json:"cpuMs,omitempty"`
	Error   string  `json:"error,omitempty"`
}

// growth is how the time of a work changes with a number of things.
type growth struct {
	Work   string       `json:"work"`
	Title  string       `json:"title"`
	Item   string       `json:"item"`
	Sizes  []int        `json:"sizes"`
	Limit  float64      `json:"limit,omitempty"` // the largest ratio that is allowed
	Curves []growthLine `json:"runtimes"`
}

// growthLine is a runtime's share of a growth: a figure a size.
type growthLine struct {
	Runtime string   `json:"runtime"`
	Figures []figure `json:"figures,omitempty"`
	// Ratio is the time of the last size by that of the first one.
	Ratio float64 `json:"ratio,omitempty"`
	// PerItem is in microseconds, and so is the processor time of it.
	PerItem    float64 `json:"perItemUs"`
	PerItemCPU float64 `json:"perItemCpuUs"`
	// Bend is the cost of an item in the second half by that in the first one:
	// 1 where cost is linear. It is left out where there is no middle.
	Bend  float64 `json:"bend,omitempty"`
	Error string  `json:"error,omitempty"`
}

type skipped struct {
	Work string `json:"work"`
	Why  string `json:"why"`
}

func (r *report) write(path string) error {
	data, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(data, '\n'), 0o644)
}

func readReport(path string) (*report, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	r := &report{}
	if err := json.Unmarshal(data, r); err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	if len(r.Runtimes) == 0 {
		return nil, fmt.Errorf("read %s: no runtimes in it", path)
	}
	return r, nil
}

// publish prints the table and writes the files that were asked for.
func (r *report) publish(o *options) error {
	fmt.Print(r.text())
	if o.json != "" {
		if err := r.write(o.json); err != nil {
			return err
		}
	}
	for _, out := range []struct {
		path string
		make func() string
	}{{o.markdown, r.markdown}, {o.chart, r.chart}} {
		if out.path == "" {
			continue
		}
		if err := os.WriteFile(out.path, []byte(out.make()), 0o644); err != nil {
			return err
		}
	}
	return nil
}
