package try

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

func isHidden(path string) bool { return slices.Contains(hiddenDirs, path) }

// replace puts a replacement into the upper side of a layer. An opaque
// directory or a file there hides the host's for good: to remove it leaves a
// whiteout, not the host's.
func (v *view) replace(l *layer, r replacement) error {
	rel, err := filepath.Rel(l.path, r.path)
	if err != nil {
		return err
	}
	if err := v.makeParents(l, filepath.Dir(rel)); err != nil {
		return err
	}
	path := filepath.Join(l.upper(), rel)
	if r.info.IsDir() {
		err = os.Mkdir(path, 0o700)
	} else {
		err = os.WriteFile(path, []byte(r.text), 0o600)
	}
	if err != nil {
		return err
	}
	if err := v.give(path, 0, 0); err != nil {
		return err
	}
	if err := os.Chmod(path, r.info.Mode()&(os.ModePerm|os.ModeSticky)); err != nil {
		return err
	}
	l.replaced = append(l.replaced, rel)
	if !r.info.IsDir() || l.plain {
		return nil
	}
	if unix.Setxattr(path, v.opaque(), []byte("y"), 0) != nil {
		// A tmpfs has no such attributes in a user namespace before Linux
		// 6.6.
		v.cover = append(v.cover, covering{path, r.path})
	}
	return nil
}

func (v *view) opaque() string {
	if v.nested {
		return "user.overlay.opaque"
	}
	return "trusted.overlay.opaque"
}

// makeParents makes the directories above a replacement as they are on the
// host: in an overlay the upper one's owner and mode count.
func (v *view) makeParents(l *layer, rel string) error {
	if rel == "." {
		return nil
	}
	path := ""
	for _, name := range strings.Split(rel, "/") {
		path = filepath.Join(path, name)
		dir := filepath.Join(l.upper(), path)
		if err := os.Mkdir(dir, 0o755); err != nil {
			if os.IsExist(err) {
				continue
			}
			return err
		}
		if err := v.copyOwner(l, path, dir); err != nil {
			return err
		}
	}
	return nil
}

// copyOwner gives dir the owner and mode of the layer's directory rel.
func (v *view) copyOwner(l *layer, rel, dir string) error {
	st, err := os.Stat(filepath.Join(l.path, rel))
	if err != nil {
		return err
	}
	sys := st.Sys().(*syscall.Stat_t)
	if l.idMapped {
		err = v.give(dir, sys.Uid, sys.Gid)
	} else if !v.nested {
		err = os.Lchown(dir, int(sys.Uid), int(sys.Gid))
	}
	if err != nil {
		return err
	}
	return os.Chmod(dir, st.Mode()&(os.ModePerm|os.ModeSticky))
}

// give makes a file that of the container's ids. Those that it does not have
// are nobody's.
func (v *view) give(path string, uid, gid uint32) error {
	if v.userns == nil || !v.ids.own {
		return os.Lchown(path, int(uid), int(gid))
	}
	shift := func(id uint32) int {
		if id >= rangeSize {
			id = 0xfffe
		}
		return int(v.ids.base + id)
	}
	return os.Lchown(path, shift(uid), shift(gid))
}

// coverAll has everything replaced in a layer mounted over it.
func (v *view) coverAll(l *layer) {
	for _, rel := range l.replaced {
		c := covering{filepath.Join(l.upper(), rel), filepath.Join(l.path, rel)}
		if !slices.Contains(v.cover, c) {
			v.cover = append(v.cover, c)
		}
	}
}
