package main

import (
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// floorName is what figures of the floor are called: the system calls of a
// runtime without the runtime.
const floorName = "floor"

//go:embed floor/floor.c
var floorSource []byte

// floor is the compiled program.
type floor struct {
	*spawner
	path   string
	cgroup string
}

// buildFloor compiles the program for Docker's configuration, with musl where
// it is at hand: glibc's start costs more than all that this program does.
func (b *bench) buildFloor() error {
	dir := filepath.Join(b.disk, "floor")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	c := newConfig()
	for _, e := range b.baseEdits("floor") {
		e(c)
	}
	for name, text := range map[string]string{"floor.c": string(floorSource), "plan.h": c.plan()} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	compiler := "gcc"
	if _, err := exec.LookPath("musl-gcc"); err == nil {
		compiler = "musl-gcc"
	}
	f := &floor{path: filepath.Join(dir, "floor"), cgroup: b.parent + "/floor"}
	build := exec.Command(compiler, "-std=gnu11", "-O2", "-static", "-s",
		"-o", f.path, dir+"/floor.c")
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("build the floor: %w\n%s", err, out)
	}
	var err error
	f.spawner, err = newSpawner(filepath.Join(b.fast, "floor-stderr"))
	b.floor = f
	b.report.Floor = compiler + " -O2 -static"
	return err
}

// floorCell measures the program beside the runtimes.
func (b *bench) floorCell(args ...string) *cell {
	return &cell{runtime: floorName, sample: func() (sample, error) {
		return b.floor.run(append([]string{b.floor.path}, args...)...)
	}}
}

// plan is the configuration as a header for floor.c.
func (c config) plan() string {
	var b strings.Builder
	fmt.Fprintf(&b, "#define ROOTFS %s\n#define KEEP %#xULL\n#define UNIFIED %d\n",
		quote(text(c.object("root")["path"])), c.capabilities(), map[bool]int{true: 1}[unified()])
	list(&b, "const char *hierarchies[]", quoteAll(hierarchies()))
	list(&b, "struct mnt mounts[]", c.planMounts())
	list(&b, "struct setting devices[]", c.planDevices())
	list(&b, "struct setting sysctls[]", c.planSysctls())
	linux := c.object("linux")
	list(&b, "const char *masked[]", quoteAll(texts(linux["maskedPaths"])))
	list(&b, "const char *readonly[]", quoteAll(texts(linux["readonlyPaths"])))
	return b.String()
}

func list(b *strings.Builder, name string, items []string) {
	fmt.Fprintf(b, "static const %s = {\n\t%s\n};\n",
		strings.TrimPrefix(name, "const "), strings.Join(items, ",\n\t"))
}

func text(v any) string { s, _ := v.(string); return s }

func texts(v any) (all []string) {
	list, _ := v.([]any)
	for _, item := range list {
		all = append(all, text(item))
	}
	return all
}

func quote(s string) string { return strconv.Quote(s) }

func quoteAll(all []string) []string {
	quoted := slices.Clone(all)
	for i, s := range quoted {
		quoted[i] = quote(s)
	}
	return quoted
}

var mountFlags = map[string]string{"nosuid": "MS_NOSUID", "noexec": "MS_NOEXEC", "nodev": "MS_NODEV",
	"ro": "MS_RDONLY", "strictatime": "MS_STRICTATIME", "rbind": "MS_BIND | MS_REC"}

func (c config) planMounts() (all []string) {
	mounts, _ := c["mounts"].([]any)
	for _, m := range mounts {
		m := m.(map[string]any)
		kind, flags, data := text(m["type"]), []string{"0"}, []string{}
		for _, option := range texts(m["options"]) {
			switch flag, known := mountFlags[option]; {
			case kind == "cgroup" && option == "ro" && !unified():
				// The tmpfs is made read-only once it has its directories.
			case known:
				flags = append(flags, flag)
			case option != "rprivate":
				data = append(data, option)
			}
		}
		if kind == "cgroup" {
			kind = map[bool]string{true: "cgroup2", false: "tmpfs"}[unified()]
		}
		all = append(all, fmt.Sprintf("{%s, %s, %s, %s, %s}", quote(text(m["source"])),
			quote(strings.TrimPrefix(text(m["destination"]), "/")), quote(kind),
			strings.Join(flags, " | "), quote(strings.Join(data, ","))))
	}
	return all
}

// planDevices lists the rules of cgroup v1, first Docker's, then what every
// runtime adds of itself: nodes may be made, terminals used.
func (c config) planDevices() (all []string) {
	rules, _ := c.object("linux", "resources")["devices"].([]any)
	for _, r := range rules {
		r := r.(map[string]any)
		file, kind := "/devices.deny", text(r["type"])
		if r["allow"] == true {
			file = "/devices.allow"
		}
		if kind == "" {
			kind = "a"
		}
		all = append(all, fmt.Sprintf("{%s, %s}", quote(file), quote(fmt.Sprintf("%s %s:%s %s",
			kind, deviceNumber(r["major"]), deviceNumber(r["minor"]), text(r["access"])))))
	}
	for _, rule := range []string{"c *:* m", "b *:* m", "c 1:7 rwm", "c 136:* rwm", "c 5:2 rwm"} {
		all = append(all, fmt.Sprintf("{%s, %s}", quote("/devices.allow"), quote(rule)))
	}
	return all
}

// deviceNumber writes one, any number if none is given.
func deviceNumber(v any) string {
	if v == nil {
		return "*"
	}
	return fmt.Sprint(v)
}

func (c config) planSysctls() (all []string) {
	for name, value := range c.object("linux", "sysctl") {
		file := "/proc/sys/" + strings.ReplaceAll(name, ".", "/")
		all = append(all, fmt.Sprintf("{%s, %s}", quote(file), quote(text(value))))
	}
	slices.Sort(all)
	return all
}

// capabilityNumbers has those that Docker leaves a container.
var capabilityNumbers = map[string]int{
	"CAP_CHOWN": 0, "CAP_DAC_OVERRIDE": 1, "CAP_FOWNER": 3, "CAP_FSETID": 4, "CAP_KILL": 5,
	"CAP_SETGID": 6, "CAP_SETUID": 7, "CAP_SETPCAP": 8, "CAP_NET_BIND_SERVICE": 10,
	"CAP_NET_RAW": 13, "CAP_SYS_CHROOT": 18, "CAP_MKNOD": 27, "CAP_AUDIT_WRITE": 29,
	"CAP_SETFCAP": 31,
}

func (c config) capabilities() (mask uint64) {
	for _, name := range texts(c.object("process", "capabilities")["bounding"]) {
		mask |= 1 << capabilityNumbers[name]
	}
	return mask
}
