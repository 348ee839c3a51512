package container

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// ownCgroup is the folder of the test's own cgroup in a v1 hierarchy, or in
// the v2 one for the empty name.
func ownCgroup(t *testing.T, controller string) string {
	t.Helper()
	needRoot(t)
	for line := range strings.Lines(content(t, "/proc/self/cgroup")) {
		fields := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if fields[1] != controller {
			continue
		}
		mount := filepath.Join("/sys/fs/cgroup", controller)
		if controller == "" {
			mount = v2Mount(t)
		}
		path := filepath.Join(mount, fields[2])
		if _, err := os.Stat(filepath.Join(path, "cgroup.procs")); err != nil {
			t.Skipf("the test's own cgroup is not to be seen: %v", err)
		}
		return path
	}
	t.Skipf("no cgroup v1 controller %q here", controller)
	return ""
}

func v2Mount(t *testing.T) string {
	t.Helper()
	for _, path := range []string{"/sys/fs/cgroup/unified", "/sys/fs/cgroup"} {
		var st unix.Statfs_t
		if unix.Statfs(path, &st) == nil && st.Type == unix.CGROUP2_SUPER_MAGIC {
			return path
		}
	}
	t.Skip("no cgroup v2 here")
	return ""
}

// newCgroup makes a cgroup below the test's own, and takes it away with all
// that is in it.
func newCgroup(t *testing.T, controller string) string {
	t.Helper()
	path := filepath.Join(ownCgroup(t, controller),
		fmt.Sprintf("%s%s", cgroupPrefix(), strings.NewReplacer("/", "-", " ", "-").Replace(t.Name())))
	ok(t, os.MkdirAll(filepath.Join(path, "sub"), 0o755))
	t.Cleanup(func() {
		paths := map[string]string{controller: path}
		until(t, "the cgroup is gone", func() bool {
			killCgroups(paths)
			os.Remove(filepath.Join(path, "sub"))
			err := os.Remove(path)
			return err == nil || errors.Is(err, os.ErrNotExist)
		})
	})
	return path
}

// cgroupPrefix is in the name of all cgroups that this process makes.
func cgroupPrefix() string { return "bulkhead-unit-" + strconv.Itoa(os.Getpid()) + "-" }

// inCgroup runs a shell that has entered the cgroups first.
func inCgroup(t *testing.T, script string, paths ...string) *exec.Cmd {
	t.Helper()
	var enter string
	for _, path := range paths {
		enter += "echo $$ > " + filepath.Join(path, "cgroup.procs") + "\n"
	}
	cmd := exec.Command("sh", "-c", enter+"echo in\n"+script)
	out, err := cmd.StdoutPipe()
	ok(t, err)
	ok(t, cmd.Start())
	t.Cleanup(func() {
		if cmd.ProcessState == nil {
			cmd.Process.Kill()
			cmd.Wait()
		}
	})
	if n, err := out.Read(make([]byte, 3)); n != 3 {
		t.Fatalf("it did not enter its cgroup: %v", err)
	}
	return cmd
}

const (
	oneSleeper = "exec sleep 3600 >&-"
	// forking goes on to fork while it is being killed, for a while.
	forking = `i=0
	while [ $i -lt 60 ]; do (sleep 3600 & sleep 3600) >&- & i=$((i+1)); done
	exec >&-
	wait`
)

func count(t *testing.T, path string) int {
	t.Helper()
	n, err := populated(map[string]string{"x": path})
	ok(t, err)
	return n
}

func TestEmptyCgroups(t *testing.T) {
	for _, controller := range []string{"pids", "freezer", ""} {
		t.Run("in "+controller, func(t *testing.T) {
			path := newCgroup(t, controller)
			inCgroup(t, forking, path)
			inCgroup(t, oneSleeper, filepath.Join(path, "sub"))
			until(t, "several run", func() bool { return count(t, path) > 3 })
			within(t, "the killing", func() {
				if err := emptyCgroups(map[string]string{controller: path}, patience); err != nil {
					t.Error(err)
				}
			})
			if n := count(t, path); n != 0 {
				t.Errorf("%d are left", n)
			}
		})
	}
}

