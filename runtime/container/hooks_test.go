package container

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/opencontainers/runc/libcontainer/configs"
	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/bulkhead-oci/bulkhead/hooks"
)

// script writes a shell script and returns its path.
func script(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "hook")
	ok(t, os.WriteFile(path, []byte("#!/bin/sh\n"+text+"\n"), 0o700))
	return path
}

func shellHook(t *testing.T, text string) specs.Hook {
	t.Helper()
	return specs.Hook{Path: script(t, text)}
}

// makingWith is a half-made container with these hooks, its lock held.
func makingWith(t *testing.T, h *specs.Hooks) *making {
	t.Helper()
	r := newRuntime(t)
	m := &making{
		ctx: t.Context(), r: r, id: "x", bundle: t.TempDir(),
		spec: &specs.Spec{Hooks: h}, config: new(configs.Config),
		rec:  &record{ID: "x", path: r.recordPath("x")},
		lock: mustTake(t, r.lockPath("x")),
	}
	ok(t, m.installHooks())
	return m
}

func TestInstallNoHooks(t *testing.T) {
	m := makingWith(t, nil)
	if m.config.Hooks != nil || m.rec.Hooks.Poststart != nil || m.rec.Hooks.Poststop != nil {
		t.Errorf("%+v %+v", m.config.Hooks, m.rec.Hooks)
	}
	m = makingWith(t, new(specs.Hooks))
	for name, list := range m.config.Hooks {
		if len(list) > 0 {
			t.Errorf("%s: %d", name, len(list))
		}
	}
}

func TestInstallHooks(t *testing.T) {
	two := func(path string) []specs.Hook {
		return []specs.Hook{{Path: path + "1"}, {Path: path + "2"}}
	}
	m := makingWith(t, &specs.Hooks{
		Prestart: two("/pre"), CreateRuntime: two("/runtime"), CreateContainer: two("/container"),
		StartContainer: two("/start"), Poststart: two("/poststart"), Poststop: two("/poststop"),
	})
	for name, want := range map[configs.HookName]int{
		configs.Prestart: 2, configs.CreateRuntime: 3, // one lets go of the lock
		configs.CreateContainer: 2, configs.StartContainer: 2,
		configs.Poststart: 0, configs.Poststop: 0, // ours to run
	} {
		list := m.config.Hooks[name]
		if len(list) != want {
			t.Errorf("%s: %d", name, len(list))
		}
		for _, h := range list {
			_, command := h.(configs.CommandHook)
			if command != (name == configs.CreateContainer || name == configs.StartContainer) {
				t.Errorf("%s: %T", name, h)
			}
		}
	}
	if !reflect.DeepEqual(toSpec(m.rec.Hooks.Poststart), two("/poststart")) ||
		!reflect.DeepEqual(toSpec(m.rec.Hooks.Poststop), two("/poststop")) {
		t.Errorf("recorded: %+v", m.rec.Hooks)
	}
}

func TestCreateContainerHook(t *testing.T) {
	five := 5
	h := specs.Hook{Path: "/x", Args: []string{"x", "a b"}, Env: []string{"A=\"ü"}, Timeout: &five}
	m := makingWith(t, &specs.Hooks{CreateContainer: []specs.Hook{{Path: "/first"}, h}})
	c := m.config.Hooks[configs.CreateContainer][1].(configs.CommandHook)
	if c.Path != "/proc/self/exe" || c.Env == nil || len(c.Env) != 0 || c.Timeout != nil ||
		len(c.Args) != 3 || c.Args[1] != HookRunCommand {
		t.Fatalf("%+v", c.Command)
	}
	var run hookRun
	ok(t, json.Unmarshal([]byte(c.Args[2]), &run))
	if run.Index != 1 || !reflect.DeepEqual(specs.Hook(run.Hook), h) {
		t.Errorf("%+v", run)
	}
	// These hooks run while our side waits: another create or delete of this
	// ID must not have to.
	last := m.config.Hooks[configs.CreateRuntime][0]
	ok(t, last.Run(new(specs.State)))
	if m.lock.file != nil {
		t.Error("the lock is held while createContainer hooks run")
	}
}

