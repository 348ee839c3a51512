package profile

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// Engine is the default profile of an engine, as Docker and Podman write it:
// entries that hold on some architectures, kernels and with some
// capabilities only.
type Engine struct {
	DefaultAction   specs.LinuxSeccompAction `json:"defaultAction"`
	DefaultErrnoRet *uint                    `json:"defaultErrnoRet"`
	ArchMap         []struct {
		Architecture     specs.Arch   `json:"architecture"`
		SubArchitectures []specs.Arch `json:"subArchitectures"`
	} `json:"archMap"`
	Syscalls []engineEntry `json:"syscalls"`
}

type engineEntry struct {
	specs.LinuxSyscall
	Includes condition `json:"includes"`
	Excludes condition `json:"excludes"`
}

type condition struct {
	Caps      []string `json:"caps"`
	Arches    []string `json:"arches"`
	MinKernel string   `json:"minKernel"`
}

// Host is what an engine fits its profile to.
type Host struct {
	Arch   specs.Arch
	GoArch string
	Caps   []string
	Kernel string // "5.10"
}

// ParseEngine reads an engine's profile.
func ParseEngine(text []byte) (*Engine, error) {
	e := &Engine{}
	if err := json.Unmarshal(text, e); err != nil {
		return nil, fmt.Errorf("read profile: %w", err)
	}
	return e, nil
}

// Resolve is what the engine puts into config.json on that host.
func (e *Engine) Resolve(host Host) *specs.LinuxSeccomp {
	p := &specs.LinuxSeccomp{
		DefaultAction: e.DefaultAction, DefaultErrnoRet: e.DefaultErrnoRet,
		Flags: []specs.LinuxSeccompFlag{},
	}
	for _, arch := range e.ArchMap {
		if arch.Architecture == host.Arch {
			p.Architectures = append([]specs.Arch{host.Arch}, arch.SubArchitectures...)
		}
	}
	for _, entry := range e.Syscalls {
		if entry.Includes.all(host) && !entry.Excludes.any(host) {
			p.Syscalls = append(p.Syscalls, entry.LinuxSyscall)
		}
	}
	return p
}

// all says whether the host has everything that an entry asks for.
func (c *condition) all(host Host) bool {
	has := func(name string) bool { return slices.Contains(host.Caps, name) }
	return (len(c.Arches) == 0 || slices.Contains(c.Arches, host.GoArch)) &&
		!slices.ContainsFunc(c.Caps, func(name string) bool { return !has(name) }) &&
		(c.MinKernel == "" || atLeast(host.Kernel, c.MinKernel))
}

// any says whether the host has something that an entry must not meet.
func (c *condition) any(host Host) bool {
	return slices.Contains(c.Arches, host.GoArch) ||
		slices.ContainsFunc(c.Caps, func(name string) bool { return slices.Contains(host.Caps, name) }) ||
		c.MinKernel != "" && atLeast(host.Kernel, c.MinKernel)
}

func atLeast(have, want string) bool {
	var a, b [2]int
	_, _ = fmt.Sscanf(have, "%d.%d", &a[0], &a[1])
	_, _ = fmt.Sscanf(want, "%d.%d", &b[0], &b[1])
	return slices.Compare(a[:], b[:]) >= 0
}
