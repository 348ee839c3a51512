package spec

import (
	"github.com/opencontainers/runtime-spec/specs-go"
)

// A mountCheck is one mount and what its options say about it.
type mountCheck struct {
	*checker
	*specs.Mount
	index   int
	bind    bool // bind or rbind
	idmap   bool // idmap or ridmap
	remount bool
}

func checkMounts(c *checker) {
	for i := range c.spec.Mounts {
		m := mountCheck{checker: c, Mount: &c.spec.Mounts[i], index: i}
		m.readOptions()
		m.checkFields()
		m.checkOptions()
		m.checkIDMappings()
	}
}

// at is the path of one of the mount's members.
func (m *mountCheck) at(member string) string {
	return indexPath("mounts", m.index) + "." + member
}

func (m *mountCheck) readOptions() {
	for _, o := range m.Options {
		switch o {
		case "bind", "rbind":
			m.bind = true
		case "idmap", "ridmap":
			m.idmap = true
		case "remount":
			m.remount = true
		}
	}
}

// checkFields lets a relative destination pass, as the specification does:
// it is one below the container's root.
func (m *mountCheck) checkFields() {
	if m.Destination == "" {
		m.addf(m.at("destination"), "required")
	}
	if m.bind && m.Source == "" {
		m.addf(m.at("source"), "required for a bind mount")
	}
	if !m.bind && !m.remount {
		m.checkType()
	}
	if hasNUL(m.Destination) {
		m.addf(m.at("destination"), "contains a null byte")
	}
	if hasNUL(m.Source) {
		m.addf(m.at("source"), "contains a null byte")
	}
	if hasNUL(m.Type) {
		m.addf(m.at("type"), "contains a null byte")
	}
}

// checkType demands a file system's type, since there is nothing to bind.
func (m *mountCheck) checkType() {
	switch m.Type {
	case "":
		if !m.isBroken(m.at("options")) {
			m.addf(m.at("type"), "required unless the options have bind or rbind")
		}
	case "bind", "none":
		m.addf(m.at("options"), "must have bind or rbind for type %s", m.Type)
	}
}

// checkOptions refuses, for a bind mount, options that are meant for a file
// system: the kernel ignores them there.
func (m *mountCheck) checkOptions() {
	for i, o := range m.Options {
		switch {
		case hasNUL(o):
			m.addf(indexPath(m.at("options"), i), "contains a null byte")
		case m.bind && !isMountFlag(o):
			m.addf(indexPath(m.at("options"), i),
				"bind mounts cannot have any filesystem-specific options applied, found %q",
				shorten(o))
		}
	}
}

func (m *mountCheck) checkIDMappings() {
	uids, gids := m.UIDMappings, m.GIDMappings
	if !m.idmap && uids == nil && gids == nil {
		return
	}
	if !m.bind {
		m.addf(m.at("options"), "id-mapped mounts are only supported for bind-mounts")
	}
	switch {
	case len(uids) == 0 && len(gids) == 0:
		// The option alone takes the mappings of the container.
		if !m.idmap || !m.ns.has(specs.UserNamespace) {
			m.addf(m.at("uidMappings"),
				"id-mapped mounts must have both uid and gid mappings specified")
		}
	case len(uids) == 0:
		m.addf(m.at("uidMappings"),
			"id-mapped mounts must have both uid and gid mappings specified")
	case len(gids) == 0:
		m.addf(m.at("gidMappings"),
			"id-mapped mounts must have both uid and gid mappings specified")
	}
	m.checkIDMap(m.at("uidMappings"), uids)
	m.checkIDMap(m.at("gidMappings"), gids)
}

// isMountFlag tells options that the runtime translates from those it hands
// on to the file system.
func isMountFlag(option string) bool {
	switch option {
	case "async", "atime", "bind", "defaults", "dev", "diratime", "dirsync", "exec",
		"iversion", "lazytime", "loud", "mand", "noatime", "nodev", "nodiratime", "noexec",
		"noiversion", "nolazytime", "nomand", "norelatime", "nostrictatime", "nosuid",
		"nosymfollow", "rbind", "relatime", "remount", "ro", "rw", "silent",
		"strictatime", "suid", "sync", "symfollow":
		return true
	case "private", "rprivate", "shared", "rshared",
		"slave", "rslave", "unbindable", "runbindable":
		return true
	case "rro", "rrw", "rnosuid", "rsuid", "rnodev", "rdev", "rnoexec", "rexec",
		"rnodiratime", "rdiratime", "rrelatime", "rnorelatime", "rnoatime", "ratime",
		"rstrictatime", "rnostrictatime", "rnosymfollow", "rsymfollow":
		return true
	case "tmpcopyup", "idmap", "ridmap":
		return true
	}
	return false
}
