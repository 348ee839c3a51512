package specjson_test

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"github.com/bulkhead-oci/bulkhead/spec/internal/specjson"
)

// replacements take the place of each value of a document, right or wrong.
var replacements = []string{
	``, `null`, `true`, `false`, `tru`, `nullx`, `{}`, `[]`, `[null]`, `[[]]`, `[1]`, `["a"]`, `[{}]`,
	`{"a":null}`, `{"a":1}`, `{"a":"b","a":"c"}`, `{"a":{}}`, `[,]`, `[1,]`, `{"a"}`,
	`""`, `"x"`, `"é\u00e9"`, `"\ud83d\ude00"`, `"\ud800"`, `"\u0000\u2028\"\/"`, "\"\x00\"", "\"\xc3\"",
	`0`, `-0`, `1`, `-1`, `00`, `1.0`, `1e2`, `0.5`, `+1`, `-`, `1 1`, `0x1`, `1_0`, `NaN`,
	`32767`, `32768`, `65535`, `65536`, `2147483647`, `2147483648`, `-2147483648`, `-2147483649`,
	`4294967295`, `4294967296`, `9223372036854775807`, `9223372036854775808`, `-9223372036854775808`,
	`-9223372036854775809`, `18446744073709551615`, `18446744073709551616`,
}

// renamings turn a name as it stands in a document into another.
var renamings = []func(string) string{
	strings.ToUpper,
	func(n string) string { return strings.ToUpper(n[:1]) + n[1:] },
	func(n string) string { return strings.ReplaceAll(n, "s", "ſ") },
	func(n string) string { return strings.ReplaceAll(n, "k", "\u212a") },
	func(n string) string { return strings.ReplaceAll(n, "e", `\u0065`) },
	func(n string) string { return strings.ReplaceAll(n, "e", `\u0045`) },
	func(n string) string { return n + "x" },
	func(n string) string { return n[1:] },
	func(string) string { return "" },
	func(string) string { return "LinuxBlockIODevice" },
}

// A node is a value in a document. Tests change its fields and write the
// document anew.
type node struct {
	text  string // of a scalar, or in place of what it was
	open  string // { or [, empty for a scalar
	names []string
	nodes []*node
}

func parse(tb testing.TB, dec *json.Decoder) *node {
	token, err := dec.Token()
	if err != nil {
		tb.Fatal(err)
	}
	open, ok := token.(json.Delim)
	if !ok {
		return &node{text: string(marshal(tb, token))}
	}
	n := &node{open: open.String()}
	for dec.More() {
		if open == '{' {
			name, err := dec.Token()
			if err != nil {
				tb.Fatal(err)
			}
			n.names = append(n.names, name.(string))
		}
		n.nodes = append(n.nodes, parse(tb, dec))
	}
	if _, err := dec.Token(); err != nil {
		tb.Fatal(err)
	}
	return n
}

func (n *node) write(b *bytes.Buffer) {
	b.WriteString(n.text)
	if n.open == "" || n.text != "" {
		return
	}
	b.WriteString(n.open)
	for i, child := range n.nodes {
		if i > 0 {
			b.WriteByte(',')
		}
		if n.open == "{" {
			b.WriteString(`"` + n.names[i] + `":`)
		}
		child.write(b)
	}
	b.WriteByte(n.open[0] + 2) // } or ]
}

// each calls f for n and the nodes below it. In a list the first stands for
// all.
func (n *node) each(f func(*node)) {
	f(n)
	nodes := n.nodes
	if n.open == "[" && len(nodes) > 0 {
		nodes = nodes[:1]
	}
	for _, child := range nodes {
		child.each(f)
	}
}

// A mutator checks one document in all its mutations.
type mutator struct {
	t     *testing.T
	root  *node
	buf   bytes.Buffer
	taken int
}

func (m *mutator) check() (taken bool) {
	m.t.Helper()
	m.buf.Reset()
	m.root.write(&m.buf)
	if taken = agree(m.t, m.buf.Bytes(), specjson.Spec); taken {
		m.taken++
	}
	return taken
}

