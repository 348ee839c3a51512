package try

import (
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// Where a range of ids for the container is looked for. systemd keeps what is
// below 0x70000000 for its containers and dynamic users and what begins at
// 0x7ffe0000 for images; sssd gives users of directories ids up to
// 2 000 200 000.
const (
	rangeSize  = 0x10000
	firstRange = 0x78000000
	endOfRange = 0x7ffe0000
)

// span is a run of ids.
type span struct{ start, size uint64 }

func (s span) end() uint64 { return s.start + s.size }

func (s span) overlaps(o span) bool { return s.start < o.end() && o.start < s.end() }

func (s span) contains(o span) bool { return s.start <= o.start && o.end() <= s.end() }

// unusedRange finds rangeSize ids that are in each of own and that none of
// used touches.
func unusedRange(own [][]span, used []span) (uint32, bool) {
	for start := uint64(firstRange); start < endOfRange; start += rangeSize {
		r := span{start, rangeSize}
		if slices.ContainsFunc(used, r.overlaps) {
			continue
		}
		missing := func(list []span) bool {
			return !slices.ContainsFunc(list, func(s span) bool { return s.contains(r) })
		}
		if !slices.ContainsFunc(own, missing) {
			return uint32(start), true
		}
	}
	return 0, false
}

// usedIDs collects the ids that the machine's own files give to somebody.
func usedIDs() []span {
	var used []span
	for _, path := range []string{"/etc/subuid", "/etc/subgid"} {
		used = append(used, subIDs(content(path))...)
	}
	used = append(used, columns(content("/etc/passwd"), 2, 3)...)
	return append(used, columns(content("/etc/group"), 2)...)
}

// content is a file's text; one that is not there has none.
func content(path string) string {
	data, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	return string(data)
}

// subIDs reads subuid(5): "user:start:count" a line.
func subIDs(text string) []span {
	var list []span
	for line := range strings.Lines(text) {
		fields := strings.Split(strings.TrimSpace(line), ":")
		if len(fields) != 3 {
			continue
		}
		start, err1 := strconv.ParseUint(fields[1], 10, 32)
		size, err2 := strconv.ParseUint(fields[2], 10, 33)
		if err1 == nil && err2 == nil {
			list = append(list, span{start, size})
		}
	}
	return list
}

// columns reads the given columns of passwd(5) or group(5), one id each.
func columns(text string, wanted ...int) []span {
	var list []span
	for line := range strings.Lines(text) {
		fields := strings.Split(strings.TrimSpace(line), ":")
		for _, n := range wanted {
			if n >= len(fields) {
				continue
			}
			if id, err := strconv.ParseUint(fields[n], 10, 32); err == nil {
				list = append(list, span{id, 1})
			}
		}
	}
	return list
}

// idMap is a line of uid_map in user_namespaces(7).
type idMap struct {
	inside span
	parent uint64
}

func parseIDMap(text string) []idMap {
	var list []idMap
	for line := range strings.Lines(text) {
		var n [3]uint64
		fields := strings.Fields(line)
		if len(fields) != 3 {
			continue
		}
		for i, f := range fields {
			n[i], _ = strconv.ParseUint(f, 10, 33)
		}
		list = append(list, idMap{span{n[0], n[2]}, n[1]})
	}
	return list
}

func spans(maps []idMap) []span {
	list := make([]span, 0, len(maps))
	for _, m := range maps {
		list = append(list, m.inside)
	}
	return list
}

// outside translates one of our ids to what our parent user namespace calls
// it.
func outside(maps []idMap, id uint64) uint64 {
	for _, m := range maps {
		if m.inside.contains(span{id, 1}) {
			return m.parent + id - m.inside.start
		}
	}
	return id
}

// ids are those of the container, as we see them.
type ids struct {
	uids, gids []specs.LinuxIDMapping
	// base is root's id outside.
	base uint32
	// own says that nobody else has these ids; otherwise they are ours.
	own bool
}

// chooseIDs takes an unused range, and where our own user namespace has none,
// the ids it has.
func chooseIDs(uids, gids []idMap, used []span) ids {
	base, ok := unusedRange([][]span{spans(uids), spans(gids)}, used)
	if !ok {
		return ids{uids: identity(uids), gids: identity(gids)}
	}
	m := []specs.LinuxIDMapping{{ContainerID: 0, HostID: base, Size: rangeSize}}
	return ids{uids: m, gids: m, base: base, own: true}
}

func identity(maps []idMap) []specs.LinuxIDMapping {
	list := make([]specs.LinuxIDMapping, 0, len(maps))
	for _, m := range maps {
		start := uint32(m.inside.start)
		list = append(list, specs.LinuxIDMapping{
			ContainerID: start, HostID: start, Size: uint32(min(m.inside.size, 1<<32-1)),
		})
	}
	return list
}
