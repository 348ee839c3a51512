package container

import (
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// openRoot opens the root directory of a process as a path only.
func openRoot(pid int) (*os.File, error) {
	path := "/proc/" + strconv.Itoa(pid) + "/root"
	fd, err := unix.Open(path, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), path), nil
}
