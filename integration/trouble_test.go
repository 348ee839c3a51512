package integration

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/bulkhead-oci/bulkhead/integration/engine"
)

const killRounds = 20

// patient is a runtime whose state root and bundle a Go test owns.
type patient struct {
	leftovers
	name   string // of the runtime
	bundle string
}

func newPatient(t *testing.T) *patient {
	t.Helper()
	engine.Need(t, engine.Program("busybox"))
	rt := findRuntime(t)
	dir := workRoot(t)
	id := newID(filepath.Base(t.Name()))
	p := &patient{
		leftovers: leftovers{id: id, dir: dir, state: "/run/bh" + id[len(id)-9:], runtime: rt.path},
		name:      rt.name,
		bundle:    filepath.Join(dir, "b"),
	}
	t.Cleanup(func() {
		for _, problem := range p.clean() {
			t.Errorf("left behind: %s", problem)
		}
	})
	if err := makeBundle(p.bundle, rt.spec); err != nil {
		t.Fatal(err)
	}
	if err := p.addHooks(); err != nil {
		t.Fatal(err)
	}
	return p
}

// addHooks has the bundle's containers leave a file when they are made and
// another when they are gone.
func (p *patient) addHooks() error {
	hook := `[{"path": "/bin/touch", "args": ["touch", "` + p.dir + `/%s"]}]`
	return editConfig(p.bundle, func(doc any) (any, error) {
		return setPaths(doc, "hooks.createRuntime", fmt.Sprintf(hook, "made"),
			"hooks.poststop", fmt.Sprintf(hook, "gone"))
	})
}

// checkHooks reports a container that was made and whose poststop hook never
// ran, and forgets about it.
func (p *patient) checkHooks() error {
	made := exists(filepath.Join(p.dir, "made"))
	gone := exists(filepath.Join(p.dir, "gone"))
	os.Remove(filepath.Join(p.dir, "made"))
	os.Remove(filepath.Join(p.dir, "gone"))
	if made == nil && gone != nil {
		return fmt.Errorf("the poststop hook did not run")
	}
	return nil
}

func (p *patient) command(args ...string) *exec.Cmd {
	cmd := exec.Command(p.runtime, append([]string{"--root", p.state}, args...)...)
	cmd.Env = append(os.Environ(), marker+"="+p.id)
	return cmd
}

// run runs a command whose process or container inherits no stream of ours,
// so that nobody waits for them to be closed.
func (p *patient) run(t *testing.T, args ...string) {
	t.Helper()
	log := filepath.Join(p.dir, "log")
	f, err := os.Create(log)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	cmd := p.command(args...)
	cmd.Stdout, cmd.Stderr = f, f
	if err := cmd.Run(); err != nil {
		text, _ := os.ReadFile(log)
		t.Fatalf("%v: %v: %s", args, err, text)
	}
}

// killDuring starts a command and kills it after a while, if it still runs.
func (p *patient) killDuring(t *testing.T, after time.Duration, args ...string) {
	t.Helper()
	cmd := p.command(args...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(after)
	cmd.Process.Kill()
	cmd.Wait()
}

// TestKilledRuntime kills the runtime at odd moments. Whatever it was at,
// delete --force must find and remove everything.
func TestKilledRuntime(t *testing.T) {
	for _, c := range []struct {
		name   string
		before []string // brings the container into the state to start from
		verb   []string
		within time.Duration
	}{
		{"create", nil, []string{"create", "-b", "BUNDLE", "ID"}, 60 * time.Millisecond},
		{"run", nil, []string{"run", "-b", "BUNDLE", "ID"}, 90 * time.Millisecond},
		{"exec", []string{"run", "-d", "-b", "BUNDLE", "ID"},
			[]string{"exec", "ID", "sleep", "600"}, 60 * time.Millisecond},
		{"delete", []string{"run", "-d", "-b", "BUNDLE", "ID"},
			[]string{"delete", "--force", "ID"}, 60 * time.Millisecond},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := newPatient(t)
			if p.name == "crun" || c.before == nil && p.name != "bulkhead" {
				t.Skip("others keep no record of what they are about to make or remove")
			}
			for round := range killRounds {
				id := fmt.Sprintf("%s-%d", p.id, round)
				if c.before != nil {
					p.run(t, p.fill(c.before, id)...)
				}
				p.killDuring(t, rand.N(c.within), p.fill(c.verb, id)...)
				p.recovers(t, id)
			}
		})
	}
}

// recovers removes the container and looks for what is left.
func (p *patient) recovers(t *testing.T, id string) {
	t.Helper()
	p.run(t, "delete", "--force", id)
	if err := poll(p.check); err != nil {
		t.Fatalf("%s: %v", id, err)
	}
	if err := p.checkHooks(); err != nil && p.name == "bulkhead" {
		t.Errorf("%s: %v", id, err)
	}
}

// fill puts the bundle and the id into a command.
func (p *patient) fill(args []string, id string) []string {
	var out []string
	for _, arg := range args {
		switch arg {
		case "BUNDLE":
			arg = p.bundle
		case "ID":
			arg = id
		}
		out = append(out, arg)
	}
	return out
}
