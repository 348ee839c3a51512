package integration

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// marker is the environment variable by which a block's processes are known.
const marker = "BULKHEAD_TEST"

// leftovers finds what a block has left on the machine: processes, mounts,
// cgroups.
type leftovers struct {
	id      string // prefix of the block's container ids
	dir     string // its directory
	state   string // its state root
	runtime string
}

// clean removes the block's containers and returns what is there even so.
func (l *leftovers) clean() []string {
	problems := l.deleteAll()
	// A process that was killed a moment ago may still be on its way out.
	if err := poll(func() error { return l.check() }); err != nil {
		problems = append(problems, strings.Split(err.Error(), "\n")...)
	}
	l.killAll()
	l.unmountAll()
	for _, dir := range l.cgroups() {
		os.Remove(dir)
	}
	if err := os.RemoveAll(l.state); err != nil {
		problems = append(problems, err.Error())
	}
	return problems
}

func (l *leftovers) deleteAll() []string {
	entries, err := os.ReadDir(l.state)
	if err != nil {
		return nil // the block made no container
	}
	var problems []string
	for _, e := range entries {
		if !e.IsDir() || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		cmd := exec.Command(l.runtime, "--root", l.state, "delete", "--force", e.Name())
		if out, err := cmd.CombinedOutput(); err != nil {
			problems = append(problems, fmt.Sprintf("delete --force %s: %v: %s", e.Name(), err, out))
		}
	}
	return problems
}

func (l *leftovers) check() error {
	var found []string
	for _, pid := range l.processes() {
		cmdline, _ := os.ReadFile(filepath.Join("/proc", pid, "cmdline"))
		words := bytes.ReplaceAll(cmdline, []byte{0}, []byte{' '})
		found = append(found, fmt.Sprintf("process %s: %q", pid, words))
	}
	for _, m := range l.mounts() {
		found = append(found, "mount "+m)
	}
	for _, dir := range l.cgroups() {
		found = append(found, "cgroup "+dir)
	}
	if len(found) > 0 {
		return fmt.Errorf("%s", strings.Join(found, "\n"))
	}
	return nil
}

// processes lists the block's processes but not its background commands'
// own: by the environment, by the cgroup, and by a mount table that has the
// block's directory in it though the process has other mounts than we.
func (l *leftovers) processes() []string {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil
	}
	ours, _ := os.Readlink("/proc/self/ns/mnt")
	var pids []string
	for _, e := range entries {
		pid := e.Name()
		if _, err := strconv.Atoi(pid); err == nil && l.owns(pid, ours) && running(pid) {
			pids = append(pids, pid)
		}
	}
	return pids
}

func (l *leftovers) owns(pid, ourMounts string) bool {
	dir := filepath.Join("/proc", pid)
	if has(filepath.Join(dir, "environ"), marker+"="+l.id+"\x00") {
		return true
	}
	if has(filepath.Join(dir, "cgroup"), "/"+l.id) {
		return true
	}
	mnt, err := os.Readlink(filepath.Join(dir, "ns/mnt"))
	return err == nil && mnt != ourMounts && has(filepath.Join(dir, "mountinfo"), l.dir+"/")
}

func has(file, text string) bool {
	data, err := os.ReadFile(file)
	return err == nil && strings.Contains(string(data), text)
}

// mounts lists the mount points in our own namespace below the directory.
func (l *leftovers) mounts() []string {
	data, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return nil
	}
	var points []string
	for line := range strings.Lines(string(data)) {
		if fields := strings.Fields(line); strings.HasPrefix(fields[4], l.dir+"/") {
			points = append(points, fields[4])
		}
	}
	return points
}

// cgroups lists the cgroups named after the block's containers, the lowest
// first.
func (l *leftovers) cgroups() []string {
	var dirs []string
	filepath.WalkDir(cgroupRoot, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return nil // a cgroup of somebody else that has just gone
		}
		if strings.HasPrefix(d.Name(), l.id) {
			dirs = append([]string{path}, dirs...)
		}
		return nil
	})
	return dirs
}

func (l *leftovers) killAll() {
	for _, pid := range l.processes() {
		n, _ := strconv.Atoi(pid)
		// A frozen process dies only when it is thawed, which the runtime's
		// delete has tried by now.
		unix.Kill(n, unix.SIGKILL)
	}
}

func (l *leftovers) unmountAll() {
	points := l.mounts()
	for i := len(points) - 1; i >= 0; i-- {
		unix.Unmount(points[i], unix.MNT_DETACH)
	}
}
