package integration

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
)

// claimTests has, for every member of what "features" prints, the test that
// shows it to be true. A list's test gets all names in the list.
var claimTests = map[string]func(*claimant, *testing.T, []string){
	"ociVersionMin":                       (*claimant).versions,
	"ociVersionMax":                       (*claimant).versions,
	"hooks":                               (*claimant).hooks,
	"mountOptions":                        (*claimant).mountOptions,
	"linux.namespaces":                    (*claimant).namespaces,
	"linux.capabilities":                  (*claimant).capabilities,
	"linux.cgroup.v1":                     (*claimant).cgroup1,
	"linux.cgroup.v2":                     (*claimant).cgroup2,
	"linux.cgroup.systemd":                (*claimant).systemd,
	"linux.cgroup.systemdUser":            (*claimant).systemdUser,
	"linux.cgroup.rdma":                   (*claimant).rdma,
	"linux.seccomp.enabled":               (*claimant).seccomp,
	"linux.seccomp.actions":               (*claimant).seccompActions,
	"linux.seccomp.operators":             (*claimant).seccompOperators,
	"linux.seccomp.archs":                 (*claimant).seccompArchs,
	"linux.seccomp.knownFlags":            (*claimant).seccompKnownFlags,
	"linux.seccomp.supportedFlags":        (*claimant).seccompFlags,
	"linux.apparmor.enabled":              (*claimant).apparmor,
	"linux.selinux.enabled":               (*claimant).selinux,
	"linux.intelRdt.enabled":              (*claimant).intelRdt,
	"linux.intelRdt.schemata":             (*claimant).intelRdtSchemata,
	"linux.intelRdt.monitoring":           (*claimant).intelRdtMonitoring,
	"linux.memoryPolicy.modes":            (*claimant).memoryModes,
	"linux.memoryPolicy.flags":            (*claimant).memoryFlags,
	"linux.mountExtensions.idmap.enabled": (*claimant).idmap,
	"linux.netDevices.enabled":            (*claimant).netDevices,
	"potentiallyUnsafeConfigAnnotations":  (*claimant).unsafeAnnotations,

	"annotations.io.github.bulkhead-oci.version":             (*claimant).ownVersion,
	"annotations.io.github.seccomp.libseccomp.version":       (*claimant).libseccompVersion,
	"annotations.org.opencontainers.runc.checkpoint.enabled": (*claimant).checkpoint,
	"annotations.org.opencontainers.runc.commit":             (*claimant).commit,
	"annotations.org.opencontainers.runc.version":            (*claimant).runcVersion,
}

// TestClaims holds what "features" prints to what containers show.
func TestClaims(t *testing.T) {
	c := newClaimant(t)
	for member := range claimTests {
		optional := strings.HasSuffix(member, ".commit") || // runc alone has it
			strings.HasSuffix(member, ".libseccomp.version") // and who links that
		if c.claims[member] == nil && c.name == "bulkhead" && !optional {
			t.Errorf("%s: not claimed any more", member)
		}
	}
	for member, names := range c.claims {
		t.Run(member, func(t *testing.T) {
			t.Parallel()
			test, ok := claimTests[member]
			if !ok {
				t.Fatalf("a claim without a test: %v", names)
			}
			if len(names) == 0 || names[0] == "false" {
				t.Skip(onlyPrefix + "what is claimed to be there")
			}
			test(c, t, names)
		})
	}
}

// A claimant is a runtime and its claims.
type claimant struct {
	*patient
	config []byte // what the config.json of every container begins as
	claims map[string][]string
	made   atomic.Int32
}

func newClaimant(t *testing.T) *claimant {
	t.Helper()
	c := &claimant{patient: newPatient(t), claims: map[string][]string{}}
	if c.name == "crun" {
		t.Skip(onlyPrefix + "bulkhead, runc")
	}
	err := editConfig(c.bundle, func(doc any) (any, error) {
		rootfs := asJSON(filepath.Join(c.bundle, "rootfs"))
		return setPaths(doc, "root.path", rootfs, "hooks-", "null")
	})
	if err != nil {
		t.Fatal(err)
	}
	if c.config, err = os.ReadFile(filepath.Join(c.bundle, "config.json")); err != nil {
		t.Fatal(err)
	}
	out, err := c.command("features").Output()
	if err != nil {
		t.Fatal(err)
	}
	var features any
	if err := json.Unmarshal(out, &features); err != nil {
		t.Fatal(err)
	}
	c.collect("", features)
	return c
}

