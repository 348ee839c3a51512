package spec

import (
	"fmt"
	"strconv"
	"strings"
)

// maxID bounds the processors and memory nodes that libcontainer keeps in a
// mask.
const maxID = 1 << 16

// countIDs reads a list such as "0-3,7" the way libcontainer does: blanks
// around and empty elements between are let pass, a list of nothing but those
// is not. It returns how many ids are listed, doubles counted twice, or what
// is wrong.
func countIDs(list string) (count int, problem string) {
	if list == "" {
		return 0, ""
	}
	for element := range strings.SplitSeq(list, ",") {
		element = strings.TrimSpace(element)
		if element == "" {
			continue
		}
		first, last, isRange := strings.Cut(element, "-")
		if !isRange {
			last = first
		}
		a, errA := strconv.ParseUint(first, 10, 32)
		b, errB := strconv.ParseUint(last, 10, 32)
		if errA != nil || errB != nil || a > b {
			return 0, fmt.Sprintf("must be a list such as 0-3,7, not %q", shorten(list))
		}
		if b >= maxID {
			return 0, fmt.Sprintf("must have ids up to %d, not %q", maxID-1, shorten(list))
		}
		count += int(b-a) + 1
	}
	if count == 0 {
		return 0, fmt.Sprintf("must be a list such as 0-3,7, not %q", shorten(list))
	}
	return count, ""
}

// cpusetProblem says why the kernel would not take a list for a cpuset. The
// kernel parses it itself and knows more than ranges: "all", N for the last
// id, and 0-31:2/8 for the first 2 of each group of 8.
func cpusetProblem(list string) string {
	isGap := func(r rune) bool { return r == ',' || r == ' ' || r == '\t' || r == '\n' }
	for element := range strings.FieldsFuncSeq(list, isGap) {
		if element != "all" && element != "none" && !isCPURange(element) {
			return fmt.Sprintf("must be a list such as 0-3,7, not %q", shorten(list))
		}
	}
	return ""
}

func isCPURange(s string) bool {
	s, group, isGrouped := strings.Cut(s, ":")
	first, last, isRange := strings.Cut(s, "-")
	used, size, _ := strings.Cut(group, "/")
	switch {
	case isGrouped && (!isDigits(used) || !isDigits(size)):
		return false
	case !isRange:
		return !isGrouped && isCPU(first)
	case !isCPU(first) || !isCPU(last):
		return false
	case first == "N" || last == "N":
		return true
	}
	a, errA := strconv.ParseUint(first, 10, 32)
	b, errB := strconv.ParseUint(last, 10, 32)
	return errA == nil && errB == nil && a <= b
}

func isCPU(s string) bool {
	return s == "N" || isDigits(s)
}

func isDigits(s string) bool {
	return s != "" && isInteger(s)
}