// A hybrid host has v1 and v2 side by side; a process may be in one only.
func TestEmptyCgroupsHybrid(t *testing.T) {
	v1, v2 := newCgroup(t, "pids"), newCgroup(t, "")
	paths := map[string]string{"pids": v1, "": v2}
	for name, in := range map[string][]string{"both": {v1, v2}, "v2": {v2}, "v1": {v1}} {
		cmd := inCgroup(t, oneSleeper, in...)
		if n, err := populated(paths); n != 1 || err != nil {
			t.Errorf("%s: %d processes, %v", name, n, err)
		}
		if err := emptyCgroups(paths, 2*time.Second); err != nil {
			t.Errorf("in %s: %v", name, err)
			finish(t, cmd)
			continue
		}
		cmd.Wait()
		if got := exitStatus(cmd.ProcessState); got != 137 {
			t.Errorf("in %s: exit status %d", name, got)
		}
	}
}

func TestNoCgroups(t *testing.T) {
	needRoot(t)
	for _, paths := range []map[string]string{
		nil, {}, {"": ""}, {"": "/sys/fs/cgroup/no-such"}, {"cpu": "/sys/fs/cgroup/cpu/no-such"},
	} {
		if err := emptyCgroups(paths, 0); err != nil {
			t.Errorf("%v: %v", paths, err)
		}
	}
}

func freeze(t *testing.T, path string) {
	t.Helper()
	file := filepath.Join(path, "freezer.state")
	until(t, "the cgroup is frozen", func() bool {
		ok(t, os.WriteFile(file, []byte("FROZEN"), 0))
		return strings.TrimSpace(content(t, file)) == "FROZEN"
	})
}

// Frozen processes of cgroup v1 die when they are thawed, and not before.
func TestEmptyFrozenCgroup(t *testing.T) {
	path := newCgroup(t, "freezer")
	inCgroup(t, oneSleeper, path)
	freeze(t, path)
	err := emptyCgroups(map[string]string{"pids": path}, 20*time.Millisecond)
	says(t, err, "1 of the container's processes still run 20ms after SIGKILL")
	ok(t, emptyCgroups(map[string]string{"freezer": path}, patience))
	if n := count(t, path); n != 0 {
		t.Errorf("%d are left", n)
	}
}

func TestThawWithoutFreezer(t *testing.T) {
	ok(t, thaw(newCgroup(t, "pids")))
	ok(t, thaw("/sys/fs/cgroup/no-such"))
}

func TestPopulated(t *testing.T) {
	a, b := newCgroup(t, "pids"), newCgroup(t, "freezer")
	inCgroup(t, oneSleeper, a, b)
	inCgroup(t, oneSleeper, a)
	inCgroup(t, oneSleeper, filepath.Join(b, "sub"))
	inCgroup(t, oneSleeper, filepath.Join(b, "sub"))
	for want, paths := range map[int]map[string]string{
		0: {"x": "/sys/fs/cgroup/no-such"},
		2: {"pids": a, "x": "/sys/fs/cgroup/no-such"},
		3: {"pids": a, "freezer": b},
	} {
		if n, err := populated(paths); n != want || err != nil {
			t.Errorf("%v: %d, %v", paths, n, err)
		}
	}
}

func TestWaitEvents(t *testing.T) {
	for _, path := range []string{"", "/sys/fs/cgroup/no-such", "/proc"} {
		if waitEvents(path, patience) {
			t.Errorf("%q: waited for nothing", path)
		}
	}
	path := newCgroup(t, "")
	noLeak(t)
	within(t, "an empty cgroup", func() {
		if !waitEvents(path, patience*2) {
			t.Error("an empty one is nothing to wait for")
		}
	})
	cmd := inCgroup(t, oneSleeper, path)
	if !waitEvents(path, time.Millisecond) {
		t.Error("a time-out is no event")
	}
	woken := make(chan bool, 1)
	go func() { woken <- waitEvents(path, patience*2) }()
	finish(t, cmd)
	within(t, "the wait", func() {
		if !<-woken {
			t.Error("missed the end")
		}
	})
}

func TestRecordedCgroupIsRemoved(t *testing.T) {
	v1, v2 := newCgroup(t, "pids"), newCgroup(t, "")
	inCgroup(t, oneSleeper, v1, v2)
	cg := recordCgroup{Path: "/x", Paths: map[string]string{"pids": v1, "": v2}}
	for range 2 { // the second time there is nothing
		ok(t, cg.remove())
		for _, path := range cg.Paths {
			if _, err := os.Stat(path); err == nil {
				t.Errorf("%s is left", path)
			}
		}
	}
}
