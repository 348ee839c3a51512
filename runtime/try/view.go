package try

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// layer is one file system of the host's in the view.
type layer struct {
	path string // on the host, and in the view
	kind string // of the file system
	dir  string // our directory for it
	// plain is a directory of our own at the bottom of the view, not an
	// overlay.
	plain bool
	// idMapped says that lower shows the host's ids as the container's.
	idMapped bool
	// bound says that there is no overlay but the host's files, read-only.
	bound bool
	// replaced are the paths in it that hide the host's.
	replaced []string
}

func (l *layer) lower() string { return filepath.Join(l.dir, "lower") }
func (l *layer) work() string  { return filepath.Join(l.dir, "work") }
func (l *layer) upper() string {
	if l.plain {
		return l.dir
	}
	return filepath.Join(l.dir, "upper")
}

// view is the root file system in the making.
type view struct {
	scratch string // our tmpfs
	root    string // below it: what becomes the container's root
	ids     ids
	userns  *os.File // has the container's ids; nil when there is none
	nested  bool     // we are in a user namespace ourselves
	layers  []layer
	lacks   []lack
	cover   []covering
}

// covering is a replacement that has to be mounted over the view.
type covering struct{ source, path string }

// scratchDirs may be hidden by our tmpfs: a program finds nothing there that
// it was not told of. Only this mount namespace sees it.
var scratchDirs = []string{"/mnt", "/media", "/srv", "/opt", "/boot", "/tmp"}

// mountScratch mounts the tmpfs that holds all that is ours, over a directory
// that the container's root can walk to and that no bind comes from.
func (v *view) mountScratch(size string, binds []Bind) error {
	for _, dir := range scratchDirs {
		st, err := os.Lstat(dir)
		if err != nil || !st.IsDir() || st.Mode().Perm()&1 == 0 || isSource(dir, binds) {
			continue
		}
		err = unix.Mount("tmpfs", dir, "tmpfs", unix.MS_NODEV|unix.MS_NOSUID, "mode=0755,size="+size)
		if err != nil {
			return fmt.Errorf("mount a tmpfs for what changes: %w", err)
		}
		v.scratch, v.root = dir, filepath.Join(dir, "view")
		return os.Mkdir(v.root, 0o755)
	}
	return fmt.Errorf("find a directory to work in: none of %s can be used",
		strings.Join(scratchDirs, ", "))
}

func isSource(dir string, binds []Bind) bool {
	for _, b := range binds {
		if real, err := filepath.EvalSymlinks(b.Source); err != nil || below(real, dir) {
			return true
		}
	}
	return false
}

// findLayers lists what the view is made of. In a user namespace the kernel
// gives no overlay of a directory that has mounts below it, and / has: there
// each directory in / is a layer of its own.
func (v *view) findLayers() error {
	mounts := parseMounts(content("/proc/self/mountinfo"))
	if v.nested {
		return v.findParts(mounts)
	}
	add, skipped := ownMounts(mounts)
	v.addLayer(mountPoint{"/", kindOf(mounts, "/")})
	for _, m := range add {
		v.addLayer(m)
	}
	for _, m := range skipped {
		v.lack("local file systems ("+m.kind+"): %s is not shown", m.path)
	}
	return nil
}

func kindOf(mounts []mountPoint, path string) (kind string) {
	for _, m := range mounts {
		if m.path == path {
			kind = m.kind
		}
	}
	return kind
}

func (v *view) addLayer(m mountPoint) {
	dir := filepath.Join(v.scratch, fmt.Sprint(len(v.layers)))
	v.layers = append(v.layers, layer{path: m.path, kind: m.kind, dir: dir})
}

func (v *view) findParts(mounts []mountPoint) error {
	entries, err := os.ReadDir("/")
	if err != nil {
		return err
	}
	v.layers = []layer{{path: "/", dir: v.root, plain: true}}
	for _, e := range entries {
		path := "/" + e.Name()
		switch {
		case e.Type()&os.ModeSymlink != 0:
			target, err := os.Readlink(path)
			if err == nil {
				err = os.Symlink(target, filepath.Join(v.root, path))
			}
			if err != nil {
				return err
			}
		case e.IsDir() && path != v.scratch && !isHidden(path) &&
			!foreign(kindOf(mounts, path)) && unix.Access(path, unix.R_OK|unix.X_OK) == nil:
			if err := os.Mkdir(filepath.Join(v.root, path), 0o755); err != nil {
				return err
			}
			v.addLayer(mountPoint{path, ""})
		}
	}
	return nil
}

