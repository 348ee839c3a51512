// Package reference builds a program against a given libseccomp and asks it
// what that library makes of names and filters.
package reference

import (
	"bufio"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/seccomp/libseccomp-golang/difference/profile"
)

//go:embed program/reference.c
var source []byte

// Library is a libseccomp: the machine's where Root is empty, else the one
// unpacked below Root.
type Library struct {
	Name string
	Root string
	// Build is where the program is put.
	Build string
}

// libraries is where Debian puts shared libraries on the only architecture
// this runs on.
const libraries = "usr/lib/x86_64-linux-gnu"

// Path is the directory that holds the shared library, "" for the machine's.
func (l Library) Path() string {
	if l.Root == "" {
		return ""
	}
	return filepath.Join(l.Root, libraries)
}

// Program compiles the reference program and gives its path. Several may do
// so at once.
func (l Library) Program() (string, error) {
	if err := os.MkdirAll(l.Build, 0o755); err != nil {
		return "", err
	}
	dir, err := os.MkdirTemp(l.Build, "new-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	c, made := filepath.Join(dir, "reference.c"), filepath.Join(dir, "reference")
	if err := os.WriteFile(c, source, 0o644); err != nil {
		return "", err
	}
	args := []string{"-Wall", "-Wextra", "-Werror", "-O1", "-o", made, c}
	if path := l.Path(); path != "" {
		args = append(args, "-I", filepath.Join(l.Root, "usr/include"), "-L", path, "-Wl,-rpath,"+path)
	}
	if text, err := exec.Command("gcc", append(args, "-lseccomp")...).CombinedOutput(); err != nil {
		return "", fmt.Errorf("compile reference.c for %s: %w\n%s", l.Name, err, text)
	}
	program := filepath.Join(l.Build, "reference-"+l.Name)
	return program, os.Rename(made, program)
}

// Session is a running reference program. It is for one goroutine.
type Session struct {
	program string
	cmd     *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Reader
}

// ErrDied is the answer to a filter that made libseccomp crash or go on for
// ever; the session goes on with a new program.
var ErrDied = errors.New("ask libseccomp: it died")

// Start starts a reference program.
func Start(program string) (*Session, error) {
	s := &Session{program: program}
	return s, s.start()
}

func (s *Session) start() error {
	s.cmd = exec.Command(s.program)
	s.cmd.Stderr = os.Stderr
	var err error
	if s.in, err = s.cmd.StdinPipe(); err != nil {
		return err
	}
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	s.out = bufio.NewReaderSize(out, 1<<20)
	return s.cmd.Start()
}

// Close ends the program.
func (s *Session) Close() error {
	return errors.Join(s.in.Close(), s.cmd.Wait())
}

func (s *Session) ask(request string) (string, error) {
	if _, err := io.WriteString(s.in, request); err != nil {
		return "", err
	}
	answer, err := s.out.ReadString('\n')
	return strings.TrimSuffix(answer, "\n"), err
}

// restart replaces a program that died of a signal.
func (s *Session) restart() error {
	err := s.Close()
	exit, ok := errors.AsType[*exec.ExitError](err)
	if !ok || exit.Exited() {
		return fmt.Errorf("wait for %s: %w", s.program, err)
	}
	if err := s.start(); err != nil {
		return err
	}
	return fmt.Errorf("%w: %v", ErrDied, exit)
}

// Version is the library's version and the API level it sees.
func (s *Session) Version() (string, error) {
	return s.ask("version\n")
}

// Resolve gives the number of a system call, profile.Unknown for none.
func (s *Session) Resolve(arch profile.Arch, name string) (int32, error) {
	answer, err := s.ask(fmt.Sprintf("resolve %#x %s\n", arch.Token, name))
	if err != nil {
		return 0, err
	}
	nr, err := strconv.ParseInt(answer, 10, 32)
	return int32(nr), err
}

// Name gives the name of a system call, "" for none.
func (s *Session) Name(arch profile.Arch, nr int32) (string, error) {
	answer, err := s.ask(fmt.Sprintf("name %#x %d\n", arch.Token, nr))
	if answer == "-" {
		answer = ""
	}
	return answer, err
}

// Filter makes the calls of a script.
func (s *Session) Filter(script *profile.Script) (*profile.Result, error) {
	answer, err := s.ask(script.Request())
	if errors.Is(err, io.EOF) || errors.Is(err, syscall.EPIPE) {
		return nil, s.restart()
	}
	if err != nil {
		return nil, err
	}
	head, program, ok := strings.Cut(answer, "= ")
	if !ok {
		return nil, fmt.Errorf("read answer %q", answer)
	}
	codes := strings.Fields(head)
	if len(codes) > 0 && codes[0] == "init" {
		return &profile.Result{Err: profile.NoFilter}, nil
	}
	result := &profile.Result{Calls: len(codes)}
	for i, code := range codes {
		if code != "0" && code != "-" {
			result.Calls = i
			result.Err, err = strconv.Atoi(code)
			return result, err
		}
	}
	if len(program) < 8 {
		result.Err, err = strconv.Atoi(program)
		return result, err
	}
	result.Program, err = hex.DecodeString(program)
	return result, err
}
