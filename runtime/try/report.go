package try

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// lack is something that could not be had, and what comes of it; %s in what
// stands for the paths.
type lack struct {
	what  string
	paths []string
}

// lack notes one, for the first line. The same for another path is no other.
func (v *view) lack(what, path string) {
	for i := range v.lacks {
		if v.lacks[i].what == what {
			v.lacks[i].paths = append(v.lacks[i].paths, path)
			return
		}
	}
	v.lacks = append(v.lacks, lack{what, []string{path}})
}

func missing(lacks []lack) string {
	var list []string
	for _, l := range lacks {
		list = append(list, strings.ReplaceAll(l.what, "%s", strings.Join(l.paths, ", ")))
	}
	return strings.Join(list, "; ")
}

// announce says what is missing, and then what is isolated.
func (v *view) announce(w io.Writer, s settings, quiet bool) {
	if len(v.lacks) > 0 {
		fmt.Fprintln(w, "missing:", missing(v.lacks))
	}
	if quiet {
		return
	}
	fmt.Fprintln(w, strings.Join([]string{
		"in here: pid 1", "hostname " + s.hostname, "network: lo only", v.rootIs(),
	}, " · "))
	fmt.Fprintf(w, "new namespaces: %s\n", strings.Join(kinds(s), " "))
	fmt.Fprintf(w, "files: the host's %s · private ones are empty · %s\n", v.shown(), v.changes())
	for _, b := range s.binds {
		fmt.Fprintf(w, "bind: %s at %s (%s)\n", b.Source, b.Destination, b.Options[len(b.Options)-1])
	}
}

func (v *view) rootIs() string {
	switch {
	case v.userns == nil:
		return "root here is root outside"
	case !v.ids.own:
		return fmt.Sprintf("root here is uid %d outside", v.shift())
	}
	how := "not id-mapped"
	if slices.ContainsFunc(v.layers, func(l layer) bool { return l.idMapped }) {
		how = "id-mapped"
	}
	return fmt.Sprintf("root here is uid %d outside (%s)", v.ids.base, how)
}

// shift is how far our own ids are from those of our parent user namespace.
func (v *view) shift() uint64 {
	if !v.nested {
		return 0
	}
	return outside(parseIDMap(content("/proc/self/uid_map")), 0)
}

func kinds(s settings) []string {
	var list []string
	for _, ns := range s.namespaces {
		list = append(list, string(ns))
	}
	return list
}

// shown names the layers, but not every directory in / where each is one.
func (v *view) shown() string {
	if v.nested {
		return "/"
	}
	var list []string
	for _, l := range v.layers {
		list = append(list, l.path)
	}
	return strings.Join(list, ", ")
}

func (v *view) changes() string {
	var st unix.Statfs_t
	size := "a tmpfs"
	if unix.Statfs(v.scratch, &st) == nil {
		size += " of " + human(st.Blocks*uint64(st.Bsize))
	}
	what := "changes"
	if slices.ContainsFunc(v.layers, func(l layer) bool { return l.bound }) {
		what = "changes, where it is not read-only,"
	}
	return what + " go to " + size + " and are gone at exit"
}

func human(bytes uint64) string {
	const mib = 1 << 20
	if bytes < 1024*mib {
		return fmt.Sprintf("%.0f MiB", float64(bytes)/mib)
	}
	return fmt.Sprintf("%.1f GiB", float64(bytes)/(1024*mib))
}

// reportScript is the command when there is neither a command nor a terminal:
// what is announced, seen from the inside. It needs a shell and nothing else.
const reportScript = `
echo "seen from the inside:"
echo "  process id        $$"
read -r name </proc/sys/kernel/hostname
echo "  host name         $name"
links=
while IFS=: read -r link rest; do
	case $link in *\|*) ;; *) links="$links ${link##* }" ;; esac
done </proc/net/dev
echo "  network          $links"
read -r here there size </proc/self/uid_map
there=$((there + $1)) # what we run in may be in a user namespace itself
if [ "$size" = 1 ]; then
	echo "  user ids          $here is $there outside"
else
	echo "  user ids          $here-$((here + size - 1)) are $there-$((there + size - 1)) outside"
fi
while read -r key value; do
	case $key in
	CapEff:) echo "  capabilities      $value" ;;
	NoNewPrivs:) echo "  no new privileges $value" ;;
	Seccomp:) echo "  seccomp mode      $value" ;;
	esac
done </proc/self/status
while read -r source dir kind options rest; do
	[ "$dir" = / ] && root="$kind $options"
done </proc/self/mounts
echo "  root file system  ${root%%,lowerdir*}"
processes=0
for dir in /proc/[0-9]*; do processes=$((processes + 1)); done
echo "  processes         $processes"
`
