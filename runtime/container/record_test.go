package container

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/opencontainers/cgroups"
	"golang.org/x/sys/unix"
)

// newRuntime is a Runtime in a folder of the test's own, with an empty root
// and index.
func newRuntime(t *testing.T) *Runtime {
	t.Helper()
	dir := t.TempDir()
	r := &Runtime{Root: filepath.Join(dir, "root"), Index: filepath.Join(dir, "index")}
	ok(t, os.Mkdir(r.Root, 0o700))
	ok(t, r.prepareIndex())
	return r
}

// sampleRecord has a value in every member.
func sampleRecord(r *Runtime, id string) *record {
	ten := 10
	return &record{
		Version: recordVersion, ID: id, Root: r.Root, Bundle: "/b", OCIVersion: "1.3.0",
		BootID: "boot", Created: time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC),
		Owner: processRef{1, 2}, Init: processRef{3, 4}, Removing: true,
		Cgroup: recordCgroup{
			Systemd: true, Rootless: true, Slice: "s.slice", Prefix: "p", Name: "n", Path: "/x",
			Paths: map[string]string{"": "/u", "cpu": "/c"},
		},
		Hooks: recordHooks{
			Poststart: []hook{{Path: "/a", Args: []string{"a", ""}, Env: nil, Timeout: &ten}},
			Poststop:  []hook{{Path: "/b", Env: []string{}}, {Path: "/c", Env: []string{"A=B"}}},
		},
		Made:        &recordMade{Rootfs: "/b/rootfs"},
		Annotations: map[string]string{"k": "v"},
		path:        r.recordPath(id),
	}
}

func TestRecordRoundTrip(t *testing.T) {
	noLeak(t)
	r := newRuntime(t)
	want := sampleRecord(r, "web1")
	ok(t, want.save())
	got, err := r.loadRecord("web1")
	ok(t, err)
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	// A hook without env gets ours, one with an empty env none.
	if got.Hooks.Poststart[0].Env != nil || got.Hooks.Poststop[0].Env == nil {
		t.Errorf("env: %#v %#v", got.Hooks.Poststart[0].Env, got.Hooks.Poststop[0].Env)
	}
	st, err := os.Stat(want.path)
	ok(t, err)
	if st.Mode() != 0o600 {
		t.Errorf("mode %v", st.Mode())
	}
	want.remove()
	if _, err := r.loadRecord("web1"); !errors.Is(err, ErrNotExist) {
		t.Errorf("removed: %v", err)
	}
	(*record)(nil).remove()
}

// A value in every member: a new member that is not in sampleRecord is not
// tested for its round trip.
func TestSampleRecordIsFull(t *testing.T) {
	v := reflect.ValueOf(*sampleRecord(new(Runtime), "x"))
	for i := range v.NumField() {
		if name := v.Type().Field(i).Name; v.Field(i).IsZero() && name != "Root" {
			t.Errorf("%s is zero", name)
		}
	}
}

// Records of other versions of bulkhead load.
func TestRecordsOfOtherVersions(t *testing.T) {
	r := newRuntime(t)
	for name, data := range map[string]string{
		"minimal": `{"version": 1, "id": "x"}`,
		"older":   `{"version": 0, "id": "x"}`,
		"newer":   `{"version": 99, "id": "x", "leases": [{"a": 1}], "cgroup": {"new": true}}`,
		"nulls":   `{"version": 1, "id": "x", "cgroup": {"paths": null}, "hooks": {"poststop": null}}`,
	} {
		ok(t, os.WriteFile(r.recordPath("x"), []byte(data), 0o600))
		rec, err := r.loadRecord("x")
		if err != nil || rec.ID != "x" || rec.path != r.recordPath("x") {
			t.Errorf("%s: %+v, %v", name, rec, err)
		}
	}
}

// What cannot be read is an error and no missing record: its hooks must not
// be forgotten.
func TestBrokenRecord(t *testing.T) {
	noLeak(t)
	for name, place := range map[string]func(path string) error{
		"empty":      func(path string) error { return os.WriteFile(path, nil, 0o600) },
		"truncated":  func(path string) error { return os.WriteFile(path, []byte(`{"version": 1, "id`), 0o600) },
		"wrong type": func(path string) error { return os.WriteFile(path, []byte(`{"version": "x"}`), 0o600) },
		"too large":  func(path string) error { return os.WriteFile(path, make([]byte, maxRecord+1), 0o600) },
		"symlink":    func(path string) error { return os.Symlink("/etc/hostname", path) },
		"loose link": func(path string) error { return os.Symlink("/nowhere", path) },
		"fifo":       func(path string) error { return unix.Mkfifo(path, 0o600) },
		"folder":     func(path string) error { return os.Mkdir(path, 0o700) },
	} {
		r := newRuntime(t)
		ok(t, place(r.recordPath("x")))
		within(t, name, func() {
			rec, err := r.loadRecord("x")
			if rec != nil || err == nil || errors.Is(err, ErrNotExist) || errors.Is(err, fs.ErrNotExist) {
				t.Errorf("%s: %v, %v", name, rec, err)
			}
		})
	}
}

