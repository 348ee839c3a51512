package container

import (
	"errors"
	"strings"
	"testing"
)

func TestValidateID(t *testing.T) {
	for _, id := range []string{
		"a", "0", "web1", "A_b+c-d.e", "-", "-x", "_", "+", "...", ".x", "x.", "..a",
		strings.Repeat("x", 255),
		"4f22f419e00aed81b17452336906763e4f22f419e00aed81b17452336906763e",
	} {
		if err := ValidateID(id); err != nil {
			t.Errorf("%.20q: %v", id, err)
		}
	}
}

func TestInvalidID(t *testing.T) {
	for _, c := range []struct{ id, want string }{
		{"", "container id cannot be empty"},
		{".", `"." names a directory`},
		{"..", `".." names a directory`},
		{"a/b", `"a/b": only letters`},
		{"/", `"/": only letters`},
		{"../x", `"../x": only letters`},
		{"a b", `"a b": only letters`},
		{"a,b", `"a,b": only letters`},
		{"a:b", `"a:b": only letters`},
		{"a@b", `"a@b": only letters`},
		{"a\nb", `"a\nb": only letters`},
		{"a\x00", `"a\x00": only letters`},
		{"\x7f", `"\x7f": only letters`},
		{"\x1b[31m", `"\x1b[31m": only letters`},
		{"bücher", `"bücher": only letters`},
		{"ａ", `"ａ": only letters`},
		{"١", `"١": only letters`},
		{"\xff", `"\xff": only letters`},
		{strings.Repeat("x", 256), "256 bytes long, at most 255"},
		{strings.Repeat("/", 256), "256 bytes long, at most 255"},
	} {
		err := ValidateID(c.id)
		mentions(t, err, c.want)
		if !errors.Is(err, ErrInvalidID) {
			t.Errorf("%.20q: no ErrInvalidID: %v", c.id, err)
		}
	}
}

// What the ID is checked for must hold for every verb that takes one.
func TestVerbsCheckID(t *testing.T) {
	r := newRuntime(t)
	ctx := t.Context()
	for name, verb := range map[string]func(id string) error{
		"create":     func(id string) error { _, err := r.Create(ctx, id, CreateOptions{}); return err },
		"run":        func(id string) error { _, err := r.Run(ctx, id, RunOptions{}); return err },
		"start":      func(id string) error { return r.Start(ctx, id, StartOptions{}) },
		"state":      func(id string) error { _, err := r.State(ctx, id); return err },
		"kill":       func(id string) error { return r.Kill(ctx, id, KillOptions{}) },
		"delete":     func(id string) error { return r.Delete(ctx, id, DeleteOptions{Force: true}) },
		"exec":       func(id string) error { _, err := r.Exec(ctx, id, ExecOptions{}); return err },
		"ps":         func(id string) error { _, err := r.Processes(ctx, id); return err },
		"pause":      func(id string) error { return r.Pause(ctx, id) },
		"resume":     func(id string) error { return r.Resume(ctx, id) },
		"update":     func(id string) error { return r.Update(ctx, id, UpdateOptions{}) },
		"stats":      func(id string) error { _, err := r.Stats(ctx, id); return err },
		"events":     func(id string) error { return r.Events(ctx, id, EventsOptions{}) },
		"checkpoint": func(id string) error { return r.Checkpoint(ctx, id, CRIUOptions{}) },
	} {
		for _, id := range []string{"", "..", "../../etc", "x\n"} {
			if err := verb(id); !errors.Is(err, ErrInvalidID) {
				t.Errorf("%s %q: %v", name, id, err)
			}
		}
	}
}