// collect takes the document apart into its lists and single values.
func (c *claimant) collect(member string, v any) {
	switch v := v.(type) {
	case map[string]any:
		for key, value := range v {
			c.collect(strings.TrimPrefix(member+"."+key, "."), value)
		}
	case []any:
		c.claims[member] = []string{}
		for _, name := range v {
			c.claims[member] = append(c.claims[member], fmt.Sprint(name))
		}
	default:
		c.claims[member] = []string{fmt.Sprint(v)}
	}
}

// each runs a test for every name, with the row the table has for it.
func each[Row any](
	t *testing.T, names []string, table map[string]Row, test func(*testing.T, string, Row),
) {
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			row, ok := table[name]
			if !ok {
				t.Fatal("a claim without a test")
			}
			test(t, name, row)
		})
	}
}

// bundleWith makes a bundle that has changes, pairs of a path and JSON, and
// invents the id of its container.
func (c *claimant) bundleWith(t *testing.T, changes ...string) (dir, id string) {
	t.Helper()
	n := c.made.Add(1)
	dir = filepath.Join(c.dir, fmt.Sprint("claim", n))
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "config.json"), c.config, 0o644); err != nil {
		t.Fatal(err)
	}
	err := editConfig(dir, func(doc any) (any, error) { return setPaths(doc, changes...) })
	if err != nil {
		t.Fatal(err)
	}
	return dir, fmt.Sprintf("%s-%d", c.id, n)
}

// ended is how a container, or the attempt to run one, ended.
type ended struct {
	status         int
	stdout, stderr string
}

func finish(t *testing.T, cmd *exec.Cmd) ended {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	status := exitStatus(cmd.Run())
	return ended{status, stdout.String(), stderr.String()}
}

// run runs a shell script in a container of its own.
func (c *claimant) run(t *testing.T, script string, changes ...string) ended {
	t.Helper()
	changes = append(changes, "process.args", asJSON([]string{"sh", "-c", script}))
	dir, id := c.bundleWith(t, changes...)
	return finish(t, c.command("run", "-b", dir, id))
}

// ok runs a script that has to succeed and returns what it prints.
func (c *claimant) ok(t *testing.T, script string, changes ...string) string {
	t.Helper()
	r := c.run(t, script, changes...)
	if r.status != 0 {
		t.Fatalf("status %d: %s%s", r.status, r.stdout, r.stderr)
	}
	return r.stdout
}

// refused runs what cannot be done here. Of a message only bulkhead promises
// that it names the member.
func (c *claimant) refused(t *testing.T, member string, changes ...string) {
	t.Helper()
	r := c.run(t, "echo it runs", changes...)
	if r.status == 0 || r.stdout != "" {
		t.Fatalf("%s was dropped: %s%s", member, r.stdout, r.stderr)
	}
	if c.name == "bulkhead" {
		matches(t, r.stderr, regexp.QuoteMeta(member))
	}
}

// start starts a container that sleeps and returns its id and its pid.
func (c *claimant) start(t *testing.T, changes ...string) (id string, pid int) {
	t.Helper()
	dir, id := c.bundleWith(t, changes...)
	pidFile := filepath.Join(dir, "pid")
	errs, err := os.Create(filepath.Join(dir, "stderr"))
	if err != nil {
		t.Fatal(err)
	}
	defer errs.Close()
	// The container inherits it, so it must not be a pipe.
	cmd := c.command("run", "-d", "-b", dir, "--pid-file", pidFile, id)
	cmd.Stderr = errs
	if err := cmd.Run(); err != nil {
		text, _ := os.ReadFile(errs.Name())
		t.Fatalf("%v: %s", err, text)
	}
	t.Cleanup(func() { finish(t, c.command("delete", "--force", id)) })
	text, err := os.ReadFile(pidFile)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Sscan(string(text), &pid); err != nil {
		t.Fatal(err)
	}
	return id, pid
}

func asJSON(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		die(err)
	}
	return string(text)
}

func matches(t *testing.T, text, pattern string) {
	t.Helper()
	if !regexp.MustCompile("(?m)" + pattern).MatchString(text) {
		t.Errorf("no %q in %q", pattern, text)
	}
}
