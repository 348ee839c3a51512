package try

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Bind is a file or directory of the host that is shown in the view.
type Bind struct {
	Source, Destination string // absolute
	Write               bool
}

// ParseBind reads SRC[:DST][:ro|rw]. SRC may be relative to the working
// directory; without DST it is shown where it is.
func ParseBind(s string) (Bind, error) {
	fields := strings.Split(s, ":")
	b := Bind{}
	switch last := fields[len(fields)-1]; {
	case len(fields) > 1 && (last == "ro" || last == "rw"):
		b.Write = last == "rw"
		fields = fields[:len(fields)-1]
	case len(fields) > 2:
		return b, fmt.Errorf("%q is neither ro nor rw", last)
	}
	if len(fields) > 2 || fields[0] == "" {
		return b, fmt.Errorf("%q is not SRC[:DST][:ro|rw]", s)
	}
	var err error
	if b.Source, err = filepath.Abs(fields[0]); err != nil {
		return b, err
	}
	b.Destination = b.Source
	if len(fields) == 2 {
		b.Destination = filepath.Clean(fields[1])
	}
	return b, b.check()
}

func (b Bind) check() error {
	if !filepath.IsAbs(b.Destination) {
		return fmt.Errorf("destination %q is not absolute", b.Destination)
	}
	if b.Destination == "/" {
		return errors.New("destination / would hide everything")
	}
	if _, err := os.Stat(b.Source); err != nil {
		return fmt.Errorf("look at the source: %w", err)
	}
	return nil
}
