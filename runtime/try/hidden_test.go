package try

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestBelow(t *testing.T) {
	for _, tc := range []struct {
		path, dir string
		want      bool
	}{
		{"/a", "/a", true}, {"/a/b", "/a", true}, {"/ab", "/a", false}, {"/a", "/a/b", false},
		{"/", "/a", false}, {"/a", "/", true}, {"/", "/", true}, {"/..a", "/", true},
	} {
		if got := below(tc.path, tc.dir); got != tc.want {
			t.Errorf("%s below %s: got %v", tc.path, tc.dir, got)
		}
	}
}

func TestAdd(t *testing.T) {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	at := func(name string) string { return filepath.Join(dir, name) }
	for _, err := range []error{
		os.MkdirAll(at("var/home/sub"), 0o755),
		os.Symlink("var/home", at("home")),
		os.Symlink("nowhere", at("dangling")),
		os.Symlink("/dev/null", at("device")),
		os.WriteFile(at("shadow"), []byte("root:!"), 0o600),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	var list []replacement
	for _, name := range []string{"home", "var/home", "home/sub", "dangling", "device", "none", "shadow"} {
		list = add(list, at(name), "")
	}
	var got []string
	for _, r := range list {
		got = append(got, r.path)
	}
	if want := []string{at("var/home"), at("shadow")}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestScratchAvoidsBinds(t *testing.T) {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(dir, link); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		source string
		want   bool
	}{{dir, true}, {link, true}, {"/usr", false}, {filepath.Dir(dir), false}} {
		if got := isSource(dir, []Bind{{Source: tc.source}}); got != tc.want {
			t.Errorf("%s from %s: got %v", tc.source, dir, got)
		}
	}
}

func TestLayerOf(t *testing.T) {
	v := &view{layers: []layer{{path: "/"}, {path: "/var/lib"}, {path: "/usr"}, {path: "/var"}}}
	for path, want := range map[string]string{
		"/home": "/", "/usr": "/usr", "/usrx": "/", "/var/tmp": "/var",
		"/var/lib/docker": "/var/lib", "/var/libx": "/var",
	} {
		if got := v.layerOf(path).path; got != want {
			t.Errorf("%s: got %s, want %s", path, got, want)
		}
	}
}

func TestEscape(t *testing.T) {
	if got, want := escape(`/a:b,c\d`), `/a\:b\,c\\d`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
