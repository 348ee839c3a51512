package container

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/opencontainers/cgroups"
	"github.com/opencontainers/runtime-spec/specs-go"
)

// limit reads a limit of a container with cgroup v1.
func limit(t *testing.T, id, controller, file string) string {
	t.Helper()
	for _, path := range cgroupsOf(id) {
		if strings.HasPrefix(path, "/sys/fs/cgroup/"+controller+"/") {
			return strings.TrimSpace(content(t, filepath.Join(path, file)))
		}
	}
	t.Fatalf("no cgroup of %s", controller)
	return ""
}

func needV1(t *testing.T) {
	t.Helper()
	if cgroups.IsCgroup2UnifiedMode() {
		t.Skip("needs cgroup v1")
	}
}

func TestUpdate(t *testing.T) {
	needV1(t)
	w := newWorld(t, forever)
	w.spec.Linux.Resources.Pids = &specs.LinuxPids{Limit: new(int64(50))}
	w.save()
	id, _ := w.started()
	noLeak(t)
	if got := limit(t, id, "pids", "pids.max"); got != "50" {
		t.Errorf("at first %s", got)
	}
	ok(t, w.Update(t.Context(), id, UpdateOptions{Resources: &specs.LinuxResources{
		Pids:   &specs.LinuxPids{Limit: new(int64(60))},
		Memory: &specs.LinuxMemory{Limit: new(int64(64 << 20))},
	}}))
	if p, m := limit(t, id, "pids", "pids.max"), limit(t, id, "memory", "memory.limit_in_bytes"); p != "60" || m != "67108864" {
		t.Errorf("pids %s, memory %s", p, m)
	}
	// What is updated is the base of the next update.
	ok(t, w.Update(t.Context(), id, UpdateOptions{Resources: &specs.LinuxResources{
		Memory: &specs.LinuxMemory{Limit: new(int64(-1))},
	}}))
	if m := limit(t, id, "memory", "memory.limit_in_bytes"); len(m) < 12 {
		t.Errorf("memory %s", m)
	}
	ok(t, w.Update(t.Context(), id, UpdateOptions{}))
}

// When the kernel refuses one limit the old ones are back, and stay written
// down.
func TestUpdateIsRefused(t *testing.T) {
	needV1(t)
	w := newWorld(t, forever)
	w.spec.Linux.Resources.Pids = &specs.LinuxPids{Limit: new(int64(50))}
	w.save()
	id, _ := w.started()
	err := w.Update(t.Context(), id, UpdateOptions{Resources: &specs.LinuxResources{
		Pids: &specs.LinuxPids{Limit: new(int64(60))},
		CPU:  &specs.LinuxCPU{Cpus: "4095"},
	}})
	mentions(t, err, "update "+id+": ")
	if got := limit(t, id, "pids", "pids.max"); got != "50" {
		t.Errorf("pids %s", got)
	}
	c, err := w.load(id)
	ok(t, err)
	if l := c.state.Config.Cgroups.PidsLimit; l == nil || *l != 50 {
		t.Errorf("saved: %v", l)
	}
	err = w.Update(t.Context(), id, UpdateOptions{Resources: &specs.LinuxResources{
		Devices: []specs.LinuxDeviceCgroup{{Allow: true, Access: "rwm"}},
	}})
	mentions(t, err, "devices: ")
}

// The engines send the container's own device rules along.
func TestUpdateWithTheSameDevices(t *testing.T) {
	w := newWorld(t, forever)
	one, three := int64(1), int64(3)
	rules := []specs.LinuxDeviceCgroup{
		{Allow: false, Access: "rwm"}, {Allow: true, Type: "c", Major: &one, Minor: &three, Access: "rw"},
	}
	w.spec.Linux.Resources.Devices = rules
	w.save()
	id, _ := w.started()
	ok(t, w.Update(t.Context(), id, UpdateOptions{Resources: &specs.LinuxResources{Devices: rules}}))
	rules[1].Access = "rwm"
	err := w.Update(t.Context(), id, UpdateOptions{Resources: &specs.LinuxResources{Devices: rules}})
	mentions(t, err, "devices: ")
}

