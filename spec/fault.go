package spec

import (
	"fmt"
	"strings"
)

// maxFaults bounds the list a hostile file can make us build and print.
const maxFaults = 100

// A Fault is one thing wrong with a document: where, and what.
type Fault struct {
	// Path names the member as in linux.namespaces[2].path. It is empty when
	// the document as a whole is meant.
	Path string
	// Problem says what is wrong, as the end of a sentence.
	Problem string
}

// String gives the fault as one sentence.
func (f Fault) String() string {
	if f.Path == "" {
		return f.Problem
	}
	return f.Path + ": " + f.Problem
}

// Faults is everything found wrong with a document, in the order found.
type Faults []Fault

// Error joins the faults to one sentence.
func (f Faults) Error() string {
	parts := make([]string, len(f))
	for i := range f {
		parts[i] = f[i].String()
	}
	return strings.Join(parts, "; ")
}

// A faultList collects faults. Its zero value is ready for use.
type faultList struct {
	faults Faults
	// broken holds the paths already known to have a wrong type. What
	// decoding left there is no value of the author's, so nothing further is
	// said about it.
	broken []string
	more   int
}

// addf notes a fault unless a wrong type explains it.
func (l *faultList) addf(path, format string, args ...any) {
	if l.isBroken(path) {
		return
	}
	if len(l.faults) == maxFaults {
		l.more++
		return
	}
	l.faults = append(l.faults, Fault{path, fmt.Sprintf(format, args...)})
}

// err returns the list as an error, nil when it is empty.
func (l *faultList) err() error {
	if len(l.faults) == 0 {
		return nil
	}
	if l.more > 0 {
		return append(l.faults, Fault{"", fmt.Sprintf("and %d more", l.more)})
	}
	return l.faults
}

// isBroken reports whether anything at or below or above path has a wrong
// type, so that conclusions from its value would be false.
func (l *faultList) isBroken(path string) bool {
	for _, b := range l.broken {
		if within(b, path) || within(path, b) {
			return true
		}
	}
	return false
}

// within reports whether path is top or lies below it.
func within(path, top string) bool {
	if top == "" {
		return true
	}
	rest, ok := strings.CutPrefix(path, top)
	return ok && (rest == "" || rest[0] == '.' || rest[0] == '[')
}
