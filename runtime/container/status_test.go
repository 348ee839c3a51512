package container

import (
	"errors"
	"strings"
	"testing"
)

func TestPermit(t *testing.T) {
	states := []Status{Creating, Created, Running, Paused, Stopped}
	for verb, want := range map[string]string{ // a letter for each of states
		"start":      "nynnn",
		"exec":       "nyynn",
		"delete":     "nynny",
		"checkpoint": "nnyyn",
		"watch":      "nyyyn",
		"update":     "nyyyn",
		"pause":      "nyynn",
		"resume":     "nnnyn",
		"fly":        "nnnnn",
	} {
		for i, s := range states {
			err := permit(verb, "web1", s)
			if (err == nil) != (want[i] == 'y') {
				t.Errorf("%s, %s: %v", verb, s, err)
			}
			if err != nil {
				checkRefusal(t, err, verb, s)
			}
		}
	}
}

// checkRefusal: a refusal names verb and state, and says whether it is for
// want of a process.
func checkRefusal(t *testing.T, err error, verb string, s Status) {
	t.Helper()
	var se *StateError
	if !errors.As(err, &se) || se.Verb != verb || se.Status != s || se.ID != "web1" {
		t.Errorf("%s, %s: %#v", verb, s, err)
	}
	if text := err.Error(); !strings.Contains(text, verb) || !strings.Contains(text, s.String()) {
		t.Errorf("%s, %s: not named in %q", verb, s, text)
	}
	if errors.Is(err, ErrNotRunning) != (s == Stopped) {
		t.Errorf("%s, %s: ErrNotRunning: %v", verb, s, s != Stopped)
	}
	if errors.Is(err, ErrExist) || errors.Is(err, ErrNotExist) {
		t.Errorf("%s, %s: is some other error", verb, s)
	}
}

func TestRefusals(t *testing.T) {
	for _, c := range []struct {
		verb string
		s    Status
		want string
	}{
		{"start", Stopped, "cannot start a stopped container"},
		{"start", Running, "cannot start a running container (it has been started already)"},
		{"start", Paused, "cannot start a paused container"},
		{"exec", Stopped, "cannot exec in a stopped container"},
		{"exec", Paused, "cannot exec in a paused container (use --ignore-paused to override)"},
		{"delete", Running, "cannot delete container web1 that is not stopped: running"},
		{"delete", Paused, "cannot delete container web1 that is not stopped: paused"},
		{"pause", Stopped, "cannot pause a stopped container (container not running)"},
		{"pause", Paused, "cannot pause a paused container"},
		{"update", Stopped, "cannot update a stopped container (container not running)"},
		{"watch", Stopped, "cannot watch a stopped container (it is not running)"},
		{"resume", Running, "cannot resume a running container (container not paused)"},
		{"resume", Stopped, "cannot resume a stopped container (container not paused)"},
		{"checkpoint", Created, "cannot checkpoint a created container"},
	} {
		says(t, permit(c.verb, "web1", c.s), c.want)
	}
}

// The states are words that engines compare.
func TestStatusWords(t *testing.T) {
	for s, want := range map[Status]string{
		Creating: "creating", Created: "created", Running: "running",
		Paused: "paused", Stopped: "stopped",
	} {
		if s.String() != want {
			t.Errorf("got %s, want %s", s, want)
		}
	}
}

// Engines look for these sentences.
func TestSentinels(t *testing.T) {
	for err, want := range map[error]string{
		ErrExist:      "container with given ID already exists",
		ErrNotExist:   "container does not exist",
		ErrInvalidID:  "invalid container ID format",
		ErrNotRunning: "container not running",
	} {
		says(t, err, want)
	}
}
