package container

import (
	"encoding/json"
	"os"
	"sync"

	"github.com/opencontainers/runc/libcontainer"
)

var aheadOnce sync.Once

// Ahead begins to do, on another processor, what the first start of a process
// needs once in a program's life: encoding/json makes up its mind about
// libcontainer's state, some fifty types (0.4 ms), and package os finds out
// whether the kernel's pidfds work (0.1 ms). Nothing depends on it. The verbs
// call it; a program in a hurry does so before it reads its arguments.
func Ahead() {
	go aheadOnce.Do(func() {
		if p, err := os.FindProcess(os.Getpid()); err == nil {
			p.Release() //nolint:errcheck // nothing was held
		}
		json.Marshal(new(libcontainer.State)) //nolint:errcheck // only its types matter
	})
}
