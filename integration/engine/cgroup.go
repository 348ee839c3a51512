package engine

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

const cgroupRoot = "/sys/fs/cgroup"

// CgroupParent is the cgroup, seen from the root of every hierarchy, under
// which the daemon called name has to keep its containers.
func CgroupParent(name string) string {
	return "/" + filepath.Base(Scratch()) + "/" + name
}

// Unified says whether the host has cgroup v2 alone.
func Unified() bool {
	var st unix.Statfs_t
	return unix.Statfs(cgroupRoot, &st) == nil && st.Type == unix.CGROUP2_SUPER_MAGIC
}

// hierarchies lists where cgroup hierarchies are mounted.
func hierarchies() []string {
	if Unified() {
		return []string{cgroupRoot}
	}
	dirs, _ := filepath.Glob(cgroupRoot + "/*")
	return dirs
}

// removeCgroups removes the cgroup called name and all below it.
func removeCgroups(name string) error {
	var all error
	for _, h := range hierarchies() {
		dirs := cgroupsBelow(filepath.Join(h, name))
		for i := len(dirs) - 1; i >= 0; i-- {
			all = errors.Join(all, unix.Rmdir(dirs[i]))
		}
	}
	return all
}

// cgroupsBelow lists dir and the cgroups in it, parents first.
func cgroupsBelow(dir string) (dirs []string) {
	filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			dirs = append(dirs, path)
		}
		return nil
	})
	return dirs
}

// CgroupsOf lists the cgroups that the daemon called name still has, whose
// path contains part.
func CgroupsOf(name, part string) (left []string) {
	for _, h := range hierarchies() {
		top := filepath.Join(h, CgroupParent(name))
		for _, dir := range cgroupsBelow(top) {
			if dir != top && strings.Contains(dir, part) {
				left = append(left, dir)
			}
		}
	}
	return left
}

// CgroupDir is the directory of pid's cgroup for a controller, or of its
// unified cgroup where the host has v2 alone.
func CgroupDir(t testing.TB, pid int, controller string) string {
	t.Helper()
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/cgroup", pid))
	if err != nil {
		t.Fatal(err)
	}
	path, ok := cgroupPath(string(data), controller, Unified())
	if !ok {
		t.Fatalf("no %s cgroup for pid %d in:\n%s", controller, pid, data)
	}
	return filepath.Join(cgroupRoot, path)
}

// cgroupPath finds a controller's path below the root of all hierarchies in
// what /proc/PID/cgroup says; in cgroup v2 there is one for all controllers.
func cgroupPath(data, controller string, unified bool) (string, bool) {
	for line := range strings.Lines(data) {
		f := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(f) != 3 {
			continue
		}
		if unified && f[1] == "" {
			return f[2], true
		}
		if !unified && slices.Contains(strings.Split(f[1], ","), controller) {
			return filepath.Join(controller, f[2]), true
		}
	}
	return "", false
}

// CgroupValue reads a setting of pid's cgroup: v1 and v2 are the names of its
// file, "memory.limit_in_bytes" and "memory.max" for one.
func CgroupValue(t testing.TB, pid int, v1, v2 string) string {
	t.Helper()
	file := v1
	if Unified() {
		file = v2
	}
	controller, _, _ := strings.Cut(file, ".")
	data, err := os.ReadFile(filepath.Join(CgroupDir(t, pid, controller), file))
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(data))
}
