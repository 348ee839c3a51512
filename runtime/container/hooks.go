package container

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/opencontainers/runc/libcontainer/configs"
	"github.com/opencontainers/runtime-spec/specs-go"
	"github.com/sirupsen/logrus"

	"github.com/bulkhead-oci/bulkhead/hooks"
)

// Who runs which hooks. libcontainer's own runner waits for whatever keeps a
// hook's standard error open, keeps neither path nor duration, and stops
// poststop hooks at the first failure, so it is left with as little as
// possible:
//
//	prestart, createRuntime   functions in libcontainer's config
//	createContainer           a command in its config: "hook-run" of ours
//	startContainer            libcontainer's: inside the container, after
//	                          start has returned
//	poststart, poststop       taken out, kept in the record, run by us

// hook is specs.Hook with tags that tell no environment from an empty one.
type hook struct {
	Path    string   `json:"path"`
	Args    []string `json:"args"`
	Env     []string `json:"env"`
	Timeout *int     `json:"timeout"`
}

func fromSpec(list []specs.Hook) []hook {
	out := make([]hook, 0, len(list))
	for _, h := range list {
		out = append(out, hook(h))
	}
	return out
}

func toSpec(list []hook) []specs.Hook {
	out := make([]specs.Hook, 0, len(list))
	for _, h := range list {
		out = append(out, specs.Hook(h))
	}
	return out
}

// HookRunCommand is the first argument of the re-executed binary that runs
// one createContainer hook in the container's namespaces.
const HookRunCommand = "hook-run"

// hookRun is the second argument of HookRunCommand.
type hookRun struct {
	Hook  hook `json:"hook"`
	Index int  `json:"index"`
}

// HookRun is the whole life of "hook-run": arg describes the hook, state is
// where the container's state comes from. The returned error is the sentence
// for standard error.
func HookRun(ctx context.Context, arg string, state *os.File) error {
	var run hookRun
	if err := json.Unmarshal([]byte(arg), &run); err != nil {
		return fmt.Errorf("read hook: %w", err)
	}
	var st specs.State
	if err := json.NewDecoder(state).Decode(&st); err != nil {
		return fmt.Errorf("read state: %w", err)
	}
	return hooks.Run(ctx, hooks.Hook{
		Hook: specs.Hook(run.Hook), Phase: hooks.CreateContainer, Index: run.Index,
	}, &st)
}

// installHooks puts the hooks into libcontainer's config and the record.
func (m *making) installHooks() error {
	h := m.spec.Hooks
	if h == nil {
		return nil
	}
	list := configs.Hooks{}
	list[configs.Prestart] = m.functions(hooks.Prestart, h.Prestart)
	list[configs.CreateRuntime] = m.functions(hooks.CreateRuntime, h.CreateRuntime)
	if len(h.CreateContainer) > 0 {
		// They run while our side waits for init: let go of the lock before.
		list[configs.CreateRuntime] = append(list[configs.CreateRuntime],
			configs.NewFunctionHook(func(*specs.State) error { m.lock.release(); return nil }))
	}
	for i, ch := range h.CreateContainer {
		arg, err := json.Marshal(hookRun{Hook: hook(ch), Index: i})
		if err != nil {
			return err
		}
		list[configs.CreateContainer] = append(list[configs.CreateContainer],
			configs.NewCommandHook(&configs.Command{
				// The sealed copy init runs from: no path to trust.
				Path: "/proc/self/exe",
				Args: []string{"bulkhead", HookRunCommand, string(arg)},
				Env:  []string{},
			}))
	}
	for _, sh := range h.StartContainer {
		list[configs.StartContainer] = append(list[configs.StartContainer],
			configs.NewCommandHook(&configs.Command{
				Path: sh.Path, Args: sh.Args, Env: sh.Env, Timeout: seconds(sh.Timeout),
			}))
	}
	m.config.Hooks = list
	m.rec.Hooks = recordHooks{
		Poststart: fromSpec(h.Poststart), Poststop: fromSpec(h.Poststop),
	}
	return nil
}

