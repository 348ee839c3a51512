package main

import (
	"encoding/xml"
	"fmt"
	"strings"
)

// The chart is a grid of panels, a work each, with a bar a runtime. Bars of a
// panel are to one scale; panels are not, since their units differ. Colours are
// such that they can be read on white and on black.
const (
	chartWidth  = 880
	chartMargin = 16
	chartHead   = 64 // above the panels
	panelWidth  = (chartWidth - 3*chartMargin) / 2
	panelTitle  = 24
	barStep     = 18
	barHeight   = 12
	labelWidth  = 72 // of the figure after a bar
	chartText   = "#808791"
	chartFont   = "system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif"
)

// palette has the colours of each kind, first version first.
var palette = map[string][]string{
	"own":   {"#2f81d6"},
	"runc":  {"#d9822b", "#b8651b", "#e3a768"},
	"crun":  {"#4c9a5b", "#7dbb88", "#357043"},
	"other": {"#9a6fb0", "#b694c6", "#7a5190"},
	"floor": {"#9aa1ab"},
}

// svg collects elements.
type svg struct {
	strings.Builder
	colours map[string]string
	barLeft int // where bars begin in their panel, after the names
}

func (s *svg) text(x, y, size int, attributes, text string) {
	fmt.Fprintf(s, `<text x="%d" y="%d" font-size="%d"%s>`, x, y, size, attributes)
	xml.EscapeText(s, []byte(text))
	s.WriteString("</text>\n")
}

func (s *svg) bar(x, y int, width float64, colour string) {
	fmt.Fprintf(s, `<rect x="%d" y="%d" width="%.1f" height="%d" rx="2" fill="%s"/>`+"\n",
		x, y, width, barHeight, colour)
}

// chart draws the works of the report.
func (r *report) chart() string {
	s := svg{colours: r.colours(), barLeft: r.nameWidth()}
	height := chartHead
	for i := 0; i < len(r.Works); i += 2 {
		row := r.Works[i:min(i+2, len(r.Works))]
		tallest := 0
		for column, w := range row {
			x := chartMargin + column*(panelWidth+chartMargin)
			tallest = max(tallest, s.panel(w, x, height))
		}
		height += tallest + chartMargin
	}
	var head svg
	fmt.Fprintf(&head, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" `+
		`viewBox="0 0 %d %d" font-family="%s" fill="%s">`+"\n",
		chartWidth, height, chartWidth, height, chartFont, chartText)
	head.text(chartMargin, 26, 16, ` font-weight="600"`, "Medians; shorter is better")
	m := r.Machine
	head.text(chartMargin, 46, 11, "", fmt.Sprintf("%s, %d cores, Linux %s, cgroup %s; %.10s",
		m.CPU, m.Cores, m.Kernel, m.Cgroup, r.Date))
	return head.String() + s.String() + "</svg>\n"
}

// panel draws one work and returns how high it is.
func (s *svg) panel(w result, x, y int) int {
	s.text(x, y+12, 13, ` font-weight="600"`, w.Title)
	longest := 0.0
	for _, f := range w.Figures {
		longest = max(longest, f.Median)
	}
	top := y + panelTitle
	for _, f := range w.Figures {
		s.text(x, top+barHeight-2, 11, "", f.Runtime)
		if f.Error != "" {
			s.text(x+s.barLeft, top+barHeight-2, 11, "", "could not")
		} else {
			width := float64(panelWidth-s.barLeft-labelWidth) * f.Median / longest
			s.bar(x+s.barLeft, top, width, s.colours[f.Runtime])
			s.text(x+s.barLeft+int(width)+6, top+barHeight-2, 11, "", withUnit(f.Median, w.Unit))
		}
		top += barStep
	}
	return top - y
}

// nameWidth is room for the longest name of a runtime, within reason.
func (r *report) nameWidth() int {
	longest := 0
	for _, v := range r.Runtimes {
		longest = max(longest, len(v.Name))
	}
	return min(8+longest*13/2, panelWidth/2)
}

// withUnit writes a figure for people, KiB as MiB once there are many.
func withUnit(v float64, unit string) string {
	if unit == "KiB" && v >= 1024 {
		v, unit = v/1024, "MiB"
	}
	return number(v) + " " + unit
}

// colours gives each runtime one, the shades of a kind in turn.
func (r *report) colours() map[string]string {
	colours := map[string]string{floorName: palette["floor"][0]}
	used := map[string]int{}
	for i, v := range r.Runtimes {
		kind := v.Kind
		if i == 0 {
			kind = "own"
		} else if palette[kind] == nil {
			kind = "other"
		}
		shades := palette[kind]
		colours[v.Name] = shades[used[kind]%len(shades)]
		used[kind]++
	}
	return colours
}
