package spec

import "testing"

func TestFaultsError(t *testing.T) {
	one := Faults{{"linux.namespaces[2].path", `must be absolute, not "x"`}}
	if got, want := one.Error(), `linux.namespaces[2].path: must be absolute, not "x"`; got != want {
		t.Errorf("one fault: %s, want %s", got, want)
	}
	two := append(one, Fault{"", "and 3 more"})
	if got, want := two.Error(), one.Error()+"; and 3 more"; got != want {
		t.Errorf("two faults: %s, want %s", got, want)
	}
}

func TestWithin(t *testing.T) {
	for _, c := range []struct {
		path, top string
		want      bool
	}{
		{"a.b", "a.b", true}, {"a.b.c", "a.b", true}, {"a.b[0].c", "a.b", true}, {"a", "", true},
		{"a", "a.b", false}, {"a.bc", "a.b", false}, {"b", "a", false},
	} {
		if got := within(c.path, c.top); got != c.want {
			t.Errorf("within(%q, %q) = %v", c.path, c.top, got)
		}
	}
}