// mount mounts all layers, each with what is hidden in it already replaced:
// there is no moment at which it could be seen, and nothing that could be
// unmounted.
func (v *view) mount(list []replacement) error {
	for i := range v.layers {
		l := &v.layers[i]
		if err := v.prepare(l); err != nil {
			return fmt.Errorf("prepare %s: %w", l.path, err)
		}
	}
	for _, r := range list {
		if err := v.replace(v.layerOf(r.path), r); err != nil {
			return fmt.Errorf("hide %s: %w", r.path, err)
		}
	}
	for i := range v.layers {
		if err := v.mountLayer(&v.layers[i]); err != nil {
			return fmt.Errorf("show %s: %w", v.layers[i].path, err)
		}
	}
	return v.mountCovers()
}

func (v *view) layerOf(path string) *layer {
	best := &v.layers[0]
	for i := range v.layers {
		if l := &v.layers[i]; below(path, l.path) && len(l.path) > len(best.path) {
			best = l
		}
	}
	return best
}

// prepare makes a layer's directories and its id-mapped lower side.
func (v *view) prepare(l *layer) error {
	if l.plain {
		return nil
	}
	for _, dir := range []string{l.dir, l.lower(), l.upper(), l.work()} {
		if err := os.Mkdir(dir, 0o755); err != nil {
			return err
		}
	}
	if v.userns == nil || !v.ids.own {
		return v.copyOwner(l, "", l.upper())
	}
	err := cloneMapped(l.path, l.lower(), v.userns)
	l.idMapped = err == nil
	if err != nil {
		v.lackMapping(l, err)
	}
	return v.copyOwner(l, "", l.upper())
}

func (v *view) lackMapping(l *layer, err error) {
	v.lack(fmt.Sprintf("id-mapped mounts of %s (%v)", l.kind, reason(err))+
		": files in %s belong to nobody here and cannot be changed", l.path)
}

func (v *view) mountLayer(l *layer) error {
	if l.plain {
		return nil
	}
	err := v.overlay(l)
	if err != nil && l.idMapped && errors.Is(err, unix.EINVAL) {
		// Before Linux 5.19 overlay takes no id-mapped layer.
		l.idMapped = false
		if v.overlay(l) == nil {
			v.lackMapping(l, err)
			return nil
		}
		l.idMapped = true
	}
	if err == nil {
		return nil
	}
	l.bound = true
	v.lack(fmt.Sprintf("overlay (%v)", reason(err))+": %s can only be read", l.path)
	return v.bind(l)
}

func (v *view) overlay(l *layer) error {
	lower := l.path
	if l.idMapped {
		lower = l.lower()
	}
	options := "lowerdir=" + escape(lower) + ",upperdir=" + l.upper() + ",workdir=" + l.work()
	if v.nested {
		options += ",userxattr"
	}
	return unix.Mount("overlay", filepath.Join(v.root, l.path), "overlay",
		unix.MS_NODEV|unix.MS_NOSUID, options)
}

// escape protects what overlay's options give a meaning.
func escape(path string) string {
	return strings.NewReplacer(`\`, `\\`, ":", `\:`, ",", `\,`).Replace(path)
}

// bind shows a layer read-only, for want of an overlay. In a user namespace
// only the whole tree can be bound: what is mounted in it must not come off.
func (v *view) bind(l *layer) error {
	source, flags := l.path, uintptr(unix.MS_BIND)
	if l.idMapped {
		source = l.lower()
	}
	if v.nested {
		flags |= unix.MS_REC
	}
	target := filepath.Join(v.root, l.path)
	if err := unix.Mount(source, target, "", flags, ""); err != nil {
		return err
	}
	return restrict(target, v.nested)
}

// mountCovers hides what could not be replaced in an upper layer.
func (v *view) mountCovers() error {
	for i := range v.layers {
		if l := &v.layers[i]; l.bound {
			v.coverAll(l)
		}
	}
	for _, c := range v.cover {
		err := unix.Mount(c.source, filepath.Join(v.root, c.path), "", unix.MS_BIND, "")
		if err != nil {
			return fmt.Errorf("hide %s: %w", c.path, err)
		}
	}
	return nil
}
