package try

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/moby/sys/userns"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"

	"github.com/bulkhead-oci/bulkhead/runtime/container"
)

// Options say what is run, and in what.
type Options struct {
	container.IO
	// Runtime makes the container.
	Runtime *container.Runtime
	// Args is the command. Without one it is Shell with a terminal, and a
	// report of what is isolated without.
	Args []string
	// Shell is the caller's; /bin/sh stands in when the view does not have
	// it.
	Shell    string
	Terminal bool
	Hostname string
	Cwd      string
	// Env are NAME=VALUE, or NAME for the caller's value.
	Env   []string
	Binds []Bind
	// Size bounds what may change: bytes with an optional k, m or g, or a
	// percentage of the memory.
	Size string
	// Quiet leaves out what is said before the command; not what is missing.
	Quiet bool
}

// isSize takes what tmpfs(5) does, but for a size of 0, which would be none.
func isSize(s string) bool {
	if s != "" && strings.ContainsRune("kKmMgG%", rune(s[len(s)-1])) {
		s = s[:len(s)-1]
	}
	return strings.Trim(s, "0123456789") == "" && strings.Trim(s, "0") != ""
}

// Check finds what is wrong with the options; nothing has been done then.
func (o *Options) Check() error {
	switch {
	case !isSize(o.Size):
		return fmt.Errorf("size %q is no number of bytes (k, m, g) or percentage above 0", o.Size)
	case !filepath.IsAbs(o.Cwd):
		return fmt.Errorf("working directory %q is not absolute", o.Cwd)
	case o.Hostname == "" || len(o.Hostname) > 64 || strings.ContainsAny(o.Hostname, " \t\n/"):
		return fmt.Errorf("host name %q is not one of 1 to 64 characters", o.Hostname)
	}
	return nil
}

// Run runs the command and returns its exit status, 128+n for a signal n. The
// process must be in a mount namespace of its own: see [Isolate].
func Run(ctx context.Context, o Options) (int, error) {
	if err := o.Check(); err != nil {
		return -1, err
	}
	v := &view{nested: userns.RunningInUserNS()}
	if err := v.build(&o); err != nil {
		return -1, err
	}
	s := v.settings(&o)
	bundle := filepath.Join(v.scratch, "bundle")
	if err := writeBundle(bundle, s.config()); err != nil {
		return -1, err
	}
	v.announce(o.Streams.Stderr, s, o.Quiet)
	id, err := newID()
	if err != nil {
		return -1, err
	}
	return run(ctx, v.runtime(o.Runtime), id, container.CreateOptions{IO: o.IO, Bundle: bundle})
}

func run(ctx context.Context, rt *container.Runtime, id string, o container.CreateOptions,
) (int, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	o.PidFile = filepath.Join(o.Bundle, "pid")
	e := &ender{pidFile: o.PidFile, cancel: cancel}
	o.Signals = e.watch(ctx, o.Signals)
	status, err := rt.Run(ctx, id, container.RunOptions{CreateOptions: o})
	if n := e.signal.Load(); n != 0 {
		return 128 + int(n), nil
	}
	return status, err
}

