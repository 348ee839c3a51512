package try

import (
	"slices"
	"testing"
)

const mountinfo = `22 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw
23 22 0:21 / /proc rw,nosuid - proc proc rw
24 22 254:2 / /usr ro,relatime shared:2 master:1 propagate_from:3 - squashfs /dev/vda2 ro
25 22 0:30 / /var rw - nfs4 server:/var rw
26 22 254:3 / /home/with\040space\134 rw - xfs /dev/vda3 rw
27 22 0:40 / /etc rw - autofs systemd-1 rw
28 27 254:4 / /etc rw - btrfs /dev/vda4 rw
29 22 0:50 / /opt rw - fuse.sshfs a:b rw
30 22 254:5 / /usr/local rw - ext4 /dev/vda5 rw
31 22 254:5 / /usr/local/lib rw - ext4 /dev/vda5 rw
broken line
32 22 254:5 / /bin rw
`

func TestParseMounts(t *testing.T) {
	want := []mountPoint{
		{"/", "ext4"}, {"/proc", "proc"}, {"/usr", "squashfs"}, {"/var", "nfs4"},
		{`/home/with space\`, "xfs"}, {"/etc", "autofs"}, {"/etc", "btrfs"},
		{"/opt", "fuse.sshfs"}, {"/usr/local", "ext4"}, {"/usr/local/lib", "ext4"},
	}
	if got := parseMounts(mountinfo); !slices.Equal(got, want) {
		t.Errorf("got %v\nwant %v", got, want)
	}
}

func TestUnescape(t *testing.T) {
	for in, want := range map[string]string{
		"/plain": "/plain", `/a\011b`: "/a\tb", `/end\04`: `/end\04`, `/no\999`: `/no\999`,
		`\134040`: `\040`,
	} {
		if got := unescape(in); got != want {
			t.Errorf("%s: got %q, want %q", in, got, want)
		}
	}
}

func TestOwnMounts(t *testing.T) {
	add, skipped := ownMounts(parseMounts(mountinfo))
	want := []mountPoint{{"/etc", "btrfs"}, {"/usr", "squashfs"}, {"/usr/local", "ext4"}}
	if !slices.Equal(add, want) {
		t.Errorf("added: got %v, want %v", add, want)
	}
	want = []mountPoint{{"/opt", "fuse.sshfs"}, {"/var", "nfs4"}}
	if !slices.Equal(skipped, want) {
		t.Errorf("skipped: got %v, want %v", skipped, want)
	}
}

// The upper mount must come before what is mounted on it.
func TestSystemOrder(t *testing.T) {
	for i, dir := range system {
		for _, before := range system[:i] {
			if below(before, dir) {
				t.Errorf("%s comes before %s", before, dir)
			}
		}
	}
}
