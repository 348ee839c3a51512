package engine

import (
	"archive/tar"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// Image is the name under which engines know the test image. PauseImage is the
// same root file system with a pod's pause process as its command.
const (
	Image      = "localhost/box:test"
	PauseImage = "localhost/pause:test"
)

// A file is an entry of the test image.
type file struct {
	path string
	mode int64
	body string
	uid  int
}

// Files are the parts of the image that busybox does not bring.
func files() []file {
	return []file{
		{path: "etc/passwd", mode: 0o644, body: "root:x:0:0:root:/root:/bin/sh\nmate:x:1000:1000::/home/mate:/bin/sh\n"},
		{path: "etc/group", mode: 0o644, body: "root:x:0:\nmate:x:1000:\ncrew:x:2000:mate\n"},
		{path: "etc/keep", mode: 0o644, body: "from the image\n"},
		{path: "bin/plain", mode: 0o644, body: "#!/bin/sh\necho not reached\n"},
		{path: "bin/lost", mode: 0o755, body: "#!/no/such/interpreter\n"},
		{path: "home/mate/note", mode: 0o600, body: "mine\n", uid: 1000},
		{path: "www/index.html", mode: 0o644, body: "ahoy\n"},
	}
}

// rootfsTar makes the tar of the root file system once and returns its path.
var rootfsTar = sync.OnceValues(func() (string, error) {
	path := filepath.Join(Scratch(), "rootfs.tar")
	out, err := os.Create(path)
	if err != nil {
		return "", err
	}
	defer out.Close()
	if err := writeRootfs(tar.NewWriter(out)); err != nil {
		return "", fmt.Errorf("make image: %w", err)
	}
	return path, out.Close()
})

// Rootfs returns the path of the root file system's tar, the form that docker
// import takes.
func Rootfs() (string, error) { return rootfsTar() }

// Unpack unpacks the root file system into dir, for a bundle without an engine.
func Unpack(t testing.TB, dir string) {
	t.Helper()
	path, err := Rootfs()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("tar", "-xf", path, "-C", dir).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}

func writeRootfs(tw *tar.Writer) error {
	for _, dir := range []string{"bin", "etc", "proc", "sys", "dev", "root", "home", "var", "www", "run"} {
		if err := tw.WriteHeader(&tar.Header{Name: dir + "/", Typeflag: tar.TypeDir, Mode: 0o755}); err != nil {
			return err
		}
	}
	for _, h := range []*tar.Header{
		{Name: "tmp/", Typeflag: tar.TypeDir, Mode: 0o1777},
		{Name: "home/mate/", Typeflag: tar.TypeDir, Mode: 0o700, Uid: 1000, Gid: 1000},
	} {
		if err := tw.WriteHeader(h); err != nil {
			return err
		}
	}
	if err := writeBusybox(tw); err != nil {
		return err
	}
	if err := writeProbe(tw); err != nil {
		return err
	}
	for _, f := range files() {
		h := &tar.Header{Name: f.path, Mode: f.mode, Size: int64(len(f.body)), Uid: f.uid, Gid: f.uid}
		if err := writeEntry(tw, h, strings.NewReader(f.body)); err != nil {
			return err
		}
	}
	return tw.Close()
}

func writeEntry(tw *tar.Writer, h *tar.Header, body io.Reader) error {
	if err := tw.WriteHeader(h); err != nil {
		return err
	}
	_, err := io.Copy(tw, body)
	return err
}

// writeBusybox adds the host's static busybox and a link for each applet.
func writeBusybox(tw *tar.Writer) error {
	path, err := exec.LookPath("busybox")
	if err != nil {
		return err
	}
	if err := writeProgram(tw, path, "bin/busybox", 0o755); err != nil {
		return err
	}
	applets, err := exec.Command(path, "--list").Output()
	if err != nil {
		return err
	}
	for applet := range strings.FieldsSeq(string(applets)) {
		if applet == "busybox" {
			continue
		}
		h := &tar.Header{Name: "bin/" + applet, Typeflag: tar.TypeSymlink, Linkname: "busybox", Mode: 0o777}
		if err := tw.WriteHeader(h); err != nil {
			return err
		}
	}
	return nil
}

// writeProbe builds the probe and adds it, once plain and once set-user-ID.
func writeProbe(tw *tar.Writer) error {
	path := filepath.Join(Scratch(), "probe")
	build := exec.Command("go", "build", "-o", path, "./integration/engine/probe")
	build.Dir = sourceRoot()
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	if err := writeProgram(tw, path, "bin/probe", 0o755); err != nil {
		return err
	}
	return writeProgram(tw, path, "bin/suid-probe", 0o4755)
}

func writeProgram(tw *tar.Writer, from, name string, mode int64) error {
	f, err := os.Open(from)
	if err != nil {
		return err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return err
	}
	return writeEntry(tw, &tar.Header{Name: name, Mode: mode, Size: st.Size()}, f)
}
