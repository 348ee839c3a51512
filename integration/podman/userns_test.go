package podman

import (
	"fmt"
	"strings"
	"testing"

	"github.com/bulkhead-oci/bulkhead/integration/engine"
)

// uidMap prints the user and the map of a container.
var uidMap = []string{engine.Image, "sh", "-c", "id -u; while read a b c; do echo $a $b $c; done </proc/self/uid_map"}

func TestUsernsMapped(t *testing.T) {
	t.Parallel()
	args := append([]string{"--uidmap", "0:700000:1000", "--uidmap", "1000:701000:64536", "--gidmap", "0:700000:65536"}, uidMap...)
	engine.Same(t, "map", output(t, podman(t), args...), "0\n0 700000 1000\n1000 701000 64536")
}

// TestUsernsAuto: each container gets a range of its own.
func TestUsernsAuto(t *testing.T) {
	t.Parallel()
	p := podman(t)
	engine.AddSubIDs(t, "containers", 1000000, 1000000)
	one := sleeper(t, p, "-one", "--userns", "auto:size=2000")
	two := sleeper(t, p, "-two", "--userns", "auto:size=2000")
	maps := map[string]bool{}
	for _, b := range []*box{one, two} {
		engine.Same(t, "user", b.exec(t, "id -u"), "0")
		m := strings.Fields(b.exec(t, "cat /proc/self/uid_map"))
		engine.Same(t, "start and size", fmt.Sprintln(len(m), m[0], m[2]), "3 0 2000\n")
		maps[m[1]] = true
	}
	engine.Same(t, "different ranges", len(maps), 2)
}

func TestUsernsKeepID(t *testing.T) {
	t.Parallel()
	args := append([]string{"--userns", "keep-id"}, uidMap...)
	got := output(t, rootless(t), args...)
	engine.Same(t, "user", strings.Fields(got)[0], fmt.Sprint(engine.UserID))
	engine.Contains(t, "map", got, fmt.Sprintf("\n%d 0 1\n", engine.UserID))
}

func TestUsernsNomap(t *testing.T) {
	t.Parallel()
	args := append([]string{"--userns", "nomap"}, uidMap...)
	got := output(t, rootless(t), args...)
	engine.Same(t, "map", got, fmt.Sprintf("0\n0 1 %d", engine.SubIDs))
}

func TestUsernsExec(t *testing.T) {
	t.Parallel()
	b := sleeper(t, podman(t), "", "--uidmap", "0:700000:65536", "--gidmap", "0:700000:65536")
	engine.Same(t, "user", b.OK(t, "exec", "--user", "mate", b.name, "id", "-u"), "1000")
	engine.Same(t, "code of a missing program", b.Try(t, "exec", b.name, "no-such-program").Code, 127)
}
