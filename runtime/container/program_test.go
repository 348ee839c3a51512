package container

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/sys/unix"
)

// programRootfs makes the root file system of the tests.
func programRootfs(t testing.TB) (dir string, root programRoot) {
	t.Helper()
	dir = t.TempDir()
	for _, d := range []string{"bin", "usr/lib64", "w/bin", "none"} {
		programMust(t, os.MkdirAll(filepath.Join(dir, d), 0o755))
	}
	static := programImage("")
	for _, name := range []string{"bin/tiny", "usr/lib64/ld.so", "w/bin/rel", "w/here"} {
		programMust(t, os.WriteFile(filepath.Join(dir, name), static, 0o755))
	}
	for name, target := range map[string]string{
		"lib64":        "/usr/lib64",
		"bin/up":       "../../../../../usr/lib64/ld.so",
		"bin/host":     dir + "/bin/tiny",
		"bin/dangling": "/nowhere",
	} {
		programMust(t, os.Symlink(target, filepath.Join(dir, name)))
	}
	programMust(t, unix.Mkfifo(filepath.Join(dir, "fifo"), 0o755))
	return dir, programRoot{fd: programDirFD(t, dir), cwd: "/w", binfmt: dir + "/none"}
}

func programDirFD(t testing.TB, dir string) int {
	t.Helper()
	fd, err := unix.Open(dir, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	programMust(t, err)
	t.Cleanup(func() { _ = unix.Close(fd) })
	return fd
}

func programMust(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// programCase is a file "/p". want is the problem without its name. A quiet
// one has a problem that is not to be told.
type programCase struct {
	name    string
	content []byte
	want    string
	quiet   bool
}

const (
	programLost   = `, which the root file system does not have`
	programBroken = ` is a truncated or damaged ELF file`
)

func programScriptCases() []programCase {
	long := strings.Repeat("x", 300)
	text := func(name, content, want string) programCase {
		return programCase{name: name, content: []byte(content), want: want}
	}
	return []programCase{
		text("script", "#!/bin/tiny\n", ""),
		text("blanks", "#! \t/bin/tiny \t-x \nmore", ""),
		text("no newline", "#!/bin/tiny", ""),
		text("zero byte", "#!/bin/tiny\x00/x\n", ""),
		text("long argument", "#!/bin/tiny "+long+"\n", ""),
		text("relative", "#!bin/rel\n", ""),
		text("no slash, but there", "#!here\n", ""),
		text("upwards", "#!/bin/up\n", ""),
		text("below a file", "#!/bin/tiny/x\n", ` asks for "/bin/tiny/x" in its first line`+programLost),
		text("missing", "#!/bin/bash -e\n", ` asks for "/bin/bash" in its first line`+programLost),
		text("dangling", "#!/bin/dangling\n", ` asks for "/bin/dangling" in its first line`+programLost),
		text("only outside", "#!/bin/host\n", ` asks for "/bin/host" in its first line`+programLost),
		text("no slash", "#!tiny\n",
			` asks for "tiny" in its first line, which the kernel does not look up in PATH`),
		text("carriage return", "#!/bin/tiny\r\n", ` has a carriage return at the end of its #! line`),
		text("return in argument", "#!/bin/tiny -x\r\n", ""),
		text("no interpreter", "#! \t\n/bin/tiny\n", ` names no interpreter in its #! line`),
		text("only #!", "#!", ` names no interpreter in its #! line`),
		text("too long", "#!/"+long+"\n", ` has a #! line that is too long for the kernel`),
		text("just too long", "#!/"+long[:253]+"\n", ` has a #! line that is too long for the kernel`),
		text("just fits", "#!/"+long[:252]+"\n",
			` asks for "/`+long[:252]+`" in its first line`+programLost),
		text("empty", "", ` is an empty file`),
		text("text", "echo hello\n", ` has no #! line and is no ELF program`),
		text("mark", "\xef\xbb\xbf#!/bin/tiny\n", ` has a byte order mark before its #! line`),
		text("escaped", "#!/a\x1b[2J\xff\u202e\n",
			` asks for "/a\x1b[2J\xff\u202e" in its first line`+programLost),
		{"itself", []byte("#!/p\n"), "", true},
		{"folder", []byte("#!/bin\n"), "", true},
		{"fifo", []byte("#!/fifo\n"), "", true},
	}
}

func programCases() []programCase {
	list := programScriptCases()
	if host, _ := programHost(); host != "" {
		list = append(list, programELFCases()...)
	}
	return list
}

func TestProgramProblem(t *testing.T) {
	dir, root := programRootfs(t)
	path := filepath.Join(dir, "p")
	for _, c := range programCases() {
		t.Run(c.name, func(t *testing.T) {
			programMust(t, os.WriteFile(path, c.content, 0o755))
			want := c.want
			if want != "" {
				want = `"/p"` + want
			}
			got := root.problem("/p")
			if got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
			for _, words := range []string{"no such file or directory", "permission denied",
				"is a directory", "executable file not found"} {
				if strings.Contains(got, words) {
					t.Errorf("%q are words of engines'", words)
				}
			}
		})
	}
}

// The kernel knows best which of the cases run.
func TestProgramProblemAgreesWithKernel(t *testing.T) {
	if runtime.GOARCH != "amd64" || os.Getuid() != 0 {
		t.Skip("needs amd64 and chroot")
	}
	dir, _ := programRootfs(t)
	path := filepath.Join(dir, "p")
	for _, c := range programCases() {
		t.Run(c.name, func(t *testing.T) {
			programMust(t, os.WriteFile(path, c.content, 0o755))
			err := programExecute(dir)
			if fails := c.want != "" || c.quiet; fails != (err != nil) {
				t.Errorf("execve: %v", err)
			}
		})
	}
}

// programExecute returns execve's error for "/p" in a root file system. How
// the program ends does not matter.
func programExecute(dir string) error {
	for {
		p, err := os.StartProcess("/p", []string{"/p"}, &os.ProcAttr{
			Dir: "/w", Sys: &syscall.SysProcAttr{Chroot: dir},
		})
		if errors.Is(err, syscall.ETXTBSY) {
			continue // a child of another test has yet to close the file
		}
		if err == nil {
			_, err = p.Wait()
		}
		return err
	}
}

func TestProgramScriptOfScript(t *testing.T) {
	dir, root := programRootfs(t)
	for name, text := range map[string]string{"a": "#!b\n", "w/b": "#!/c\n", "c": "#!/d\n"} {
		programMust(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o755))
	}
	want := `"/c" asks for "/d" in its first line` + programLost
	if got := root.problem("/a"); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestProgramNames(t *testing.T) {
	dir, root := programRootfs(t)
	for _, name := range []string{"w/p", "usr/q"} {
		programMust(t, os.WriteFile(filepath.Join(dir, name), nil, 0o755))
	}
	for _, c := range []struct{ cwd, name, want string }{
		{"/w", "p", ""},
		{"/w", "", ""},
		{"/w", "./p", `"./p" is an empty file`},
		{"/w/bin", "../p", `"../p" is an empty file`},
		{"", "w/p", `"w/p" is an empty file`},
		{"/lib64", "../q", `"../q" is an empty file`},
		{"/w", "../../../../../../w/p", `"../../../../../../w/p" is an empty file`},
		{"/w", "/none/p", ""},
		{"/w", "/none", ""},
		{"/w", "/fifo", ""},
		{"/w", "/" + strings.Repeat("x", 5000), ""},
		{"/w", "/w/p\x00", ""},
	} {
		if got := programProblem(root.fd, c.cwd, c.name); got != c.want {
			t.Errorf("%q in %q: got %s, want %s", c.name, c.cwd, got, c.want)
		}
	}
}

// Judged by its content, each of these would be empty or strange.
func TestProgramJudgesRegularFilesOnly(t *testing.T) {
	slash := programDirFD(t, "/")
	fd, err := unix.MemfdCreate("program", unix.MFD_CLOEXEC)
	programMust(t, err)
	defer func() { _ = unix.Close(fd) }()
	link := "/proc/self/fd/" + strconv.Itoa(fd)
	for _, name := range []string{"/dev/null", "/dev/zero", "/etc", "/proc/version", link} {
		if got := programProblem(slash, "/", name); got != "" {
			t.Errorf("%s: %s", name, got)
		}
	}
}

func TestProgramLeavesNothingOpen(t *testing.T) {
	dir, root := programRootfs(t)
	path := filepath.Join(dir, "p")
	count := func() int {
		list, err := os.ReadDir("/proc/self/fd")
		programMust(t, err)
		return len(list)
	}
	slash := programDirFD(t, "/")
	before := count()
	_ = programProblem(slash, "/", "/proc/version")
	for _, c := range programCases() {
		programMust(t, os.WriteFile(path, c.content, 0o755))
		_ = root.problem("/p")
	}
	if after := count(); after != before {
		t.Errorf("%d descriptors before, %d after", before, after)
	}
}

func TestProgramBinfmt(t *testing.T) {
	const (
		qemu   = "enabled\ninterpreter /usr/bin/qemu\nflags: F\noffset 0\nmagic 7f454c460201\n"
		python = "enabled\ninterpreter /usr/bin/python3\nflags: \nextension .pyc\n"
	)
	for _, c := range []struct {
		name        string
		files       map[string]string
		any, others bool
	}{
		{"not mounted", nil, false, false},
		{"none", map[string]string{"status": "enabled\n", "register": "enabled\n"}, false, false},
		{"emulator", map[string]string{"status": "enabled\n", "qemu": qemu}, true, false},
		{"other", map[string]string{"status": "enabled\n", "python": python}, true, true},
		{"both", map[string]string{"python": python, "qemu": qemu}, true, true},
		{"off", map[string]string{"status": "enabled\n", "qemu": "disabled\n" + qemu}, false, false},
		{"all off", map[string]string{"status": "disabled\n", "qemu": qemu}, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			for name, text := range c.files {
				programMust(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644))
			}
			if got := programHandlers(dir); got.any != c.any || got.others != c.others {
				t.Errorf("got %+v, want %v, %v", got, c.any, c.others)
			}
		})
	}
}

