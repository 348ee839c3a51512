package container

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"
)

// writeFileAtomic writes a file under a temporary name in the same directory
// and renames it. The temporary name carries the pid, so that two processes
// never share one, and is taken over from a process that died with that pid.
func writeFileAtomic(path string, data []byte, mode os.FileMode) (retErr error) {
	dir, base := filepath.Split(path)
	tmp := filepath.Join(dir, "."+base+"."+strconv.Itoa(os.Getpid()))
	f, err := createNew(tmp, mode)
	if err != nil {
		return err
	}
	defer func() {
		if retErr != nil {
			os.Remove(tmp)
		}
	}()
	_, err = f.Write(data)
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(tmp, path)
}

// createNew makes a file that did not exist: O_EXCL follows no link that
// somebody put there.
func createNew(path string, mode os.FileMode) (*os.File, error) {
	const flags = os.O_WRONLY | os.O_CREATE | os.O_EXCL
	f, err := os.OpenFile(path, flags, mode)
	if !errors.Is(err, os.ErrExist) {
		return f, err
	}
	if err := os.Remove(path); err != nil {
		return nil, err
	}
	return os.OpenFile(path, flags, mode)
}

// readOwnFile reads a regular file of at most limit bytes, following no link
// at its end and never waiting on a fifo.
func readOwnFile(path string, limit int64) ([]byte, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !st.Mode().IsRegular() || st.Size() > limit {
		return nil, fmt.Errorf("read %s: not a regular file of at most %d bytes", path, limit)
	}
	data := make([]byte, st.Size())
	_, err = io.ReadFull(f, data)
	return data, err
}

// writePidFile writes pid as a decimal number without a newline, atomically:
// engines read the file as soon as it is there.
func writePidFile(path string, pid int) error {
	if err := writeFileAtomic(path, []byte(strconv.Itoa(pid)), 0o666); err != nil {
		return fmt.Errorf("write pid file: %w", plainWords(err))
	}
	return nil
}
