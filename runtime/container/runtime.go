package container

import (
	"errors"
	"os"
	"path/filepath"

	"github.com/moby/sys/userns"
	"github.com/opencontainers/cgroups/systemd"
)

// Rootless tells how the lack of cgroup permissions is treated.
type Rootless int

// The values of --rootless: Auto ignores cgroup permission errors when the
// caller is not the host's root.
const (
	Auto Rootless = iota
	Always
	Never
)

// Runtime is where containers live and how their cgroups are driven. The
// zero value is not usable: Root and Index must be set. A Runtime has no
// state of its own, so any number may be used at once, in any number of
// processes.
type Runtime struct {
	// Root is the directory of the containers' state, absolute. It should
	// be on a tmpfs, for state does not outlive a boot.
	Root string
	// Index is the directory of the records, absolute; see [record].
	Index string
	// SystemdCgroup asks systemd for a scope a container instead of making
	// cgroup directories (needs systemd as PID 1).
	SystemdCgroup bool
	// Rootless says when cgroup permission errors are ignored.
	Rootless Rootless
}

// check refuses a Runtime that would scatter state over the file system.
func (r *Runtime) check() error {
	for _, dir := range []string{r.Root, r.Index} {
		if !filepath.IsAbs(dir) || filepath.Clean(dir) == "/" {
			return errors.New("root directory must be an absolute path other than /")
		}
	}
	return nil
}

// rootlessCgroups decides whether cgroup permission errors are ignored.
func (r *Runtime) rootlessCgroups() bool {
	switch r.Rootless {
	case Always:
		return true
	case Never:
		return false
	}
	if os.Geteuid() != 0 {
		return true
	}
	if !userns.RunningInUserNS() {
		return false
	}
	if !r.SystemdCgroup {
		// Nothing tells beforehand whether the cgroup can be written.
		return true
	}
	// A systemd of root's inside the user namespace gives full access.
	uid, err := systemd.DetectUID()
	return err == nil && uid != 0
}

func (r *Runtime) stateDir(id string) string { return filepath.Join(r.Root, id) }
