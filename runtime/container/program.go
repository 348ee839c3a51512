package container

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

const (
	// programHead is how much of a file is looked at, its program headers
	// among it. Linkers put those right behind the ELF header.
	programHead = 4 << 10

	// programLine is how much of a script's first line the kernel reads
	// (BINPRM_BUF_SIZE; 128 before Linux 5.1, where the rest was cut off).
	programLine = 256

	// programDepth is how many interpreters the kernel goes through from a
	// script to a program (ELOOP beyond).
	programDepth = 5

	programBinfmt = "/proc/sys/fs/binfmt_misc"
)

// programProblem tells why execve of a program in a root file system will not
// work, in one clause: the kernel's own answer to a missing ELF interpreter,
// say, is that the program is missing. It returns "" when nothing is wrong,
// when it cannot be told, and for a name without a slash. A relative name
// starts at cwd.
//
// The root file system belongs to somebody who may be hostile. It is seen
// from outside: names are resolved below rootfd and through no magic link,
// nothing but a regular file is opened for reading, and of that a few
// kilobytes are read. Kernels without openat2 (before 5.6) get no answer.
func programProblem(rootfd int, cwd, name string) string {
	if !strings.Contains(name, "/") {
		return ""
	}
	root := programRoot{fd: rootfd, cwd: cwd, binfmt: programBinfmt}
	return root.problem(name)
}

// programRoot is where programs are looked up.
type programRoot struct {
	fd     int
	cwd    string
	binfmt string // where binfmt_misc is mounted
}

// problem follows a script to its interpreter.
func (r programRoot) problem(name string) string {
	script := ""
	for range 1 + programDepth {
		f, err := r.open(name)
		if programMissing(err) && script != "" {
			return programNoInterpreter(script, name)
		}
		if err != nil {
			return ""
		}
		problem, next := f.look()
		_ = unix.Close(f.fd)
		if problem != "" || next == "" {
			return problem
		}
		script, name = name, next
	}
	return ""
}

// lookup returns a descriptor that permits nothing but to ask what it is, so
// that not even a device or a fifo notices.
func (r programRoot) lookup(name string) (int, error) {
	if !strings.HasPrefix(name, "/") {
		name = r.cwd + "/" + name // not cleaned: "x/.." is no lexical matter
	}
	return unix.Openat2(r.fd, name, &unix.OpenHow{
		Flags:   unix.O_PATH | unix.O_CLOEXEC,
		Resolve: unix.RESOLVE_IN_ROOT | unix.RESOLVE_NO_MAGICLINKS,
	})
}

// has is true as well where it cannot be told.
func (r programRoot) has(name string) bool {
	fd, err := r.lookup(name)
	if err == nil {
		_ = unix.Close(fd)
	}
	return !programMissing(err)
}

func programMissing(err error) bool {
	return errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ENOTDIR)
}

// programFile is a regular file that execve is going to see.
type programFile struct {
	fd   int
	root programRoot
	name string
	size uint64
	head [programHead]byte // zeros behind the end, as the kernel has it
	n    int               // of head, what is the file's
}

// open looks before it opens: opening a device can have effects, and opening
// a fifo can wait.
func (r programRoot) open(name string) (*programFile, error) {
	fd, err := r.lookup(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = unix.Close(fd) }()
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return nil, err
	}
	if st.Mode&unix.S_IFMT != unix.S_IFREG || st.Size < 0 {
		return nil, unix.EINVAL
	}
	f := &programFile{root: r, name: name, size: uint64(st.Size)}
	return f, f.read(fd)
}

// read opens the very file that the descriptor stands for, whatever its name
// leads to by now. O_NONBLOCK keeps a file lease from holding us up.
func (f *programFile) read(fd int) (err error) {
	const flags = unix.O_RDONLY | unix.O_NONBLOCK | unix.O_NOCTTY | unix.O_CLOEXEC
	f.fd, err = unix.Open("/proc/self/fd/"+strconv.Itoa(fd), flags, 0)
	if err != nil {
		return err
	}
	f.n, err = unix.Pread(f.fd, f.head[:], 0)
	if err == nil && uint64(f.n) != min(f.size, programHead) {
		err = unix.EIO // no file whose size says something
	}
	if err != nil {
		_ = unix.Close(f.fd)
	}
	return err
}

// look returns what is wrong with the file, or the interpreter it asks for in
// its first line.
func (f *programFile) look() (problem, next string) {
	head := f.head[:f.n]
	switch {
	case f.n == 0:
		return programQuote(f.name) + " is an empty file", ""
	case bytes.HasPrefix(head, []byte("\x7fELF")):
		return f.elfProblem(), ""
	case bytes.HasPrefix(head, []byte("#!")):
		return f.script()
	case programHandlers(f.root.binfmt).others:
		return "", ""
	case bytes.HasPrefix(head, []byte("\xef\xbb\xbf#!")):
		return programQuote(f.name) + " has a byte order mark before its #! line", ""
	}
	return programQuote(f.name) + " has no #! line and is no ELF program", ""
}

// script reads the first line as the kernel does: blanks around the
// interpreter, which ends at a blank, a zero byte or the end of the line.
func (f *programFile) script() (problem, next string) {
	line, _, whole := bytes.Cut(f.head[2:programLine], []byte("\n"))
	line = bytes.TrimLeft(line, " \t")
	end := bytes.IndexAny(line, " \t\x00")
	switch {
	case end < 0 && !whole:
		return programQuote(f.name) + " has a #! line that is too long for the kernel", ""
	case end < 0:
		end = len(line)
	}
	if end == 0 {
		return programQuote(f.name) + " names no interpreter in its #! line", ""
	}
	return "", string(line[:end])
}

// programNoInterpreter words that a script's interpreter is missing.
func programNoInterpreter(script, name string) string {
	if strings.HasSuffix(name, "\r") {
		return programQuote(script) + " has a carriage return at the end of its #! line"
	}
	text := programQuote(script) + " asks for " + programQuote(name) + " in its first line, "
	if !strings.Contains(name, "/") {
		return text + "which the kernel does not look up in PATH"
	}
	return text + "which the root file system does not have"
}

// programQuote makes a name from a hostile file fit for a log.
func programQuote(name string) string {
	const most = 256
	if len(name) > most {
		return strconv.Quote(name[:most]) + "…"
	}
	return strconv.Quote(name)
}

// programBinfmts tells what binfmt_misc may be able to run: anything, and
// anything but ELF programs.
type programBinfmts struct{ any, others bool }

// programHandlers reads what is registered. What each handler takes exactly
// is left to the kernel: a hint too few is better than a wrong one.
func programHandlers(dir string) (found programBinfmts) {
	entries, _ := os.ReadDir(dir)
	if status, _ := os.ReadFile(filepath.Join(dir, "status")); string(status) == "disabled\n" {
		return found
	}
	for _, e := range entries {
		if e.Name() == "register" || e.Name() == "status" {
			continue
		}
		text, _ := os.ReadFile(filepath.Join(dir, e.Name()))
		if bytes.HasPrefix(text, []byte("enabled\n")) {
			found.any = true
			found.others = found.others || !bytes.Contains(text, []byte("\nmagic 7f454c46"))
		}
	}
	return found
}
