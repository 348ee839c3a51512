package container

import (
	"fmt"
	"strings"
)

// maxID is the longest name a directory entry can have (NAME_MAX).
const maxID = 255

// ValidateID says which rule an ID breaks. The error is [ErrInvalidID]. The
// ID is one or more ASCII letters, digits, '_', '+', '-' and '.', at most 255
// bytes, and neither "." nor "..": it becomes a directory name.
func ValidateID(id string) error {
	switch {
	case id == "":
		return fmt.Errorf("%w: container id cannot be empty", ErrInvalidID)
	case len(id) > maxID:
		return fmt.Errorf("%w: %d bytes long, at most %d are allowed",
			ErrInvalidID, len(id), maxID)
	case id == "." || id == "..":
		return fmt.Errorf("%w: %q names a directory", ErrInvalidID, id)
	}
	if i := strings.IndexFunc(id, badIDRune); i >= 0 {
		return fmt.Errorf("%w: %q: only letters, digits and _ + - . are allowed",
			ErrInvalidID, id)
	}
	return nil
}

func badIDRune(r rune) bool {
	switch {
	case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
		return false
	}
	return !strings.ContainsRune("_+-.", r)
}
