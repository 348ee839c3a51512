package engine

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// leftovers lists what outlives the tests and the daemons: processes, mounts
// of containers, cgroups. What is on its way out gets a moment.
func leftovers() []string {
	var left []string
	for range 50 {
		left = append(processes(), mounts()...)
		left = append(left, containerCgroups()...)
		if len(left) == 0 {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	return left
}

// processes lists all of this pid namespace but init and the tests.
func processes() (left []string) {
	dirs, _ := filepath.Glob("/proc/[0-9]*")
	for _, dir := range dirs {
		pid, _ := strconv.Atoi(filepath.Base(dir))
		if pid == 1 || pid == os.Getpid() {
			continue
		}
		cmdline, err := os.ReadFile(dir + "/cmdline")
		if err == nil && len(cmdline) > 0 {
			args := strings.ReplaceAll(string(cmdline), "\x00", " ")
			left = append(left, fmt.Sprintf("process %d: %s", pid, args))
		}
	}
	return left
}

// mounts lists mounts of root file systems.
func mounts() (left []string) {
	for _, m := range MountsUnder(Scratch()) {
		if strings.Contains(m, "/merged") || strings.Contains(m, "/rootfs") {
			left = append(left, "mount "+m)
		}
	}
	return left
}

// MountsUnder lists the mount points whose path contains part.
func MountsUnder(part string) (points []string) {
	data, _ := os.ReadFile("/proc/self/mountinfo")
	for line := range strings.Lines(string(data)) {
		if f := strings.Fields(line); len(f) > 4 && strings.Contains(f[4], part) {
			points = append(points, f[4])
		}
	}
	return points
}

// containerCgroups lists the cgroups below those of the daemons, but for
// Podman's own: it keeps one for its monitors, and forgets a pod's in the
// hierarchies that it does not use itself.
func containerCgroups() (left []string) {
	for _, h := range hierarchies() {
		top := filepath.Join(h, filepath.Base(Scratch()))
		dirs, _ := filepath.Glob(top + "/*/*")
		inPods, _ := filepath.Glob(top + "/podman-pods/*/*")
		for _, dir := range append(dirs, inPods...) {
			own := filepath.Base(dir) == "conmon" || filepath.Base(filepath.Dir(dir)) == "podman-pods"
			if st, err := os.Stat(dir); err == nil && st.IsDir() && !own {
				left = append(left, "cgroup "+dir)
			}
		}
	}
	return left
}

// PathsUnder lists the files below dir whose name contains part.
func PathsUnder(dir, part string) (paths []string) {
	filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && strings.Contains(d.Name(), part) {
			paths = append(paths, path)
		}
		return nil
	})
	return paths
}
