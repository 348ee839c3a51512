package spec

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

const faultlessFile = "{" + faultless + "}\n"

func writeConfig(t *testing.T, text string) (bundle string) {
	t.Helper()
	bundle = t.TempDir()
	if err := os.WriteFile(filepath.Join(bundle, ConfigFile), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return bundle
}

func TestLoad(t *testing.T) {
	bundle := writeConfig(t, faultlessFile)
	s, err := Load(bundle)
	if err != nil || s.Root.Path != "rootfs" {
		t.Fatalf("Load = %v, %v", s, err)
	}
	t.Chdir(bundle)
	for _, here := range []string{"", "."} {
		if _, err := Load(here); err != nil {
			t.Errorf("Load(%q): %v", here, err)
		}
	}
}

func TestLoadSymlink(t *testing.T) {
	bundle := t.TempDir()
	file := filepath.Join(writeConfig(t, faultlessFile), ConfigFile)
	if err := os.Symlink(file, filepath.Join(bundle, ConfigFile)); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(bundle); err != nil {
		t.Error(err)
	}
}

func TestLoadMissing(t *testing.T) {
	empty := t.TempDir()
	_, err := Load(empty)
	if !errors.Is(err, ErrNoConfig) {
		t.Errorf("no file: %v", err)
	}
	if want := "JSON specification file config.json not found"; !strings.Contains(err.Error(), want) {
		t.Errorf("no file: %q lacks %q", err, want)
	}
	t.Chdir(empty)
	if _, err := Load(""); !errors.Is(err, ErrNoConfig) {
		t.Errorf("no file here: %v", err)
	}
	_, err = Load(filepath.Join(empty, "bundle"))
	if !errors.Is(err, fs.ErrNotExist) || errors.Is(err, ErrNoConfig) {
		t.Errorf("no bundle: %v", err)
	}
}

// TestLoadNoFile also guards against words that engines take for a verdict
// on the container's program.
func TestLoadNoFile(t *testing.T) {
	makers := map[string]func(path string) error{
		"folder":   func(path string) error { return os.Mkdir(path, 0o700) },
		"pipe":     func(path string) error { return syscall.Mkfifo(path, 0o600) },
		"device":   func(path string) error { return os.Symlink("/dev/null", path) },
		"endless":  func(path string) error { return os.Symlink("/dev/zero", path) },
		"nowhere":  func(path string) error { return os.Symlink("nowhere", path) },
		"circle":   func(path string) error { return os.Symlink(ConfigFile, path) },
		"one file": func(path string) error { return os.Symlink("/etc/passwd/x", path) },
	}
	for name, make := range makers {
		t.Run(name, func(t *testing.T) {
			bundle := t.TempDir()
			if err := make(filepath.Join(bundle, ConfigFile)); err != nil {
				t.Fatal(err)
			}
			_, err := Load(bundle)
			if err == nil {
				t.Fatal("loaded")
			}
			for _, word := range []string{
				"no such file or directory", "not a directory", "is a directory",
				"permission denied", "executable file not found",
			} {
				if strings.Contains(err.Error(), word) {
					t.Errorf("error says %q: %v", word, err)
				}
			}
		})
	}
}

func TestLoadNotRegular(t *testing.T) {
	bundle := t.TempDir()
	if err := syscall.Mkfifo(filepath.Join(bundle, ConfigFile), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(bundle); !errors.Is(err, ErrNotRegular) {
		t.Errorf("pipe: %v", err)
	}
}

func TestLoadSize(t *testing.T) {
	fill := strings.Repeat(" ", maxSize-len(faultlessFile))
	if _, err := Load(writeConfig(t, faultlessFile+fill)); err != nil {
		t.Errorf("file of the largest size: %v", err)
	}
	if _, err := Load(writeConfig(t, faultlessFile+fill+" ")); !errors.Is(err, ErrTooLarge) {
		t.Errorf("larger file: %v", err)
	}
}

// TestReadAll has sizes that are not the file's: it may grow, and those in
// /proc have none.
func TestReadAll(t *testing.T) {
	text := strings.Repeat("0123456789", 1000)
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, size := range []int64{0, 20000, int64(len(text))} {
		fd, err := open(path, syscall.O_RDONLY|syscall.O_CLOEXEC)
		if err != nil {
			t.Fatal(err)
		}
		data, err := readAll(fd, size)
		if err != nil || string(data) != text {
			t.Errorf("size %d: %d bytes, %v", size, len(data), err)
		}
		syscall.Close(fd)
	}
}

func TestLoadFaults(t *testing.T) {
	_, err := Load(writeConfig(t, `{"ociVersion": "1.3.0", "root": {"path": "x"}}`))
	wantFaults(t, err, "process: process property must not be empty")
}

func TestLoadProcess(t *testing.T) {
	const text = `{"args": ["sh"], "cwd": "/"}`
	file := filepath.Join(t.TempDir(), "process.json")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := LoadProcess(file)
	if err != nil || p.Args[0] != "sh" {
		t.Errorf("file: %v, %v", p, err)
	}

	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	written := make(chan error, 1)
	go func() { written <- os.WriteFile(pipe, []byte(text), 0) }()
	p, err = LoadProcess(pipe)
	if werr := <-written; werr != nil {
		t.Fatal(werr)
	}
	if err != nil || p.Args[0] != "sh" {
		t.Errorf("pipe: %v, %v", p, err)
	}

	if _, err := LoadProcess(filepath.Dir(file)); err == nil {
		t.Error("folder: loaded")
	}
	if _, err := LoadProcess(file + "x"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing: %v", err)
	}
	if _, err := LoadProcess("/dev/zero"); !errors.Is(err, ErrTooLarge) {
		t.Errorf("endless: %v", err)
	}
}