func TestStartContainerHook(t *testing.T) {
	five := 5
	h := specs.Hook{Path: "/x", Args: []string{"x", "y"}, Env: []string{"A=B"}, Timeout: &five}
	m := makingWith(t, &specs.Hooks{StartContainer: []specs.Hook{h, {Path: "/y"}}})
	list := m.config.Hooks[configs.StartContainer]
	c := list[0].(configs.CommandHook)
	if c.Path != "/x" || !slices.Equal(c.Args, h.Args) || !slices.Equal(c.Env, h.Env) ||
		c.Timeout == nil || *c.Timeout != 5*time.Second {
		t.Errorf("%+v", c.Command)
	}
	if c := list[1].(configs.CommandHook); c.Timeout != nil || c.Env != nil {
		t.Errorf("%+v", c.Command)
	}
}

// The hooks in the runtime's namespaces get the state, run in the bundle
// without the lock, and init's pid is on record before them.
func TestFunctionHook(t *testing.T) {
	out := filepath.Join(t.TempDir(), "out")
	m := makingWith(t, &specs.Hooks{CreateRuntime: []specs.Hook{
		shellHook(t, "pwd > "+out+"; cat >> "+out+"; cat "+"$RECORD >> "+out),
	}})
	t.Setenv("RECORD", m.rec.path)
	m.spec.Hooks.CreateRuntime[0].Env = nil
	st := &specs.State{ID: "x", Pid: os.Getpid(), Status: specs.StateCreating}
	ok(t, m.config.Hooks[configs.CreateRuntime][0].Run(st))
	got := content(t, out)
	for _, want := range []string{m.bundle + "\n", `"status":"creating"`, `"init":{"pid":`} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in %s", want, got)
		}
	}
	if m.rec.Init != self() || m.lock.file != nil {
		t.Errorf("init %+v, lock %v", m.rec.Init, m.lock.file)
	}
}

func TestFunctionHookFails(t *testing.T) {
	m := makingWith(t, &specs.Hooks{Prestart: []specs.Hook{
		shellHook(t, "exit 0"), shellHook(t, "echo no luck >&2; exit 3"),
	}})
	err := m.config.Hooks.Run(configs.Prestart, &specs.State{Pid: os.Getpid()})
	mentions(t, err, "error running prestart hook #1: /")
	mentions(t, err, "exit status 3 after ")
	mentions(t, err, ": no luck")
	if n := strings.Count(err.Error(), "prestart"); n != 1 {
		t.Errorf("the phase is named %d times: %v", n, err)
	}
	var he *hooks.Error
	if !errors.As(err, &he) || he.Status.ExitStatus() != 3 {
		t.Errorf("got %#v", err)
	}
}

func TestFunctionHookIsCancelled(t *testing.T) {
	m := makingWith(t, &specs.Hooks{Prestart: []specs.Hook{shellHook(t, "sleep 3600")}})
	ctx, cancel := context.WithCancel(t.Context())
	m.ctx = ctx
	time.AfterFunc(10*time.Millisecond, cancel)
	within(t, "the hook", func() {
		err := m.config.Hooks.Run(configs.Prestart, &specs.State{Pid: os.Getpid()})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	})
}

// runHookRun hands HookRun its argument and a state.
func runHookRun(t *testing.T, arg, state string) error {
	t.Helper()
	path := filepath.Join(t.TempDir(), "state")
	ok(t, os.WriteFile(path, []byte(state), 0o600))
	f, err := os.Open(path)
	ok(t, err)
	defer f.Close()
	return HookRun(t.Context(), arg, f)
}

