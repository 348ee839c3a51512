package container

import "slices"

// Status is where a container is in its life cycle (runtime-spec, "State").
// Paused is this runtime's, and runc's, addition to the specification's four.
type Status string

// The states of a container.
const (
	Creating Status = "creating"
	Created  Status = "created"
	Running  Status = "running"
	Paused   Status = "paused"
	Stopped  Status = "stopped"
)

func (s Status) String() string { return string(s) }

// allowed is the table of verbs and the states they are possible in. Verbs
// that are possible in every state (state, list, kill, delete --force) and
// those that make a container are not in it.
var allowed = []struct {
	verb   string
	states []Status
}{
	{"start", []Status{Created}},
	{"exec", []Status{Created, Running}},
	{"delete", []Status{Stopped, Created}},
	{"checkpoint", []Status{Running, Paused}},
	{"watch", []Status{Created, Running, Paused}},
	{"update", []Status{Created, Running, Paused}},
	{"pause", []Status{Created, Running}},
	{"resume", []Status{Paused}},
}

// permit returns a *StateError when verb is not possible in state s.
func permit(verb, id string, s Status) error {
	for _, row := range allowed {
		if row.verb == verb && slices.Contains(row.states, s) {
			return nil
		}
	}
	return &StateError{Verb: verb, ID: id, Status: s, Hint: hint(verb, s)}
}

func hint(verb string, s Status) string {
	switch {
	case verb == "exec" && s == Paused:
		return "use --ignore-paused to override"
	case verb == "start" && s == Running:
		return "it has been started already"
	case s == Stopped && (verb == "pause" || verb == "update"):
		return ErrNotRunning.Error()
	case s == Stopped && verb == "watch":
		return "it is not running"
	case verb == "resume":
		return "container not paused"
	}
	return ""
}