// build makes the view.
func (v *view) build(o *Options) error {
	list := replacements(o.Hostname)
	for _, step := range []func() error{
		func() error { return v.mountScratch(o.Size, o.Binds) },
		v.setIDs,
		v.findLayers,
		func() error { return v.mount(list) },
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func (v *view) setIDs() error {
	uids := parseIDMap(content("/proc/self/uid_map"))
	gids := parseIDMap(content("/proc/self/gid_map"))
	v.ids = chooseIDs(uids, gids, usedIDs())
	f, err := newUserNS(v.ids)
	switch {
	case err != nil:
		v.lack(fmt.Sprintf("user namespaces (%v): root here is root outside", reason(err)), "")
		return nil
	case !v.ids.own && v.nested:
		v.lack("root's rights: the system's files belong to nobody here and cannot be changed", "")
	case !v.ids.own:
		v.lack("an unused range of ids: root here is root outside", "")
	}
	v.userns = f
	return v.ownRoot()
}

// ownRoot gives the bottom of the view to the container's root.
func (v *view) ownRoot() error { return v.give(v.root, 0, 0) }

// settings gathers what config.json says.
func (v *view) settings(o *Options) settings {
	s := settings{
		args: o.Args, env: environment(os.LookupEnv, o.Env), cwd: o.Cwd, terminal: o.Terminal,
		hostname: o.Hostname, root: v.root, limits: !v.nested,
		ttyGroup: hasID(v.ids.gids, ttyGroup),
	}
	if v.userns != nil {
		s.ids = &v.ids
	}
	s.namespaces = namespaces(v.userns != nil)
	if len(s.args) == 0 {
		s.args, s.env = v.defaultArgs(o, s.env)
	}
	for _, b := range o.Binds {
		s.binds = append(s.binds, v.bindMount(b))
	}
	return s
}

func (v *view) bindMount(b Bind) specs.Mount {
	if v.userns == nil || !v.ids.own {
		return bindMount(b, nil)
	}
	if canMap(b.Source, v.userns) {
		return bindMount(b, &v.ids)
	}
	v.lack("id-mapped mounts for --bind: files in %s belong to nobody here", b.Source)
	return bindMount(b, nil)
}

// namespaces lists those the kernel has, in the order in which people know
// them.
func namespaces(user bool) []specs.LinuxNamespaceType {
	var list []specs.LinuxNamespaceType
	for _, ns := range []struct {
		kind specs.LinuxNamespaceType
		file string
	}{
		{specs.PIDNamespace, "pid"}, {specs.NetworkNamespace, "net"},
		{specs.IPCNamespace, "ipc"}, {specs.UTSNamespace, "uts"},
		{specs.MountNamespace, "mnt"}, {specs.UserNamespace, "user"},
		{specs.CgroupNamespace, "cgroup"}, {specs.TimeNamespace, "time"},
	} {
		_, err := os.Lstat("/proc/self/ns/" + ns.file)
		if err == nil && (user || ns.kind != specs.UserNamespace) {
			list = append(list, ns.kind)
		}
	}
	return list
}

func (v *view) defaultArgs(o *Options, env []string) (args, newEnv []string) {
	if !o.Terminal {
		shift := strconv.FormatUint(v.shift(), 10)
		return []string{"/bin/sh", "-c", reportScript, "report", shift}, env
	}
	shell := o.Shell
	if !filepath.IsAbs(shell) || !v.has(shell) {
		shell = "/bin/sh"
	}
	return []string{shell}, append(env, "SHELL="+shell)
}

// has says whether the view has a program. Links are followed in the view,
// for on the host they may lead to what is hidden.
func (v *view) has(path string) bool {
	root, err := unix.Open(v.root, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return false
	}
	defer unix.Close(root)
	fd, err := unix.Openat2(root, path, &unix.OpenHow{
		Flags: unix.O_PATH | unix.O_CLOEXEC, Resolve: unix.RESOLVE_IN_ROOT,
	})
	if err != nil {
		return false
	}
	defer unix.Close(fd)
	var st unix.Stat_t
	return unix.Fstat(fd, &st) == nil && st.Mode&unix.S_IFMT == unix.S_IFREG && st.Mode&1 != 0
}

// runtime keeps the state where the caller's other containers have it, and
// where that cannot be written, on our tmpfs.
func (v *view) runtime(given *container.Runtime) *container.Runtime {
	rt := *given
	if !v.nested {
		return &rt
	}
	if os.MkdirAll(rt.Root, 0o700) == nil && os.MkdirAll(rt.Index, 0o700) == nil &&
		unix.Access(rt.Root, unix.W_OK) == nil && unix.Access(rt.Index, unix.W_OK) == nil {
		return &rt
	}
	rt.Root = filepath.Join(v.scratch, "state")
	rt.Index = filepath.Join(rt.Root, container.IndexName)
	return &rt
}

func writeBundle(dir string, config *specs.Spec) error {
	data, err := json.Marshal(config)
	if err == nil {
		err = os.Mkdir(dir, 0o700)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "config.json"), data, 0o600)
	}
	if err != nil {
		return fmt.Errorf("write the configuration: %w", err)
	}
	return nil
}

func newID() (string, error) {
	var b [4]byte
	if _, err := unix.Getrandom(b[:], 0); err != nil {
		return "", errors.New("no random numbers for a name")
	}
	return fmt.Sprintf("try-%x", b), nil
}