// Something else may have added device rules since (a GPU plugin does).
func TestUpdateLeavesDevicesAlone(t *testing.T) {
	needV1(t)
	w := newWorld(t, forever)
	id, _ := w.started()
	var file string
	for _, path := range cgroupsOf(id) {
		if strings.HasPrefix(path, "/sys/fs/cgroup/devices/") {
			file = filepath.Join(path, "devices.allow")
		}
	}
	ok(t, os.WriteFile(file, []byte("c 240:7 rw"), 0))
	ok(t, w.Update(t.Context(), id, UpdateOptions{Resources: &specs.LinuxResources{
		Pids: &specs.LinuxPids{Limit: new(int64(60))},
	}}))
	if got := limit(t, id, "devices", "devices.list"); !strings.Contains(got, "c 240:7 rw") {
		t.Errorf("the rules are %q", got)
	}
}

func TestStats(t *testing.T) {
	w := newWorld(t, forever)
	id, _ := w.started()
	noLeak(t)
	e, err := w.Stats(t.Context(), id)
	ok(t, err)
	data, err := json.Marshal(e)
	ok(t, err)
	var got struct {
		Type, ID string
		Data     struct {
			CPU  struct{ Usage struct{ Total uint64 } }
			Pids struct{ Current uint64 }
		}
	}
	ok(t, json.Unmarshal(data, &got))
	if got.Type != "stats" || got.ID != id || got.Data.CPU.Usage.Total == 0 ||
		!cgroups.IsCgroup2UnifiedMode() && got.Data.Pids.Current == 0 {
		t.Errorf("%+v in %s", got, data)
	}
}

func TestEventsEnd(t *testing.T) {
	w := newWorld(t, forever)
	id, _ := w.started()
	enough := errors.New("enough")
	n := 0
	within(t, "events", func() {
		err := w.Events(t.Context(), id, EventsOptions{Interval: time.Millisecond, Emit: func(e *Event) error {
			if e.Type != "stats" || e.ID != id {
				t.Errorf("%+v", e)
			}
			if n++; n == 3 {
				return enough
			}
			return nil
		}})
		if err != enough || n != 3 {
			t.Errorf("%d events, %v", n, err)
		}
	})
	ctx, cancel := context.WithCancel(t.Context())
	within(t, "events", func() {
		err := w.Events(ctx, id, EventsOptions{Interval: time.Millisecond, Emit: func(*Event) error {
			cancel()
			return nil
		}})
		if err != nil {
			t.Errorf("cancelled: %v", err)
		}
	})
}

// The end of the cgroup ends events.
func TestEventsOfDeletedContainer(t *testing.T) {
	w := newWorld(t, forever)
	id, _ := w.started()
	noLeak(t)
	emitted, done := make(chan struct{}), make(chan error, 1)
	go func() {
		first := true
		done <- w.Events(context.WithoutCancel(t.Context()), id, EventsOptions{
			Interval: time.Millisecond,
			Emit: func(*Event) error {
				if first {
					close(emitted)
				}
				first = false
				return nil
			},
		})
	}()
	<-emitted
	ok(t, w.Delete(t.Context(), id, DeleteOptions{Force: true}))
	within(t, "events", func() {
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// A program that wants more memory than it may have is an event.
func TestOOMEvent(t *testing.T) {
	needV1(t)
	w := newWorld(t, "while [ ! -e /dev/shm/go ]; do sleep 0.02; done; x=$(cat /dev/zero | tr '\\0' x); "+forever)
	ok(t, os.Symlink("busybox", filepath.Join(w.bundle, "rootfs/bin/tr")))
	w.spec.Linux.Resources.Memory = &specs.LinuxMemory{Limit: new(int64(24 << 20))}
	w.save()
	id, _ := w.started()
	done := make(chan error, 1)
	seen := errors.New("seen")
	go func() {
		done <- w.Events(context.WithoutCancel(t.Context()), id, EventsOptions{
			Interval: 20 * time.Millisecond,
			Emit: func(e *Event) error {
				if e.Type == "oom" && e.Data == nil && e.ID == id {
					return seen
				}
				return nil
			},
		})
	}()
	w.must(w.Exec(t.Context(), id, w.execOptions(w.null, "sh", "-c", ": > /dev/shm/go")))
	within(t, "the event", func() {
		if err := <-done; err != seen {
			t.Errorf("got %v", err)
		}
	})
}