func seconds(n *int) *time.Duration {
	if n == nil {
		return nil
	}
	d := time.Duration(*n) * time.Second
	return &d
}

// functions wraps each hook in a function for libcontainer, which runs them
// while the container is half made. The lock is not held meanwhile: a hook
// may call the runtime for this very container.
func (m *making) functions(phase hooks.Phase, list []specs.Hook) configs.HookList {
	var out configs.HookList
	for i, h := range list {
		out = append(out, configs.NewFunctionHook(func(st *specs.State) error {
			m.noteInit(st.Pid)
			m.lock.release()
			err := hooks.Run(m.ctx, hooks.Hook{
				Hook: h, Phase: phase, Index: i, Dir: m.bundle, Log: debugLine(phase, i),
			}, st)
			return hookCause(err)
		}))
	}
	return out
}

// hookCause drops the phase and index of an error that libcontainer will put
// in front of it again.
func hookCause(err error) error {
	var he *hooks.Error
	if !errors.As(err, &he) {
		return err
	}
	said := strings.TrimPrefix(he.Error(), fmt.Sprintf("%s hook %d ", he.Phase, he.Index))
	return &hookSentence{said: withoutBrackets(said), err: he}
}

// withoutBrackets turns "(PATH): …" into "PATH: …".
func withoutBrackets(said string) string {
	path, rest, found := strings.Cut(said, "): ")
	if !found || !strings.HasPrefix(path, "(") {
		return said
	}
	return path[1:] + ": " + rest
}

type hookSentence struct {
	said string
	err  *hooks.Error
}

func (e *hookSentence) Error() string { return e.said }

func (e *hookSentence) Unwrap() error { return e.err }

// hookFailure words the failure of a hook we run ourselves as libcontainer
// words the others: engines and people look for that sentence.
func hookFailure(err error) error {
	var he *hooks.Error
	if !errors.As(err, &he) {
		return err
	}
	return plainWords(
		fmt.Errorf("error running %s hook #%d: %w", he.Phase, he.Index, hookCause(err)))
}

func debugLine(phase hooks.Phase, index int) func(string) {
	if !logrus.IsLevelEnabled(logrus.DebugLevel) {
		return nil
	}
	return func(line string) { logrus.Debugf("%s hook %d: %s", phase, index, line) }
}

// hookState is the state a hook gets on standard input.
func hookState(rec *record, status specs.ContainerState, pid int) *specs.State {
	return &specs.State{
		Version: specs.Version, ID: rec.ID, Status: status, Pid: pid,
		Bundle: rec.Bundle, Annotations: rec.Annotations,
	}
}

// runPoststart runs the poststart hooks of a container that has just been
// started. The first failure is returned: the caller stops the container.
func (rec *record) runPoststart(ctx context.Context, pid int) error {
	if rec == nil || len(rec.Hooks.Poststart) == 0 {
		return nil
	}
	st := hookState(rec, specs.StateRunning, pid)
	err := hooks.RunAll(ctx, hooks.Poststart, toSpec(rec.Hooks.Poststart), rec.dir(), st)
	return hookFailure(err)
}

// runPoststop runs all poststop hooks; a failure is a warning.
func (rec *record) runPoststop(ctx context.Context) {
	if rec == nil || len(rec.Hooks.Poststop) == 0 {
		return
	}
	st := hookState(rec, specs.StateStopped, 0)
	list := toSpec(rec.Hooks.Poststop)
	for _, err := range hooks.RunEach(ctx, hooks.Poststop, list, rec.dir(), st) {
		logrus.Warnf("delete %s: %v", rec.ID, hookFailure(err))
	}
}

// dir is the hooks' working directory: the bundle, or the root directory when
// the engine has removed the bundle already.
func (rec *record) dir() string {
	if st, err := os.Stat(rec.Bundle); err == nil && st.IsDir() {
		return rec.Bundle
	}
	return string(filepath.Separator)
}
