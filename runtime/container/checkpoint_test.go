package container

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/opencontainers/runc/libcontainer"
	"golang.org/x/sys/unix"
)

func TestCRIUOptions(t *testing.T) {
	image := filepath.Join(t.TempDir(), "a", "b")
	got, err := CRIUOptions{
		ImagePath: image, WorkPath: "/w", LeaveRunning: true, TCPEstablished: true,
		TCPSkipInFlight: true, LinkRemap: true, ExtUnixSockets: true, ShellJob: true,
		FileLocks: true, PreDump: true, AutoDedup: true, LazyPages: true, StatusFD: 7,
		PageServer: "[::1]:27", ManageCgroupsMode: "full", EmptyNamespaces: []string{"network"},
		LSMProfile: "selinux:x", LSMMountContext: "y",
	}.libcontainer()
	ok(t, err)
	want := &libcontainer.CriuOpts{
		ImagesDirectory: image, WorkDirectory: "/w", LeaveRunning: true, TcpEstablished: true,
		TcpSkipInFlight: true, LinkRemap: true, ExternalUnixConnections: true, ShellJob: true,
		FileLocks: true, PreDump: true, AutoDedup: true, LazyPages: true, StatusFd: 7,
		PageServer:        libcontainer.CriuPageServerInfo{Address: "::1", Port: 27},
		ManageCgroupsMode: "full", EmptyNs: unix.CLONE_NEWNET,
		LsmProfile: "selinux:x", LsmMountContext: "y",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if st, err := os.Stat(image); err != nil || st.Mode().Perm() != 0o700 {
		t.Errorf("image path: %v, %v", st, err)
	}
}

func TestCRIUOptionsRefused(t *testing.T) {
	image := t.TempDir()
	ok(t, os.Mkdir(filepath.Join(image, "parent"), 0o700))
	file := filepath.Join(image, "file")
	ok(t, os.WriteFile(file, nil, 0o600))
	for _, c := range []struct {
		o    CRIUOptions
		want string
		is   error
	}{
		{CRIUOptions{ImagePath: file}, "image-path: ", unix.ENOTDIR},
		{CRIUOptions{ParentPath: filepath.Join(image, "parent")}, "--parent-path must be relative", nil},
		{CRIUOptions{ParentPath: "none"}, "invalid --parent-path: ", fs.ErrNotExist},
		{CRIUOptions{ParentPath: "file"}, "invalid --parent-path: file: not a directory", unix.ENOTDIR},
		{CRIUOptions{PageServer: "host"}, `page-server: "host" is not of the form ADDRESS:PORT`, nil},
		{CRIUOptions{PageServer: ":1"}, `page-server: ":1" is not of the form ADDRESS:PORT`, nil},
		{CRIUOptions{PageServer: "h:http"}, `page-server: invalid port number "http"`, nil},
		{CRIUOptions{PageServer: "h:65536"}, `page-server: invalid port number "65536"`, nil},
		{CRIUOptions{PageServer: "h:-1"}, `page-server: invalid port number "-1"`, nil},
		{CRIUOptions{EmptyNamespaces: []string{"network", "pid"}}, `empty-ns: namespace "pid" is not supported`, nil},
	} {
		if c.o.ImagePath == "" {
			c.o.ImagePath = image
		}
		_, err := c.o.libcontainer()
		mentions(t, err, c.want)
		if c.is != nil && !errors.Is(err, c.is) {
			t.Errorf("%s: not %v", err, c.is)
		}
	}
	for _, fine := range []CRIUOptions{{ParentPath: "parent"}, {PageServer: "h:65535"}, {}} {
		fine.ImagePath = image
		if _, err := fine.libcontainer(); err != nil {
			t.Errorf("%+v: %v", fine, err)
		}
	}
}

// Restore looks at its options before it makes anything.
func TestRestoreRefusesFirst(t *testing.T) {
	r := newRuntime(t)
	_, err := r.Restore(t.Context(), "x", RestoreOptions{
		CRIU: CRIUOptions{ImagePath: t.TempDir(), EmptyNamespaces: []string{"pid"}},
	})
	mentions(t, err, "empty-ns: ")
	if len(names(t, r.Root))+len(names(t, r.Index)) > 0 {
		t.Error("something was made")
	}
}
