package integration

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// A mountClaim is a use of one option that shows what it does: the mount's
// line in mountinfo would be another one without it.
type mountClaim struct {
	from  string // the tree that is bound; without one it is a new tmpfs
	with  string // options that stand before it
	want  string // words that the mount's line has, and -words it has not
	below string // the same of the mount that is below the tree's top
}

// The kernel tells nobody of silent, loud and iversion. That they are taken
// shows that they are translated: as a word, tmpfs would refuse them.
var mountClaims = map[string]mountClaim{
	"async":         {with: "sync", want: "-fs.sync"},
	"atime":         {with: "noatime", want: "-noatime relatime"},
	"bind":          {from: "plain", want: "rw relatime", below: "-rw"},
	"defaults":      {want: "rw relatime -nosuid -nodev -noexec -fs.sync"},
	"dev":           {with: "nodev", want: "-nodev"},
	"diratime":      {with: "nodiratime", want: "-nodiratime"},
	"dirsync":       {want: "fs.dirsync"},
	"exec":          {with: "noexec", want: "-noexec"},
	"iversion":      {want: "rw"},
	"lazytime":      {want: "fs.lazytime"},
	"loud":          {with: "silent", want: "rw"},
	"mand":          {want: "fs.mand"},
	"noatime":       {want: "noatime"},
	"nodev":         {want: "nodev"},
	"nodiratime":    {want: "nodiratime"},
	"noexec":        {want: "noexec"},
	"noiversion":    {with: "iversion", want: "rw"},
	"nolazytime":    {with: "lazytime", want: "-fs.lazytime"},
	"nomand":        {with: "mand", want: "-fs.mand"},
	"norelatime":    {from: "strict", with: "bind relatime", want: "noatime -relatime"},
	"nostrictatime": {with: "strictatime", want: "relatime"},
	"nosuid":        {want: "nosuid"},
	"nosymfollow":   {want: "nosymfollow"},
	"private": {from: "plain", with: "rbind rshared",
		want: "-shared -master", below: "shared"},
	"ratime":      {from: "strict", with: "rbind", want: "-noatime", below: "-noatime"},
	"rbind":       {from: "plain", want: "rw", below: "rw"},
	"rdev":        {from: "strict", with: "rbind", want: "-nodev", below: "-nodev"},
	"rdiratime":   {from: "strict", with: "rbind", want: "-nodiratime", below: "-nodiratime"},
	"relatime":    {from: "strict", with: "bind", want: "relatime -noatime"},
	"remount":     {from: "again", with: "nosuid", want: "nosuid"},
	"rexec":       {from: "strict", with: "rbind", want: "-noexec", below: "-noexec"},
	"rnoatime":    {from: "plain", with: "rbind", want: "noatime", below: "noatime"},
	"rnodev":      {from: "plain", with: "rbind", want: "nodev", below: "nodev"},
	"rnodiratime": {from: "plain", with: "rbind", want: "nodiratime", below: "nodiratime"},
	"rnoexec":     {from: "plain", with: "rbind", want: "noexec", below: "noexec"},
	// mount_setattr(2) has relatime where nothing else is asked for, so all
	// this one can do is to take another choice back.
	"rnorelatime": {from: "strict", with: "rbind", want: "-noatime", below: "-noatime"},
	"rnostrictatime": {from: "plain", with: "rbind rstrictatime",
		want: "relatime", below: "relatime"},
	"rnosuid":      {from: "plain", with: "rbind", want: "nosuid", below: "nosuid"},
	"rnosymfollow": {from: "plain", with: "rbind", want: "nosymfollow", below: "nosymfollow"},
	"ro":           {want: "ro -rw"},
	"rprivate": {from: "plain", with: "rbind rshared",
		want: "-shared -master", below: "-shared -master"},
	"rrelatime": {from: "strict", with: "rbind",
		want: "relatime -noatime", below: "relatime -noatime"},
	"rro":     {from: "plain", with: "rbind", want: "ro", below: "ro"},
	"rrw":     {from: "strict", with: "rbind", want: "rw", below: "rw"},
	"rshared": {from: "plain", with: "rbind", want: "shared", below: "shared"},
	"rslave": {from: "plain", with: "rbind rshared",
		want: "master -shared", below: "master -shared"},
	"rstrictatime": {from: "plain", with: "rbind",
		want: "-relatime -noatime", below: "-relatime -noatime"},
	"rsuid":       {from: "strict", with: "rbind", want: "-nosuid", below: "-nosuid"},
	"rsymfollow":  {from: "strict", with: "rbind", want: "-nosymfollow", below: "-nosymfollow"},
	"runbindable": {from: "plain", with: "rbind", want: "unbindable", below: "unbindable"},
	"rw":          {with: "ro", want: "rw -ro"},
	"shared":      {from: "plain", with: "rbind", want: "shared", below: "-shared"},
	"silent":      {want: "rw"},
	"slave":       {from: "plain", with: "rbind rshared", want: "master -shared", below: "shared"},
	"strictatime": {want: "-relatime -noatime"},
	"suid":        {with: "nosuid", want: "-nosuid"},
	"symfollow":   {with: "nosymfollow", want: "-nosymfollow"},
	"sync":        {want: "fs.sync"},
	"tmpcopyup":   {want: "copied"},
	"unbindable":  {from: "plain", with: "rbind rshared", want: "unbindable", below: "shared"},
}