// Where the index follows from the environment, the state directory leads to
// the record.
func TestRecordThroughLink(t *testing.T) {
	r := newRuntime(t)
	rec := sampleRecord(r, "x")
	ok(t, rec.save())
	ok(t, os.Mkdir(r.stateDir("x"), 0o700))
	link := filepath.Join(r.stateDir("x"), recordLink)
	ok(t, os.Symlink(rec.path, link))

	elsewhere := &Runtime{Root: r.Root, Index: t.TempDir()}
	got, err := elsewhere.loadRecord("x")
	if err != nil || !reflect.DeepEqual(got, rec) {
		t.Errorf("got %+v, %v", got, err)
	}
	for target, want := range map[string]error{
		r.recordPath("gone"): ErrNotExist,
		"/etc/hostname":      ErrNotExist, // no record's name
	} {
		ok(t, os.Remove(link))
		ok(t, os.Symlink(target, link))
		if _, err := elsewhere.loadRecord("x"); !errors.Is(err, want) {
			t.Errorf("%s: %v", target, err)
		}
	}
	if _, err := elsewhere.loadRecord("y"); !errors.Is(err, ErrNotExist) {
		t.Errorf("no link: %v", err)
	}
}

func TestLinkRecord(t *testing.T) {
	r := newRuntime(t)
	m := &making{r: r, id: "x", rec: &record{path: r.recordPath("x")}}
	ok(t, os.Mkdir(r.stateDir("x"), 0o700))
	m.linkRecord()
	target, err := os.Readlink(filepath.Join(r.stateDir("x"), recordLink))
	if err != nil || target != m.rec.path {
		t.Errorf("%s, %v", target, err)
	}
	m.linkRecord() // there already: no reason to stop
}

func TestRecordKey(t *testing.T) {
	long := strings.Repeat("a", 254)
	keys := map[string]string{}
	for _, c := range [][2]string{
		{"/run/bulkhead", "x"}, {"/run/docker", "x"}, {"/run/bulkhead", "y"}, {"/run/bulkhead", ".x"},
		{"/run/bulkhead", long + "a"}, {"/run/bulkhead", long + "b"}, {"/run/docker", long + "a"},
		{"/run/bulkhead", long[:180]}, {"/run/bulkhead", long[:181]}, {"/run/bulkhead", long[:182]},
	} {
		key := recordKey(c[0], c[1])
		if other, taken := keys[key]; taken {
			t.Errorf("%v has the key of %s", c, other)
		}
		keys[key] = c[0] + " " + c[1]
		if strings.Contains(key, "/") || len("."+key+recordSuffix+".4194304") > maxID {
			t.Errorf("no file name: %s", key)
		}
	}
	if recordKey("/run/bulkhead/", "x") != recordKey("/run/bulkhead", "x") {
		t.Error("a slash at the end of the root makes another key")
	}
	// Records outlive an update of the binary: the key is a format.
	if got := recordKey("/run/bulkhead", "web1"); got != "web1@407cf8ffbf4ecb56" {
		t.Errorf("the key has changed: %s", got)
	}
}

func TestPrepareIndex(t *testing.T) {
	dir := t.TempDir()
	for _, path := range []string{dir, dir + "/a", dir + "/a", dir + "/b/c/d"} {
		ok(t, (&Runtime{Index: path}).prepareIndex())
		if st, err := os.Stat(path); err != nil || path != dir && st.Mode() != fs.ModeDir|0o700 {
			t.Errorf("%s: %v", path, err)
		}
	}
	ok(t, os.WriteFile(dir+"/file", nil, 0o600))
	err := (&Runtime{Index: dir + "/file/x"}).prepareIndex()
	if !errors.Is(err, unix.ENOTDIR) {
		t.Errorf("below a file: %v", err)
	}
}

func TestRecordCgroup(t *testing.T) {
	in := &cgroups.Cgroup{
		Systemd: true, Rootless: true, Parent: "s.slice", ScopePrefix: "p", Name: "n", Path: "/x",
	}
	out := newRecordCgroup(in, map[string]string{"cpu": "/c"}).config()
	in.Resources = &cgroups.Resources{SkipDevices: true}
	if !reflect.DeepEqual(in, out) {
		t.Errorf("got  %+v\nwant %+v", out, in)
	}
}

func TestRecordStatus(t *testing.T) {
	child := sleeper(t)
	rec := &record{Owner: refer(child.Process.Pid)}
	if got := rec.status(); got != Creating {
		t.Errorf("owner alive: %s", got)
	}
	finish(t, child)
	if got := rec.status(); got != Stopped {
		t.Errorf("owner dead: %s", got)
	}
}

func TestBootIsCurrent(t *testing.T) {
	boot, err := bootID()
	ok(t, err)
	if len(boot) != 36 || strings.TrimSpace(boot) != boot {
		t.Errorf("boot id %q", boot)
	}
	for id, want := range map[string]bool{boot: true, "": true, "another": false, boot + "\n": false} {
		if got := (&record{BootID: id}).bootIsCurrent(); got != want {
			t.Errorf("%q: %v", id, got)
		}
	}
}

// Only a record without the removing mark is a half-made container.
func TestHalfMade(t *testing.T) {
	r := newRuntime(t)
	rec := sampleRecord(r, "x")
	ok(t, rec.save())
	if _, err := r.halfMade("x"); !errors.Is(err, ErrNotExist) {
		t.Errorf("removing: %v", err)
	}
	rec.Removing = false
	ok(t, rec.save())
	if _, err := r.halfMade("x"); err != nil {
		t.Error(err)
	}
	if _, err := r.halfMade("y"); !errors.Is(err, ErrNotExist) {
		t.Errorf("none: %v", err)
	}
}
