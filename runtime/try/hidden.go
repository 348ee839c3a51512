package try

import (
	"os"
	"path/filepath"
	"slices"
)

// What the container finds empty: directories, and files by pattern. It is
// the state of the running system, people's own files, secrets and copies of
// them, and what engines keep.
var (
	hiddenDirs = []string{
		"/dev", "/proc", "/sys", "/run", "/tmp", "/var/run", "/var/tmp",
		"/root", "/home", "/.snapshots", "/var/backups", "/var/crash",
		"/var/spool/cron", "/var/mail", "/var/spool/mail",
		"/etc/ssh", "/etc/ssl/private", "/etc/pki/tls/private", "/etc/letsencrypt",
		"/etc/kubernetes", "/etc/rancher", "/etc/wireguard",
		"/etc/NetworkManager/system-connections",
		"/var/lib/buildkit", "/var/lib/cni", "/var/lib/containerd", "/var/lib/containers",
		"/var/lib/crio", "/var/lib/docker", "/var/lib/etcd", "/var/lib/kubelet",
		"/var/lib/machines", "/var/lib/rancher", "/var/lib/libvirt", "/var/lib/lxc",
		"/var/lib/systemd/coredump", "/var/lib/lxd", "/var/lib/incus", "/var/snap",
	}
	hiddenFiles = []string{
		"/etc/shadow*", "/etc/gshadow*", "/etc/security/opasswd*", "/etc/krb5.keytab",
	}
)

// replacement is a path of the host's that the container finds with other
// content.
type replacement struct {
	path string // without links
	info os.FileInfo
	text string
}

// replacements looks the hidden paths up. Distributions make links of some
// of them, so each is followed to where it leads.
func replacements(hostname string) []replacement {
	var list []replacement
	for _, dir := range hiddenDirs {
		list = add(list, dir, "")
	}
	for _, pattern := range hiddenFiles {
		paths, _ := filepath.Glob(pattern) // its one error is a bad pattern
		for _, path := range paths {
			list = add(list, path, "")
		}
	}
	list = add(list, "/etc/hostname", hostname+"\n")
	return add(list, "/etc/hosts", "127.0.0.1\tlocalhost "+hostname+"\n::1\tlocalhost\n")
}

func add(list []replacement, path, text string) []replacement {
	real, err := filepath.EvalSymlinks(path)
	if err != nil || real == "/" {
		return list // not there
	}
	info, err := os.Lstat(real)
	if err != nil || !info.IsDir() && !info.Mode().IsRegular() {
		return list
	}
	if slices.ContainsFunc(list, func(r replacement) bool { return below(real, r.path) }) {
		return list
	}
	return append(list, replacement{real, info, text})
}

// below says whether path is dir or lies in it.
func below(path, dir string) bool {
	rel, err := filepath.Rel(dir, path)
	return err == nil && (rel == "." || filepath.IsLocal(rel))
}
