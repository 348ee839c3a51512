package main

import (
	"io/fs"
	"os"
	"path/filepath"
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
	if _, err := os.Stat(cgroupRoot + "/unified/cgroup.procs"); err == nil {
		return "hybrid"
	}
	return "v1"
}

// hierarchies lists where cgroup v1 is mounted, or the one mount of v2.
func hierarchies() []string {
	data, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return nil
	}
	return parseHierarchies(string(data))
}

func parseHierarchies(mountinfo string) (dirs []string) {
	for line := range strings.Lines(mountinfo) {
		before, after, _ := strings.Cut(line, " - ")
		fields, kind := strings.Fields(before), strings.Fields(after)
		if len(fields) < 5 || len(kind) == 0 || !strings.HasPrefix(fields[4], cgroupRoot) {
			continue
		}
		if kind[0] == "cgroup" || kind[0] == "cgroup2" && fields[4] == cgroupRoot {
			dirs = append(dirs, fields[4])
		}
	}
	return dirs
}

// hasMemory says whether a container's memory can be limited and is counted.
func hasMemory() bool {
	if !unified() {
		return fileExists(cgroupRoot + "/memory/memory.limit_in_bytes")
	}
	data, _ := os.ReadFile(cgroupRoot + "/cgroup.controllers")
	return strings.Contains(" "+string(data)+" ", " memory ")
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
	dirs := append(hierarchies(), cgroupRoot+"/unified")
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
