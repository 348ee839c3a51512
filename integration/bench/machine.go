package main

import (
	"bufio"
	"os"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"
)

// machine is what the figures were taken on.
type machine struct {
	CPU      string `json:"cpu"`
	Cores    int    `json:"cores"`
	MemoryMB int    `json:"memoryMiB"`
	Kernel   string `json:"kernel"`
	System   string `json:"system"`
	Cgroup   string `json:"cgroup"`
	Go       string `json:"go"` // the compiler of this program
}

func thisMachine() machine {
	m := machine{
		CPU:    field("/proc/cpuinfo", "model name", ":"),
		Cores:  runtime.NumCPU(),
		System: strings.Trim(field("/etc/os-release", "PRETTY_NAME", "="), `"`),
		Cgroup: cgroupMode(),
		Go:     runtime.Version(),
	}
	var name unix.Utsname
	if unix.Uname(&name) == nil {
		m.Kernel = unix.ByteSliceToString(name.Release[:])
	}
	var info unix.Sysinfo_t
	if unix.Sysinfo(&info) == nil {
		m.MemoryMB = int(info.Totalram >> 10 * uint64(info.Unit) >> 10)
	}
	return m
}

// field returns the first value that a file of name-value lines has for name.
func field(path, name, separator string) string {
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		key, value, found := strings.Cut(lines.Text(), separator)
		if found && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return ""
}