// ordinary wants a mutation to be taken.
func (m *mutator) ordinary() {
	m.t.Helper()
	if !m.check() {
		m.t.Errorf("not taken: %s", m.buf.Bytes())
	}
}

func (m *mutator) replace(n *node) {
	kept := *n
	for _, r := range replacements {
		*n = node{text: r}
		m.check()
	}
	*n = kept
}

func (m *mutator) rename(n *node) {
	for i, name := range n.names {
		for _, f := range renamings {
			n.names[i] = f(name)
			m.check()
		}
		n.names[i] = name
	}
}

// remove leaves each element out.
func (m *mutator) remove(n *node) {
	kept := *n
	for i := range kept.nodes {
		n.nodes = append(append([]*node{}, kept.nodes[:i]...), kept.nodes[i+1:]...)
		if n.open == "{" {
			n.names = append(append([]string{}, kept.names[:i]...), kept.names[i+1:]...)
		}
		m.ordinary()
	}
	*n = kept
}

// double adds each element once more, as it is and as null.
func (m *mutator) double(n *node) {
	kept := *n
	for i := range kept.nodes {
		for _, again := range []*node{kept.nodes[i], {text: "null"}, {text: "{}"}} {
			n.nodes = append(append([]*node{}, kept.nodes...), again)
			if n.open == "{" {
				n.names = append(append([]string{}, kept.names...), kept.names[i])
			}
			m.check()
		}
	}
	*n = kept
}

// turn starts the elements with each of them.
func (m *mutator) turn(n *node) {
	for range n.nodes {
		n.nodes = append(n.nodes[1:len(n.nodes):len(n.nodes)], n.nodes[0])
		if n.open == "{" {
			n.names = append(n.names[1:len(n.names):len(n.names)], n.names[0])
		}
		m.ordinary()
	}
}

func parseDocument(tb testing.TB, data []byte) *node {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	return parse(tb, dec)
}

// sections cuts a document into one for each member of a section, which keeps
// the number of mutations linear.
func sections(n *node, names ...string) []*node {
	var parts []*node
	for i, child := range n.nodes {
		if len(names) > 0 && n.names[i] == names[0] {
			for _, part := range sections(child, names[1:]...) {
				parts = append(parts, &node{open: "{", names: []string{names[0]}, nodes: []*node{part}})
			}
			continue
		}
		parts = append(parts, &node{open: "{", names: []string{n.names[i]}, nodes: []*node{child}})
	}
	return parts
}

func TestMutations(t *testing.T) {
	full := parseDocument(t, marshal(t, everyField[spec]()))
	for i, part := range sections(full, "linux", "resources") {
		t.Run(strconv.Itoa(i), func(t *testing.T) {
			m := &mutator{t: t, root: part}
			part.each(func(n *node) {
				m.replace(n)
				m.rename(n)
				m.remove(n)
				m.double(n)
				m.turn(n)
			})
			if m.taken == 0 {
				t.Error("nothing was taken")
			}
		})
	}
}

// small is short enough to have each of its bytes changed.
const small = `{"hostname": "a\u0026\n", "x": [{"y": -12}, null],
	"process": {"terminal": true, "args": ["sh", ""], "user": {"uid": 10}, "oomScoreAdj": -10},
	"annotations": {"é": null}, "mounts": [{"options": []}], "linux": {"resources": null}}`

// TestTruncated ends a document before each of its bytes.
func TestTruncated(t *testing.T) {
	for i := range small {
		if agree(t, []byte(small[:i]), specjson.Spec) {
			t.Errorf("taken: %s", small[:i])
		}
	}
}

// TestBytes puts other bytes in the place of each.
func TestBytes(t *testing.T) {
	data := []byte(small)
	if !agree(t, data, specjson.Spec) {
		t.Fatalf("not taken: %s", data)
	}
	for i, kept := range data {
		for _, c := range []byte("\"\\{}[]:,01-.eEn \n\x00\x1f\x7f\x80u") {
			data[i] = c
			agree(t, data, specjson.Spec)
		}
		data[i] = kept
	}
}
