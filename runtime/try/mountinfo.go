package try

import (
	"slices"
	"strconv"
	"strings"
)

// mountPoint is what we want to know of a line of /proc/self/mountinfo, which
// proc_pid_mountinfo(5) describes.
type mountPoint struct{ path, kind string }

func parseMounts(text string) []mountPoint {
	var list []mountPoint
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		dash := slices.Index(fields, "-")
		if dash < 5 || dash+1 >= len(fields) {
			continue
		}
		list = append(list, mountPoint{unescape(fields[4]), fields[dash+1]})
	}
	return list
}

// unescape turns \040 and the like, which stand for what would end a field,
// back into characters.
func unescape(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+3 < len(s) {
			if n, err := strconv.ParseUint(s[i+1:i+4], 8, 8); err == nil {
				b.WriteByte(byte(n))
				i += 3
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// system are the directories of a root file system that may lie on file
// systems of their own and without which its programs do not run.
var system = []string{
	"/bin", "/etc", "/gnu/store", "/lib", "/lib32", "/lib64", "/nix", "/nix/store", "/opt",
	"/sbin", "/usr", "/usr/local", "/var", "/var/lib",
}

// ownMounts lists the system directories that are mount points, the upper
// ones first. An overlay of / does not see what is mounted below it.
func ownMounts(mounts []mountPoint) (add, skipped []mountPoint) {
	for _, dir := range system {
		// The last of several mounts on one directory is the one seen.
		for _, m := range slices.Backward(mounts) {
			if m.path != dir {
				continue
			}
			if foreign(m.kind) {
				skipped = append(skipped, m)
			} else {
				add = append(add, m)
			}
			break
		}
	}
	return add, skipped
}

// foreign file systems show the kernel's state or other machines' files. They
// are left out: the first cannot be hidden from view any more, the second may
// hang.
func foreign(kind string) bool {
	if kind == "fuse" || strings.HasPrefix(kind, "fuse.") {
		return true
	}
	return slices.Contains([]string{
		"9p", "afs", "autofs", "binfmt_misc", "bpf", "ceph", "cgroup", "cgroup2", "cifs",
		"configfs", "debugfs", "devpts", "devtmpfs", "efivarfs", "fusectl", "gfs2", "hugetlbfs",
		"lustre", "mqueue", "nfs", "nfs4", "nfsd", "nsfs", "ocfs2", "proc", "pstore",
		"resctrl", "rpc_pipefs", "securityfs", "selinuxfs", "smb3", "sysfs", "tracefs",
	}, kind)
}
