package container

import (
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/opencontainers/cgroups"
)

// recordVersion grows when a field changes its meaning; new fields alone do
// not change it. A record of any version loads.
const recordVersion = 1

// record is what is about to be made, written before anything is. libcontainer
// writes its own state only once cgroups exist and removes it before poststop
// hooks run: a runtime killed in between would leave things nobody can find.
// The record has one index for all roots, so that what a dead engine's root
// held can be found without knowing that root.
type record struct {
	Version     int               `json:"version"`
	ID          string            `json:"id"`
	Root        string            `json:"root"`
	Bundle      string            `json:"bundle"`
	OCIVersion  string            `json:"ociVersion"`
	BootID      string            `json:"bootId"`
	Created     time.Time         `json:"created"`
	Owner       processRef        `json:"owner"`    // who makes or removes it
	Init        processRef        `json:"init"`     // zero until it is known
	Removing    bool              `json:"removing"` // only poststop hooks are left
	Cgroup      recordCgroup      `json:"cgroup"`   //
	Hooks       recordHooks       `json:"hooks"`    // those libcontainer is not told of
	Made        *recordMade       `json:"made,omitempty"`
	Annotations map[string]string `json:"annotations,omitempty"`

	path string
}

// recordCgroup is enough to find a container's cgroups again.
type recordCgroup struct {
	Systemd  bool              `json:"systemd"`
	Rootless bool              `json:"rootless"`
	Slice    string            `json:"slice,omitempty"`
	Prefix   string            `json:"prefix,omitempty"`
	Name     string            `json:"name,omitempty"`
	Path     string            `json:"path,omitempty"`
	Paths    map[string]string `json:"paths"`
}

type recordHooks struct {
	Poststart []hook `json:"poststart,omitempty"`
	Poststop  []hook `json:"poststop,omitempty"`
}

func newRecordCgroup(c *cgroups.Cgroup, paths map[string]string) recordCgroup {
	return recordCgroup{
		Systemd: c.Systemd, Rootless: c.Rootless, Slice: c.Parent,
		Prefix: c.ScopePrefix, Name: c.Name, Path: c.Path, Paths: paths,
	}
}

// config turns the record back into what a cgroup manager is made of.
func (c recordCgroup) config() *cgroups.Cgroup {
	return &cgroups.Cgroup{
		Systemd: c.Systemd, Rootless: c.Rootless, Parent: c.Slice,
		ScopePrefix: c.Prefix, Name: c.Name, Path: c.Path,
		Resources: &cgroups.Resources{SkipDevices: true},
	}
}

// recordKey names the record of an ID under a root: the root's hash keeps two
// roots with one ID apart.
func recordKey(root, id string) string {
	h := fnv.New64a()
	h.Write([]byte(realRoot(root)))
	return fmt.Sprintf("%.180s@%016x", id, h.Sum64()^idHash(id))
}

// realRoot resolves links: /var/run/docker and /run/docker are one root. The
// last parts need not exist yet.
func realRoot(root string) string {
	real, err := filepath.EvalSymlinks(root)
	if err == nil {
		return real
	}
	dir, base := filepath.Split(filepath.Clean(root))
	if base == "" {
		return root
	}
	return filepath.Join(realRoot(filepath.Clean(dir)), base)
}

// idHash keeps over-long IDs apart that the key shows in part only.
func idHash(id string) uint64 {
	if len(id) <= 180 {
		return 0
	}
	h := fnv.New64a()
	h.Write([]byte(id))
	return h.Sum64()
}

const (
	recordSuffix = ".json"
	lockSuffix   = ".lock"
	// recordLink in a state directory leads to the record where the index
	// follows from the environment, which may differ from call to call.
	recordLink = "bulkhead-record"
)

func (r *Runtime) recordPath(id string) string {
	return filepath.Join(r.Index, recordKey(r.Root, id)+recordSuffix)
}

func (r *Runtime) lockPath(id string) string {
	return filepath.Join(r.Index, recordKey(r.Root, id)+lockSuffix)
}

// prepareIndex makes the index, for its owner only.
func (r *Runtime) prepareIndex() error {
	err := os.Mkdir(r.Index, 0o700)
	if err == nil || errors.Is(err, fs.ErrExist) {
		return nil
	}
	if errors.Is(err, fs.ErrNotExist) {
		return os.MkdirAll(r.Index, 0o700)
	}
	return err
}

// save writes the record through a temporary file and a rename, so that a
// reader sees the old one or the new one, whole.
func (rec *record) save() error {
	data, err := json.Marshal(rec)
	if err != nil {
		return err
	}
	return writeFileAtomic(rec.path, data, 0o600)
}

func (rec *record) remove() {
	if rec != nil {
		os.Remove(rec.path)
	}
}

// loadRecord returns ErrNotExist when there is none. One that cannot be read
// is an error of its own: its hooks must not be forgotten in silence.
func (r *Runtime) loadRecord(id string) (*record, error) {
	rec, err := readRecord(r.recordPath(id))
	if !errors.Is(err, ErrNotExist) {
		return rec, err
	}
	target, lerr := os.Readlink(filepath.Join(r.stateDir(id), recordLink))
	if lerr != nil || !strings.HasSuffix(target, recordSuffix) {
		return nil, err
	}
	return readRecord(target)
}

// maxRecord bounds what is read; a record is 1 to 10 KiB.
const maxRecord = 4 << 20

func readRecord(path string) (*record, error) {
	data, err := readOwnFile(path, maxRecord)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNotExist
	}
	if err != nil {
		return nil, err
	}
	rec := &record{path: path}
	if err := json.Unmarshal(data, rec); err != nil {
		return nil, fmt.Errorf("read record %s: %v", path, err)
	}
	return rec, nil
}
