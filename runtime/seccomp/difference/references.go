package difference

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/seccomp/libseccomp-golang/difference/reference"
)

// The environment variables of the tests.
const (
	// EnvCache is the folder that keeps what was downloaded.
	EnvCache = "DIFFERENCE_CACHE"
	// EnvWithout says why the libseccomp of newer Debian releases cannot be
	// had; the tests then make do with the machine's.
	EnvWithout = "DIFFERENCE_WITHOUT"
	// EnvSeed and EnvProfiles are the seed and the number of random profiles.
	EnvSeed     = "DIFFERENCE_SEED"
	EnvProfiles = "DIFFERENCE_PROFILES"
)

// Reference is a library to compare with, ready to be started.
type Reference struct {
	reference.Library
	Program string
}

// Machine, Stable and Newest name the references: the machine's own
// libseccomp, that of Debian 13, which is the one to agree with, and the
// newest, to tell what has been mended since.
const (
	Machine = "machine"
	Stable  = "trixie"
	Newest  = "sid"
)

// References builds the reference programs, in the cache.
func References() (map[string]Reference, error) {
	libraries := []reference.Library{{Name: Machine}}
	if os.Getenv(EnvWithout) == "" {
		for _, suite := range []string{Stable, Newest} {
			library, err := reference.Debian(suite, cache())
			if err != nil {
				return nil, fmt.Errorf("%w (%s=REASON does without)", err, EnvWithout)
			}
			libraries = append(libraries, library)
		}
	}
	all := map[string]Reference{}
	for _, library := range libraries {
		library.Build = cache()
		program, err := library.Program()
		if err != nil {
			return nil, err
		}
		all[library.Name] = Reference{library, program}
	}
	return all, nil
}

func cache() string {
	if dir := os.Getenv(EnvCache); dir != "" {
		return dir
	}
	dir, err := filepath.Abs("../../../bin/libseccomp")
	if err != nil {
		return "libseccomp"
	}
	return dir
}
