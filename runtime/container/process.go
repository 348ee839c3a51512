package container

import (
	"fmt"
	"strconv"

	"github.com/opencontainers/runc/libcontainer"
	"github.com/opencontainers/runc/libcontainer/configs"
	"github.com/opencontainers/runtime-spec/specs-go"
	selinux "github.com/opencontainers/selinux/go-selinux"
	"github.com/sirupsen/logrus"
	"golang.org/x/sys/unix"
)

// newProcess translates a checked process.
func newProcess(p *specs.Process) (*libcontainer.Process, error) {
	if p.SelinuxLabel != "" && !selinux.GetEnabled() {
		return nil, fmt.Errorf("process.selinuxLabel: %q asked for, but selinux is disabled "+
			"or not supported on this host", p.SelinuxLabel)
	}
	lp := &libcontainer.Process{
		Args:             p.Args,
		Env:              p.Env,
		UID:              int(p.User.UID),
		GID:              int(p.User.GID),
		AdditionalGroups: groups(p.User.AdditionalGids),
		Cwd:              p.Cwd,
		Label:            p.SelinuxLabel,
		NoNewPrivileges:  &p.NoNewPrivileges,
		AppArmorProfile:  p.ApparmorProfile,
		Scheduler:        p.Scheduler,
		IOPriority:       p.IOPriority,
		Capabilities:     capabilitySets(p.Capabilities),
		LogLevel:         strconv.Itoa(int(logrus.GetLevel())),
	}
	if p.ConsoleSize != nil {
		lp.ConsoleWidth = uint16(p.ConsoleSize.Width)
		lp.ConsoleHeight = uint16(p.ConsoleSize.Height)
	}
	for i, limit := range p.Rlimits {
		kind, ok := rlimit(limit.Type)
		if !ok {
			return nil, fmt.Errorf("process.rlimits[%d].type: wrong rlimit value: %s",
				i, limit.Type)
		}
		lp.Rlimits = append(lp.Rlimits,
			configs.Rlimit{Type: kind, Hard: limit.Hard, Soft: limit.Soft})
	}
	var err error
	if lp.CPUAffinity, err = configs.ConvertCPUAffinity(p.ExecCPUAffinity); err != nil {
		return nil, fmt.Errorf("process.execCPUAffinity: %w", err)
	}
	return lp, nil
}

func groups(gids []uint32) []int {
	out := make([]int, 0, len(gids))
	for _, g := range gids {
		out = append(out, int(g))
	}
	return out
}

func capabilitySets(c *specs.LinuxCapabilities) *configs.Capabilities {
	if c == nil {
		return nil
	}
	return &configs.Capabilities{
		Bounding: c.Bounding, Effective: c.Effective, Permitted: c.Permitted,
		Inheritable: c.Inheritable, Ambient: c.Ambient,
	}
}

// rlimit maps the names of getrlimit(2) to the kernel's numbers. It is a
// switch and no map because a map would be built at every start of a process.
func rlimit(name string) (int, bool) {
	switch name {
	case "RLIMIT_CPU":
		return unix.RLIMIT_CPU, true
	case "RLIMIT_FSIZE":
		return unix.RLIMIT_FSIZE, true
	case "RLIMIT_DATA":
		return unix.RLIMIT_DATA, true
	case "RLIMIT_STACK":
		return unix.RLIMIT_STACK, true
	case "RLIMIT_CORE":
		return unix.RLIMIT_CORE, true
	case "RLIMIT_RSS":
		return unix.RLIMIT_RSS, true
	case "RLIMIT_NPROC":
		return unix.RLIMIT_NPROC, true
	case "RLIMIT_NOFILE":
		return unix.RLIMIT_NOFILE, true
	case "RLIMIT_MEMLOCK":
		return unix.RLIMIT_MEMLOCK, true
	case "RLIMIT_AS":
		return unix.RLIMIT_AS, true
	case "RLIMIT_LOCKS":
		return unix.RLIMIT_LOCKS, true
	case "RLIMIT_SIGPENDING":
		return unix.RLIMIT_SIGPENDING, true
	case "RLIMIT_MSGQUEUE":
		return unix.RLIMIT_MSGQUEUE, true
	case "RLIMIT_NICE":
		return unix.RLIMIT_NICE, true
	case "RLIMIT_RTPRIO":
		return unix.RLIMIT_RTPRIO, true
	case "RLIMIT_RTTIME":
		return unix.RLIMIT_RTTIME, true
	}
	return 0, false
}
