package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// unified says whether cgroup v2 is all there is.
func unified() bool {
	var st unix.Statfs_t
	return unix.Statfs(cgroupRoot, &st) == nil && st.Type == unix.CGROUP2_SUPER_MAGIC
}

// cgroupMode names the layout as container people do.
func cgroupMode() string {
	if unified() {
		return "v2"
	}
	if fileExists(hybridMount + "/cgroup.procs") {
		return "hybrid"
	}
	return "v1"
}

// hierarchies lists where cgroup v1 is mounted, or the one mount of v2.
func hierarchies() []string {
	if unified() {
		return []string{cgroupRoot}
	}
	data, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return nil
	}
	return parseHierarchies(string(data))
}

// parseHierarchies finds cgroup v1 mounts. One that lies hidden below another
// counts once.
func parseHierarchies(mountinfo string) (dirs []string) {
	for line := range strings.Lines(mountinfo) {
		before, after, _ := strings.Cut(line, " - ")
		fields, kind := strings.Fields(before), strings.Fields(after)
		if len(fields) < 5 || len(kind) == 0 || kind[0] != "cgroup" {
			continue
		}
		if dir := fields[4]; strings.HasPrefix(dir, cgroupRoot) && !slices.Contains(dirs, dir) {
			dirs = append(dirs, dir)
		}
	}
	return dirs
}

// hasController says whether containers can have limits of a kind. The names
// are those of config.json's resources that have a controller of that name.
func hasController(name string) bool {
	if name == "blockIO" {
		name = map[bool]string{true: "io", false: "blkio"}[unified()]
	}
	if !unified() {
		return fileExists(filepath.Join(cgroupRoot, name, "cgroup.procs"))
	}
	data, _ := os.ReadFile(cgroupRoot + "/cgroup.controllers")
	return slices.Contains(strings.Fields(string(data)), name)
}

func fileExists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// memoryPeak is the file with the most memory that a cgroup was ever charged.
func memoryPeak(cgroup string) string {
	if unified() {
		return filepath.Join(cgroupRoot, cgroup, "memory.peak")
	}
	return filepath.Join(cgroupRoot, "memory", cgroup, "memory.max_usage_in_bytes")
}

// removeCgroups removes the cgroup called name, and all below, everywhere. Its
// processes are dead but may not have been collected by the kernel yet.
func removeCgroups(name string) {
	dirs := append(hierarchies(), hybridMount)
	for range 50 {
		left := false
		for _, h := range dirs {
			left = !removeTree(filepath.Join(h, name)) || left
		}
		if !left {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
}

func removeTree(top string) bool {
	var dirs []string
	filepath.WalkDir(top, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			dirs = append(dirs, path)
		}
		return nil
	})
	for i := len(dirs) - 1; i >= 0; i-- {
		unix.Rmdir(dirs[i])
	}
	return !fileExists(top)
}
