package spec

import (
	"bytes"
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"
)

func readDocker(tb testing.TB) []byte {
	tb.Helper()
	data, err := os.ReadFile("testdata/docker.json")
	if err != nil {
		tb.Fatal(err)
	}
	return data
}

func TestParseDocker(t *testing.T) {
	data := readDocker(t)
	got, err := Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	var want specs.Spec
	if err := json.Unmarshal(data, &want); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, &want) {
		t.Error("Parse gives something else than encoding/json")
	}
	if w := Warnings(got); w != nil {
		t.Errorf("warnings: %v", w)
	}
}

// TestParseDirect makes sure that ordinary documents do not reach
// encoding/json, which allocates each string of them.
func TestParseDirect(t *testing.T) {
	data := readDocker(t)
	s, err := Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	process, err := json.Marshal(s.Process)
	if err != nil {
		t.Fatal(err)
	}
	resources, err := json.Marshal(s.Linux.Resources)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		parse func() error
		most  float64
	}{
		"config":    {func() error { _, err := Parse(data); return err }, 200},
		"process":   {func() error { _, err := ParseProcess(process); return err }, 20},
		"resources": {func() error { _, err := ParseResources(bytes.NewReader(resources)); return err }, 80},
	} {
		t.Run(name, func(t *testing.T) {
			n := testing.AllocsPerRun(10, func() {
				if err := c.parse(); err != nil {
					t.Fatal(err)
				}
			})
			t.Logf("%v allocations", n)
			if n > c.most {
				t.Errorf("%v allocations, want at most %v", n, c.most)
			}
		})
	}
}

// TestCheckAllocates keeps the checks from building the path of each mount,
// system call and device: every start of a container runs them.
func TestCheckAllocates(t *testing.T) {
	s, err := Parse(readDocker(t))
	if err != nil {
		t.Fatal(err)
	}
	const few = 30
	if n := testing.AllocsPerRun(10, func() { _ = Check(s) }); n > few {
		t.Errorf("Check allocates %v times, want at most %d", n, few)
	}
}

func BenchmarkParse(b *testing.B) {
	data := readDocker(b)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(data); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCheck(b *testing.B) {
	s, err := Parse(readDocker(b))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := Check(s); err != nil {
			b.Fatal(err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(readDocker(f))
	f.Add([]byte(faultlessFile))
	f.Add([]byte(`{"process": {"args": "x", "user": {"uid": -1}}, "linux": {"namespaces": [1]}}`))
	f.Add([]byte(`{"linux": {"seccomp": {"syscalls": [{}]}, "resources": {"unified": {"/": ""}},
		"sysctl": {"..": ""}, "memoryPolicy": {"nodes": "0-"}}}`))
	f.Add([]byte("null"))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := Parse(data)
		if (s == nil) == (err == nil) {
			t.Fatalf("Parse = %v, %v", s, err)
		}
		if err != nil && err.Error() == "" {
			t.Error("empty error")
		}
		Warnings(s)
		_, _ = ParseProcess(data)
		_, _ = ParseResources(bytes.NewReader(data))
	})
}

// TestHostile has documents of a megabyte with a fault in every element. Work
// that grows faster than the document would end in the test's time limit.
func TestHostile(t *testing.T) {
	if testing.Short() {
		t.Skip("large documents")
	}
	fill := func(head, element, tail string) []byte {
		n := (maxSize - len(head) - len(tail)) / (len(element) + 1) / 16
		return []byte(head + strings.Repeat(element+",", n) + element + tail)
	}
	for name, data := range map[string][]byte{
		"wrong types":     fill(`{"process":{"env":[`, "1", `]}}`),
		"unknown members": fill(`{"x":1,`, `"x":1`, `,"root":1}`),
		"mappings":        fill(`{"linux":{"uidMappings":[`, "{}", `]}}`),
		"namespaces":      fill(`{"linux":{"namespaces":[`, "{}", `]}}`),
		"mounts":          fill(`{"mounts":[`, "{}", `]}`),
		"rules":           fill(`{"linux":{"seccomp":{"syscalls":[`, "{}", `]}}}`),
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := Parse(data); err == nil {
				t.Error("accepted")
			}
		})
	}
}
