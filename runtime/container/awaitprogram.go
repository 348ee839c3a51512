package container

import (
	"bytes"
	"context"
	"os"
	"strconv"
	"time"
)

const (
	// initName is what libcontainer calls init (comm, proc_pid_comm(5)).
	initName = "runc:[2:INIT]\n"
	// programPatience bounds the wait: a program may have that name as well.
	programPatience = time.Second
	programStep     = 500 * time.Microsecond
)

// awaitProgram waits while init, which start has let go, is on its way to
// execve(2): some 1 ms, longer on a loaded host. Until then the kernel lets
// nobody without privileges join namespaces that init itself has joined, for
// init is not dumpable (prctl(2), PR_SET_DUMPABLE). The kernel has no event
// for an execve that an unprivileged process could wait for, so this looks
// again and again. Root need not wait.
func (c *loaded) awaitProgram(ctx context.Context) {
	if c.status != Running {
		return // a created container's init stays
	}
	end := time.Now().Add(programPatience)
	path := "/proc/" + strconv.Itoa(c.init.Pid) + "/comm"
	for ctx.Err() == nil && time.Now().Before(end) {
		name, err := os.ReadFile(path)
		if err != nil || !bytes.Equal(name, []byte(initName)) {
			return
		}
		time.Sleep(programStep)
	}
}
