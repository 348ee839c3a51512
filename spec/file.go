package spec

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// ConfigFile is the name of a bundle's configuration.
const ConfigFile = "config.json"

// maxSize bounds what is read into memory. Engines write some tens of
// kilobytes.
const maxSize = 16 << 20

var (
	// ErrNoConfig says that a bundle has no config.json. Engines know its
	// text.
	ErrNoConfig = errors.New("JSON specification file " + ConfigFile + " not found")

	// ErrTooLarge says that a file is larger than any configuration is.
	ErrTooLarge = errors.New("larger than 16 MiB")

	// ErrNotRegular says that config.json is a directory, a pipe or a device.
	ErrNotRegular = errors.New("must be a regular file")
)

// A readError is a failed open or read, told without the kernel's words:
// engines take "no such file or directory" and "permission denied" for
// verdicts on the container's program.
type readError struct {
	path    string
	problem string
	cause   error
}

func (e *readError) Error() string { return "read " + e.path + ": " + e.problem }

func (e *readError) Unwrap() error { return e.cause }

func newReadError(path string, cause error) error {
	problem := cause.Error()
	switch {
	case errors.Is(cause, fs.ErrNotExist):
		problem = "not found"
	case errors.Is(cause, fs.ErrPermission):
		problem = "not readable by this user"
	case errors.Is(cause, syscall.ENOTDIR):
		problem = "has a file where a folder should be"
	case errors.Is(cause, syscall.EISDIR):
		problem = "must be a file, found a folder"
	}
	return &readError{path, problem, cause}
}

// readConfig returns the content of a bundle's config.json. The file may be
// reached through symbolic links, but what is read must be a regular file:
// opening a pipe without O_NONBLOCK would hang for a writer.
func readConfig(bundle string) ([]byte, error) {
	path := filepath.Join(bundle, ConfigFile)
	fd, err := open(path, syscall.O_RDONLY|syscall.O_NONBLOCK|syscall.O_CLOEXEC)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) && isFolder(bundle) {
			return nil, ErrNoConfig
		}
		return nil, newReadError(path, err)
	}
	defer syscall.Close(fd)

	var st syscall.Stat_t
	if err := syscall.Fstat(fd, &st); err != nil {
		return nil, newReadError(path, err)
	}
	if st.Mode&syscall.S_IFMT != syscall.S_IFREG {
		return nil, fmt.Errorf("read %s: %w", path, ErrNotRegular)
	}
	data, err := readAll(fd, st.Size)
	if err != nil {
		return nil, newReadError(path, err)
	}
	return data, nil
}

func isFolder(path string) bool {
	if path == "" {
		return true
	}
	st, err := os.Stat(path)
	return err == nil && st.IsDir()
}

func open(path string, flags int) (int, error) {
	for {
		fd, err := syscall.Open(path, flags, 0)
		if err != syscall.EINTR {
			return fd, err
		}
	}
}

// readAll reads a file of the size that fstat gave. The buffer has room for
// one byte more, so that one read both fetches the content and shows its end.
func readAll(fd int, size int64) ([]byte, error) {
	if size > maxSize {
		return nil, ErrTooLarge
	}
	buf := make([]byte, 0, max(int(size), 511)+1)
	for {
		n, err := syscall.Read(fd, buf[len(buf):cap(buf)])
		if err == syscall.EINTR {
			continue
		}
		if err != nil {
			return nil, err
		}
		buf = buf[:len(buf)+n]
		switch {
		case len(buf) > maxSize:
			return nil, ErrTooLarge
		case n == 0 || int64(len(buf)) == size:
			return buf, nil
		case len(buf) == cap(buf):
			buf = append(buf, 0)[:len(buf)]
		}
	}
}

// readStream reads a file that may as well be a pipe: a shell's <(command) is
// a usual way to hand over a process.
func readStream(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, newReadError(path, err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxSize+1))
	if err == nil && len(data) > maxSize {
		err = ErrTooLarge
	}
	if err != nil {
		return nil, newReadError(path, err)
	}
	return data, nil
}

// readDocument reads one JSON value from a stream that may stay open.
func readDocument(r io.Reader) ([]byte, error) {
	limited := &io.LimitedReader{R: r, N: maxSize + 1}
	dec := json.NewDecoder(limited)
	var doc json.RawMessage
	err := dec.Decode(&doc)
	var syntax *json.SyntaxError
	switch {
	case limited.N <= 0:
		return nil, ErrTooLarge
	case errors.Is(err, io.EOF):
		return nil, Faults{{"", "must be a JSON object, found an empty document"}}
	case errors.Is(err, io.ErrUnexpectedEOF):
		return nil, Faults{{"", "invalid JSON: unexpected end of input"}}
	case errors.As(err, &syntax):
		return nil, Faults{{"", fmt.Sprintf("invalid JSON after %d bytes: %v", syntax.Offset, err)}}
	case err != nil:
		return nil, err
	}
	rest, err := io.ReadAll(dec.Buffered())
	if err != nil {
		return nil, err
	}
	if len(bytes.TrimSpace(rest)) > 0 {
		return nil, Faults{{"", "invalid JSON: something follows the closing brace"}}
	}
	return doc, nil
}
