package integration

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"github.com/bulkhead-oci/bulkhead/integration/engine"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// TestSeccompStatus: with whatever flags there is one filter, for init and
// for what is executed, and it costs the process nothing else.
func TestSeccompStatus(t *testing.T) {
	const lines = "grep -E '^(Seccomp|Speculation_Store_Bypass)' /proc/self/status"
	c := newClaimant(t)
	without := c.ok(t, lines)
	want := strings.Replace(strings.Replace(without, "Seccomp:\t0", "Seccomp:\t2", 1),
		"Seccomp_filters:\t0", "Seccomp_filters:\t1", 1)
	for _, flags := range []string{
		"null", `["SECCOMP_FILTER_FLAG_SPEC_ALLOW"]`,
		`["SECCOMP_FILTER_FLAG_LOG","SECCOMP_FILTER_FLAG_SPEC_ALLOW"]`,
		`["SECCOMP_FILTER_FLAG_TSYNC","SECCOMP_FILTER_FLAG_SPEC_ALLOW"]`,
	} {
		t.Run(flags, func(t *testing.T) {
			t.Parallel()
			if flags != "null" && c.claims["linux.seccomp.supportedFlags"] == nil {
				t.Skip(onlyPrefix + "where features has flags")
			}
			profile := rules("SCMP_ACT_ERRNO", "linux.seccomp.flags", flags)
			engine.Same(t, "run", c.ok(t, lines, profile...), want)
			id, _ := c.start(t, profile...)
			engine.Same(t, "exec", finish(t, c.command("exec", id, "sh", "-c", lines)).stdout, want)
		})
	}
}

// TestSeccompNone: neither a profile that says nothing nor none at all filters.
func TestSeccompNone(t *testing.T) {
	c := newClaimant(t)
	for _, profile := range []string{"null", "{}"} {
		out := c.ok(t, "grep ^Seccomp: /proc/self/status", "linux.seccomp", profile)
		engine.Same(t, profile, out, "Seccomp:\t0\n")
	}
}

// notified runs calls with an agent, which answers as it is told.
func (c caller) notified(
	t *testing.T, profile *specs.LinuxSeccomp, answer func(*seccompNotif) unix.Errno, words ...string,
) []string {
	t.Helper()
	profile.ListenerPath = filepath.Join(c.dir, fmt.Sprint("listener", c.made.Add(1)))
	listens := make(chan error, 1)
	go func() { listens <- serve(profile.ListenerPath, answer) }()
	if err := poll(func() error { return exists(profile.ListenerPath) }); err != nil {
		t.Fatal(err)
	}
	lines := c.calls(t, profile, words...)
	if exists(profile.ListenerPath) == nil {
		t.Fatal("nobody called the agent")
	}
	if err := <-listens; err != nil {
		t.Fatal(err)
	}
	return lines
}

// serve is an agent until the last process with the filter has gone.
func serve(path string, answer func(*seccompNotif) unix.Errno) error {
	_, files, err := receive(path)
	if err != nil {
		return err
	}
	if len(files) != 1 {
		return fmt.Errorf("got %d descriptors, want one", len(files))
	}
	defer files[0].Close()
	fd := files[0].Fd()
	poll := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
	for {
		if _, err := unix.Poll(poll, -1); err != nil && err != unix.EINTR {
			return err
		}
		if poll[0].Revents&unix.POLLHUP != 0 {
			return nil
		}
		var req seccompNotif
		if ioctl(fd, notifRecv, unsafe.Pointer(&req)) != 0 {
			continue
		}
		resp := seccompResp{id: req.id, err: -int32(answer(&req))}
		// Who was interrupted waits for no answer.
		errno := ioctl(fd, notifSend, unsafe.Pointer(&resp))
		if errno != 0 && errno != unix.ENOENT {
			return fmt.Errorf("answer: %w", errno)
		}
	}
}

// TestSeccompNotify: the agent sees where and how a call was made, and only
// those that fit.
func TestSeccompNotify(t *testing.T) {
	c := newCaller(t)
	var seen []string
	p := policy(t, "ALLOW", "getppid NOTIFY 1:GE:7", "getpgrp ERRNO:1001")
	lines := c.notified(t, p, func(req *seccompNotif) unix.Errno {
		nr, arch, arg := uint32(req.data.nr), req.data.arch, req.data.args[1]
		seen = append(seen, fmt.Sprintf("%#x %#x %d", nr, arch, arg))
		return unix.ENOMEDIUM
	}, getppid+",1,7", getppid+",1,6", getppid386+",1,8", getppidX32+",1,9", "native:111")
	engine.Same(t, "outcomes", strings.Join(lines, "\n"), "native 110 errno 123\nnative 110 ok\n"+
		"i386 64 errno 123\nx32 110 errno 123\nnative 111 errno 1001")
	engine.Same(t, "notifications", strings.Join(seen, "\n"),
		"0x6e 0xc000003e 7\n0x40 0x40000003 8\n0x4000006e 0xc000003e 9")
}

// TestSeccompWaitKillable interrupts a call while the agent thinks. By the
// flag the process goes on waiting, and nothing but its death would wake it.
func TestSeccompWaitKillable(t *testing.T) {
	const flag = "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"
	c := newCaller(t)
	for name, row := range map[string]struct {
		flags   []specs.LinuxSeccompFlag
		comesTo func(pid uint32) error
		outcome string
	}{
		"with":    {[]specs.LinuxSeccompFlag{flag}, sleepsDeeply, "native 110 errno 123"},
		"without": {[]specs.LinuxSeccompFlag{}, hasGone, "native 110 errno 4"},
	} {
		t.Run(name, func(t *testing.T) {
			if len(row.flags) > 0 && !slices.Contains(c.claims["linux.seccomp.supportedFlags"], flag) {
				t.Skip(onlyPrefix + "where features has the flag")
			}
			p := policy(t, "ALLOW", "getppid NOTIFY")
			p.Flags = row.flags
			var problem error
			lines := c.notified(t, p, func(req *seccompNotif) unix.Errno {
				unix.Kill(int(req.pid), unix.SIGUSR1)
				problem = poll(func() error { return row.comesTo(req.pid) })
				return unix.ENOMEDIUM
			}, getppid)
			engine.Same(t, "outcome", lines[0], row.outcome)
			if problem != nil {
				t.Error(problem)
			}
		})
	}
}

func sleepsDeeply(pid uint32) error {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return err
	}
	_, rest, _ := strings.Cut(string(data), ") ")
	if got := strings.Fields(rest)[0]; got != "D" {
		return fmt.Errorf("process in state %s, want D", got)
	}
	return nil
}

func hasGone(pid uint32) error {
	if exists(fmt.Sprint("/proc/", pid)) == nil {
		return fmt.Errorf("process %d still waits", pid)
	}
	return nil
}
