package try

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// newUserNS makes a user namespace with the container's ids, for the kernel to
// map mounts by. A namespace needs a process when it is made: it is one that
// has been stopped before its first instruction, and is ended right after.
func newUserNS(i ids) (*os.File, error) {
	// Only the thread that traces a process hears of it.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	cmd := exec.Command("/proc/self/exe")
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  unix.CLONE_NEWUSER,
		UidMappings: sysMappings(i.uids), GidMappings: sysMappings(i.gids),
		Ptrace: true, Pdeathsig: unix.SIGKILL,
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	defer func() {
		cmd.Process.Kill() //nolint:errcheck // it cannot have ended
		cmd.Wait()         //nolint:errcheck // killed
	}()
	return os.Open(fmt.Sprintf("/proc/%d/ns/user", cmd.Process.Pid))
}

func sysMappings(list []specs.LinuxIDMapping) []syscall.SysProcIDMap {
	out := make([]syscall.SysProcIDMap, 0, len(list))
	for _, m := range list {
		out = append(out, syscall.SysProcIDMap{
			ContainerID: int(m.ContainerID), HostID: int(m.HostID), Size: int(m.Size),
		})
	}
	return out
}

// cloneMapped mounts what is at path, without what is mounted below it, at
// target, with the host's ids as those of the user namespace (Linux 5.12).
func cloneMapped(path, target string, userns *os.File) error {
	fd, err := mapped(path, userns)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	return os.NewSyscallError("move_mount",
		unix.MoveMount(fd, "", unix.AT_FDCWD, target, unix.MOVE_MOUNT_F_EMPTY_PATH))
}

func mapped(path string, userns *os.File) (int, error) {
	fd, err := unix.OpenTree(unix.AT_FDCWD, path, unix.OPEN_TREE_CLONE|unix.OPEN_TREE_CLOEXEC)
	if err != nil {
		return -1, os.NewSyscallError("open_tree", err)
	}
	attr := unix.MountAttr{Attr_set: unix.MOUNT_ATTR_IDMAP, Userns_fd: uint64(userns.Fd())}
	if err := unix.MountSetattr(fd, "", unix.AT_EMPTY_PATH, &attr); err != nil {
		unix.Close(fd)
		return -1, os.NewSyscallError("mount_setattr", err)
	}
	return fd, nil
}

// canMap says whether the file system at path can be mounted id-mapped.
func canMap(path string, userns *os.File) bool {
	fd, err := mapped(path, userns)
	if err != nil {
		return false
	}
	unix.Close(fd)
	return true
}

// restrict makes a mount, or a tree of them, read-only, nodev and nosuid.
func restrict(path string, tree bool) error {
	const attrs = unix.MOUNT_ATTR_RDONLY | unix.MOUNT_ATTR_NODEV | unix.MOUNT_ATTR_NOSUID
	flags := uint(0)
	if tree {
		flags = unix.AT_RECURSIVE
	}
	err := unix.MountSetattr(unix.AT_FDCWD, path, flags, &unix.MountAttr{Attr_set: attrs})
	if errors.Is(err, unix.ENOSYS) && !tree {
		// Before Linux 5.12.
		err = unix.Mount("", path, "", unix.MS_BIND|unix.MS_REMOUNT|
			unix.MS_RDONLY|unix.MS_NODEV|unix.MS_NOSUID, "")
	}
	return os.NewSyscallError("mount_setattr", err)
}