// strictFlags are what options that clear a flag have to clear.
const strictFlags = unix.MS_RDONLY | unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC |
	unix.MS_NOATIME | unix.MS_NODIRATIME | unix.MS_NOSYMFOLLOW

func (c *claimant) mountOptions(t *testing.T, names []string) {
	c.makeTree(t, "plain", 0)
	c.makeTree(t, "strict", strictFlags)
	// What tmpcopyup finds and the others hide.
	if err := os.MkdirAll(filepath.Join(c.bundle, "rootfs/claim/copied"), 0o755); err != nil {
		t.Fatal(err)
	}
	c.refused(t, "nosuchoption", "mounts+", c.mountEntry("", "nosuchoption"))
	each(t, names, mountClaims, c.mountOption)
}

func (c *claimant) mountOption(t *testing.T, name string, claim mountClaim) {
	if name == "defaults" && c.name == "runc" {
		t.Skip(onlyPrefix + "bulkhead: runc hands the word to the file system, which refuses it")
	}
	var changes []string
	if claim.from == "again" {
		changes = append(changes, "mounts+", c.mountEntry("", "rw"))
	}
	entry := c.mountEntry(claim.from, append(strings.Fields(claim.with), name)...)
	changes = append(changes, "mounts+", entry)
	out := c.ok(t, "cat /proc/self/mountinfo; ls /claim", changes...)
	holds(t, claim.want, mountWords(t, out, "/claim"))
	if claim.below != "" {
		holds(t, claim.below, mountWords(t, out, "/claim/sub"))
	}
}

// mountEntry is an entry of mounts: a bind of a tree, or a tmpfs.
func (c *claimant) mountEntry(from string, options ...string) string {
	entry := map[string]any{"destination": "/claim", "options": options}
	if from == "" || from == "again" {
		entry["type"], entry["source"] = "tmpfs", "tmpfs"
	} else {
		entry["source"] = filepath.Join(c.dir, from)
	}
	return asJSON(entry)
}

// makeTree mounts a tmpfs and another one below, both with the flags and
// both shared, as what a host binds into containers mostly is.
func (c *claimant) makeTree(t *testing.T, name string, flags uintptr) {
	t.Helper()
	top := filepath.Join(c.dir, name)
	dirs := []string{top, filepath.Join(top, "sub")}
	for _, dir := range dirs {
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := unix.Mount("tmpfs", dir, "tmpfs", flags&^unix.MS_RDONLY, ""); err != nil {
			t.Fatalf("mount %s: %v", dir, err)
		}
		t.Cleanup(func() { unix.Unmount(dir, unix.MNT_DETACH) })
	}
	for _, dir := range dirs {
		for _, change := range []uintptr{unix.MS_SHARED, unix.MS_REMOUNT | unix.MS_BIND | flags} {
			if err := unix.Mount("", dir, "", change, ""); err != nil {
				t.Fatalf("change %s: %v", dir, err)
			}
		}
	}
}

// mountWords takes the mount's line apart: its own options, its ties to
// other mounts, those of its file system with "fs." in front, and "copied" if
// that directory is listed behind mountinfo. Without a line it has none.
func mountWords(t *testing.T, out, point string) []string {
	t.Helper()
	var words []string
	for line := range strings.Lines(out) {
		own, fs, _ := strings.Cut(line, " - ")
		fields := strings.Fields(own)
		if len(fields) == 1 && point == "/claim" {
			words = append(words, fields[0])
		}
		if len(fields) < 6 || fields[4] != point {
			continue
		}
		if len(words) > 0 {
			t.Errorf("mounted twice: %s", out)
		}
		words = strings.Split(fields[5], ",")
		for _, tie := range fields[6:] {
			kind, _, _ := strings.Cut(tie, ":")
			words = append(words, kind)
		}
		for option := range strings.SplitSeq(strings.Fields(fs)[2], ",") {
			words = append(words, "fs."+option)
		}
	}
	return words
}

func holds(t *testing.T, want string, words []string) {
	t.Helper()
	for _, word := range strings.Fields(want) {
		word, not := strings.CutPrefix(word, "-")
		if slices.Contains(words, word) == not {
			t.Errorf("want %q in %q", want, words)
		}
	}
}

// idmap shows both ways to ask, the owner of a file being the witness.
func (c *claimant) idmap(t *testing.T, _ []string) {
	need(t, "idmap")
	top, sub := filepath.Join(c.dir, "mapped"), filepath.Join(c.dir, "mapped/sub")
	if err := os.MkdirAll(sub, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount("tmpfs", sub, "tmpfs", 0, ""); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Unmount(sub, unix.MNT_DETACH) })
	ids := []any{map[string]int{"containerID": 0, "hostID": 5000, "size": 1}}
	for option, want := range map[string]string{"idmap": "5000 0\n", "ridmap": "5000 5000\n"} {
		entry := asJSON(map[string]any{
			"destination": "/tmp", "source": top, "options": []string{"rbind", option},
			"uidMappings": ids, "gidMappings": ids,
		})
		if got := c.ok(t, "echo $(stat -c %u /tmp /tmp/sub)", "mounts+", entry); got != want {
			t.Errorf("%s: owners %q, want %q", option, got, want)
		}
	}
}
