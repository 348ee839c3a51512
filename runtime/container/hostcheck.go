package container

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"
	"github.com/sirupsen/logrus"
	"golang.org/x/sys/unix"

	"github.com/bulkhead-oci/bulkhead/spec"
)

// checkHost finds what config.json asks of this host in vain: all of it, each
// with its JSON path. What the file alone decides, package spec has checked.
func checkHost(bundle string, s *specs.Spec) error {
	var faults spec.Faults
	if problem := rootProblem(bundle, s.Root.Path); problem != "" {
		faults = append(faults, spec.Fault{Path: "root.path", Problem: problem})
	}
	if s.Linux != nil {
		for i, ns := range s.Linux.Namespaces {
			if problem := namespaceProblem(ns); problem != "" {
				path := fmt.Sprintf("linux.namespaces[%d].path", i)
				faults = append(faults, spec.Fault{Path: path, Problem: problem})
			}
		}
	}
	if len(faults) == 0 {
		return nil
	}
	return faults
}

func rootProblem(bundle, root string) string {
	if !filepath.IsAbs(root) {
		root = filepath.Join(bundle, root)
	}
	st, err := os.Stat(root)
	switch {
	case errors.Is(err, unix.ENOENT), errors.Is(err, unix.ENOTDIR):
		return fmt.Sprintf("%q does not exist", root)
	case err != nil:
		return plainWords(err).Error()
	case !st.IsDir():
		return fmt.Sprintf("%q is no directory", root)
	}
	return ""
}

// namespaceProblem looks at a namespace that is joined by its path.
func namespaceProblem(ns specs.LinuxNamespace) string {
	if ns.Path == "" {
		return ""
	}
	// O_PATH first: whatever else the path names is not opened.
	fd, err := unix.Open(ns.Path, unix.O_PATH|unix.O_CLOEXEC, 0)
	if errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ENOTDIR) {
		return fmt.Sprintf("%q does not exist", ns.Path)
	}
	if err != nil {
		return fmt.Sprintf("open %q: %v", ns.Path, plainWords(err))
	}
	defer unix.Close(fd)
	var st unix.Statfs_t
	if err := unix.Fstatfs(fd, &st); err != nil || st.Type != unix.NSFS_MAGIC {
		return fmt.Sprintf("%q is no namespace", ns.Path)
	}
	return namespaceTypeProblem(fd, ns)
}

// namespaceTypeProblem compares the namespace's type with the one asked for.
// The kernel tells it from Linux 4.11 on; before, joining will.
func namespaceTypeProblem(path int, ns specs.LinuxNamespace) string {
	fd, err := unix.Open(fmt.Sprintf("/proc/self/fd/%d", path), unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return "" // it may be joined by whom it cannot be opened by
	}
	defer unix.Close(fd)
	have, err := unix.IoctlRetInt(fd, unix.NS_GET_NSTYPE)
	want := cloneFlag(ns.Type)
	if err != nil || want == 0 || have == want {
		return ""
	}
	return fmt.Sprintf("%q is no %s namespace", ns.Path, ns.Type)
}

func cloneFlag(t specs.LinuxNamespaceType) int {
	switch t {
	case specs.PIDNamespace:
		return unix.CLONE_NEWPID
	case specs.NetworkNamespace:
		return unix.CLONE_NEWNET
	case specs.MountNamespace:
		return unix.CLONE_NEWNS
	case specs.IPCNamespace:
		return unix.CLONE_NEWIPC
	case specs.UTSNamespace:
		return unix.CLONE_NEWUTS
	case specs.UserNamespace:
		return unix.CLONE_NEWUSER
	case specs.CgroupNamespace:
		return unix.CLONE_NEWCGROUP
	case specs.TimeNamespace:
		return unix.CLONE_NEWTIME
	}
	return 0
}

// warn logs what config.json asks for and will not get, unless libcontainer
// logs it as well.
func warn(s *specs.Spec) {
	for _, w := range spec.Warnings(s) {
		if !libcontainerWarns(w.Path) {
			logrus.Warnf("%s: %s", w.Path, w.Problem)
		}
	}
}

func libcontainerWarns(path string) bool {
	return strings.HasPrefix(path, "process.capabilities.") ||
		strings.HasSuffix(path, ".destination") ||
		strings.HasPrefix(path, "linux.personality.") ||
		strings.HasPrefix(path, "linux.resources.memory.kernel")
}
