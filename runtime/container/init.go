package container

import (
	// Without this import no cgroup manager would apply device rules.
	_ "github.com/opencontainers/cgroups/devices"
	"github.com/opencontainers/runc/libcontainer"
	// The C constructor that joins and makes the namespaces before the Go
	// runtime of "init" starts.
	_ "github.com/opencontainers/runc/libcontainer/nsenter"
)

// InitCommand is the first argument of the re-executed binary that becomes
// the container's first process.
const InitCommand = "init"

// Init is the whole life of "init": it sets the container up from the inside
// and replaces itself by the container's program. It never returns. The
// embedding program calls it first in main.
func Init() { libcontainer.Init() }