// Where something may be able to run it, nothing is said.
func TestProgramBinfmtSilences(t *testing.T) {
	dir, root := programRootfs(t)
	handler := "enabled\nextension .x\n"
	programMust(t, os.WriteFile(filepath.Join(dir, "none", "h"), []byte(handler), 0o644))
	foreign := programImage("", func(b []byte) { b[18], b[19] = 0xfe, 0xfe })
	for _, content := range [][]byte{foreign, []byte("PK\x03\x04")} {
		programMust(t, os.WriteFile(filepath.Join(dir, "p"), content, 0o755))
		if got := root.problem("/p"); got != "" {
			t.Errorf("got %s", got)
		}
	}
}

func FuzzProgramProblem(f *testing.F) {
	for _, c := range programCases() {
		f.Add(c.content)
	}
	f.Add(programImage32("/lib64/ld.so"))
	dir, root := programRootfs(f)
	path := filepath.Join(dir, "p")
	f.Fuzz(func(t *testing.T, content []byte) {
		programMust(t, os.WriteFile(path, content, 0o755))
		got := root.problem("/p")
		if len(got) > 2048 || !utf8.ValidString(got) || strings.ContainsFunc(got, unicode.IsControl) {
			t.Errorf("%d bytes: %q", len(got), got)
		}
		if bytes.Equal(content, programImage("")) && got != "" {
			t.Errorf("got %s for a good program", got)
		}
	})
}