func TestHookRun(t *testing.T) {
	noLeak(t)
	out := filepath.Join(t.TempDir(), "out")
	h := shellHook(t, `cat > "$1"; echo "|$0|$2|$A|$HOME" >> "$1"`)
	h.Args = []string{"zero", out, "two words"}
	h.Env = []string{"A=ü\n"}
	arg, err := json.Marshal(hookRun{Hook: hook(h), Index: 2})
	ok(t, err)
	ok(t, runHookRun(t, string(arg), `{"ociVersion": "1.3.0", "id": "web1", "pid": 7, "status": "created"}`))
	got := content(t, out)
	for _, want := range []string{`"id":"web1"`, `"pid":7`, "|two words|ü\n|\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in %s", want, got)
		}
	}
}

func TestHookRunFails(t *testing.T) {
	h := shellHook(t, "echo oops >&2; exit 4")
	arg, err := json.Marshal(hookRun{Hook: hook(h), Index: 2})
	ok(t, err)
	mentions(t, runHookRun(t, string(arg), `{}`), "createContainer hook 2 ("+h.Path+"): exit status 4")
	mentions(t, runHookRun(t, `{"hook`, `{}`), "read hook: ")
	mentions(t, runHookRun(t, string(arg), ``), "read state: ")
	mentions(t, runHookRun(t, string(arg), `{"pid": "x"}`), "read state: ")
}

func TestHookTexts(t *testing.T) {
	other := errors.New("other")
	he := &hooks.Error{
		Phase: hooks.Poststart, Index: 1, Path: "/x", Started: true,
		Status: syscall.WaitStatus(3 << 8), Elapsed: 2 * time.Second, Stderr: "said",
	}
	says(t, hookCause(he), "/x: exit status 3 after 2s: said")
	says(t, hookFailure(he), "error running poststart hook #1: /x: exit status 3 after 2s: said")
	for name, f := range map[string]func(error) error{"cause": hookCause, "failure": hookFailure} {
		if f(nil) != nil || f(other) != other {
			t.Errorf("%s changes other errors", name)
		}
		if got := new(hooks.Error); !errors.As(f(he), &got) || got != he {
			t.Errorf("%s hides the hook's error", name)
		}
	}
}

func TestRunPoststart(t *testing.T) {
	out := filepath.Join(t.TempDir(), "out")
	rec := &record{ID: "web1", Bundle: t.TempDir(), Annotations: map[string]string{"k": "v"}}
	rec.Hooks.Poststart = fromSpec([]specs.Hook{
		shellHook(t, "pwd > "+out+"; cat >> "+out), shellHook(t, "exit 5"), shellHook(t, "echo >> "+out+" third"),
	})
	err := rec.runPoststart(t.Context(), 42)
	mentions(t, err, "error running poststart hook #1: /")
	got := content(t, out)
	for _, want := range []string{
		rec.Bundle + "\n", `"status":"running"`, `"pid":42`, `"id":"web1"`, `"annotations":{"k":"v"}`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in %s", want, got)
		}
	}
	if strings.Contains(got, "third") {
		t.Error("went on after a failure")
	}
	ok(t, (*record)(nil).runPoststart(t.Context(), 1))
	ok(t, new(record).runPoststart(t.Context(), 1))
}

func TestRunPoststop(t *testing.T) {
	j := watchLog(t)
	out := filepath.Join(t.TempDir(), "out")
	rec := &record{ID: "web1", Bundle: "/no/such/bundle"}
	rec.Hooks.Poststop = fromSpec([]specs.Hook{
		shellHook(t, "exit 5"), {Path: "/no/such/hook"}, shellHook(t, "pwd > "+out+"; cat >> "+out),
	})
	rec.runPoststop(t.Context())
	got := content(t, out)
	if !strings.HasPrefix(got, "/\n") || !strings.Contains(got, `"status":"stopped"`) || strings.Contains(got, `"pid"`) {
		t.Errorf("the last hook got %s", got)
	}
	for _, want := range []string{
		"delete web1: error running poststop hook #0: /", "delete web1: error running poststop hook #1: /no/such/hook",
	} {
		if !j.has("warning", want) {
			t.Errorf("no %s in %q", want, j.all())
		}
	}
	if len(j.all()) != 2 {
		t.Errorf("log: %q", j.all())
	}
	(*record)(nil).runPoststop(t.Context())
	new(record).runPoststop(t.Context())
}
