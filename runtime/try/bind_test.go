package try

import (
	"os"
	"path/filepath"
	"testing"
)

func TestParseBind(t *testing.T) {
	t.Chdir(t.TempDir())
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir("src", 0o755); err != nil {
		t.Fatal(err)
	}
	src := filepath.Join(dir, "src")
	for arg, want := range map[string]Bind{
		"src":                                  {src, src, false},
		src:                                    {src, src, false},
		"src:/a":                               {src, "/a", false},
		"src:/a/../b/":                         {src, "/b", false},
		"src:/a:ro":                            {src, "/a", false},
		"src:/a:rw":                            {src, "/a", true},
		"src:rw":                               {src, src, true},
		"src:ro":                               {src, src, false},
		"../" + filepath.Base(dir) + "/src:/a": {src, "/a", false},
	} {
		got, err := ParseBind(arg)
		if err != nil || got != want {
			t.Errorf("%s: got %+v, %v, want %+v", arg, got, err, want)
		}
	}
	for _, arg := range []string{
		"", ":", ":/a", "src:", "src:a", "src:/", "src:/../", "src:/a:rx", "src:/a:", "src:/a:rw:ro",
		"src:/a:/b:rw", "missing", "missing:/a",
	} {
		if got, err := ParseBind(arg); err == nil {
			t.Errorf("%s: got %+v, want an error", arg, got)
		}
	}
}
