package containerd

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/bulkhead-oci/bulkhead/integration/engine"
)

// buildClient builds the CRI client, a module of its own.
var buildClient = sync.OnceValues(func() (string, error) {
	path := filepath.Join(engine.Scratch(), "cri")
	out, err := exec.Command("go", "build", "-C", "cri", "-o", path, ".").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return path, nil
})

// pods asks for what pods take: the client and the CNI plug-ins.
func pods() string {
	if _, err := buildClient(); err != nil {
		return "needs the CRI client: " + err.Error()
	}
	return engine.Program("/usr/lib/cni/bridge", "/usr/lib/cni/loopback", "/usr/lib/cni/host-local")()
}

// An object is JSON as the CRI has it, with the names of its protobuf fields.
type object = map[string]any

// try calls a method of the CRI.
func try(t *testing.T, method string, request object) (engine.Result, object) {
	t.Helper()
	path, err := buildClient()
	if err != nil {
		t.Fatal(err)
	}
	body, err := json.Marshal(request)
	if err != nil {
		t.Fatal(err)
	}
	client := engine.CLI{Path: path, Args: []string{daemon(t).Daemon.Run + "/containerd.sock"}}
	r := client.Input(t, string(body), method)
	response := object{}
	if r.Code == 0 {
		if err := json.Unmarshal([]byte(r.Stdout), &response); err != nil {
			t.Fatalf("%v: %s", err, r)
		}
	}
	return r, response
}

// call calls a method, which has to succeed.
func call(t *testing.T, method string, request object) object {
	t.Helper()
	r, response := try(t, method, request)
	if r.Code != 0 {
		t.Fatalf("%s", r)
	}
	return response
}

// dig follows keys down a response.
func dig(o object, keys ...string) any {
	var v any = o
	for _, k := range keys {
		m, ok := v.(object)
		if !ok {
			return nil
		}
		v = m[k]
	}
	return v
}

// A pod is a sandbox with the configuration it was made from.
type pod struct {
	id     string
	config object
	logs   string
}

// newPod runs a sandbox with the given namespace options.
func newPod(t *testing.T, namespaces object) *pod {
	t.Helper()
	p := describe(t, namespaces)
	p.run(t)
	return p
}

// run runs the sandbox with the tested runtime.
func (p *pod) run(t *testing.T) {
	t.Helper()
	r := call(t, "RunPodSandbox", object{"config": p.config, "runtime_handler": engine.CRIHandler})
	p.id = r["podSandboxId"].(string)
	t.Cleanup(func() {
		try(t, "StopPodSandbox", object{"pod_sandbox_id": p.id})
		try(t, "RemovePodSandbox", object{"pod_sandbox_id": p.id})
	})
}

// describe makes the configuration of a sandbox.
func describe(t *testing.T, namespaces object) *pod {
	t.Helper()
	engine.Need(t, pods)
	logs := t.TempDir()
	name := strings.ToLower(strings.ReplaceAll(t.Name(), "/", "-"))
	return &pod{logs: logs, config: object{
		"metadata":      object{"name": name, "uid": fmt.Sprint(serial()), "namespace": "default"},
		"hostname":      "pod",
		"log_directory": logs,
		"linux": object{
			"cgroup_parent":    engine.CgroupParent("containerd") + "-pods",
			"security_context": object{"namespace_options": namespaces},
		},
	}}
}

// A member is a container of a pod.
type member struct {
	id  string
	log string
}

// create makes a container in the pod. What config holds is put over the
// defaults.
func (p *pod) create(t *testing.T, config object, command ...string) *member {
	t.Helper()
	name := fmt.Sprintf("c%d", serial())
	all := object{"metadata": object{"name": name}, "image": object{"image": engine.Image},
		"command": command, "log_path": name + ".log"}
	for k, v := range config {
		all[k] = v
	}
	r := call(t, "CreateContainer", object{"pod_sandbox_id": p.id, "config": all, "sandbox_config": p.config})
	return &member{r["containerId"].(string), filepath.Join(p.logs, name+".log")}
}

// start makes and starts a container in the pod.
func (p *pod) start(t *testing.T, config object, command ...string) *member {
	t.Helper()
	m := p.create(t, config, command...)
	call(t, "StartContainer", object{"container_id": m.id})
	return m
}

// sleeper starts a container that does nothing until it is told to end.
func (p *pod) sleeper(t *testing.T) *member {
	t.Helper()
	return p.start(t, nil, "/bin/probe", "pause")
}

// exec runs a shell command in the container, which has to succeed.
func (m *member) exec(t *testing.T, script string) string {
	t.Helper()
	out, code := m.execCode(t, "sh", "-c", script)
	if code != 0 {
		t.Fatalf("%s: exit code %d: %s", script, code, out)
	}
	return strings.TrimSpace(out)
}

func (m *member) execCode(t *testing.T, command ...string) (string, int) {
	t.Helper()
	r := call(t, "ExecSync", object{"container_id": m.id, "cmd": command, "timeout": 30})
	code, _ := r["exitCode"].(float64)
	return text(t, r["stdout"]) + text(t, r["stderr"]), int(code)
}

// text decodes bytes of a response.
func text(t *testing.T, v any) string {
	t.Helper()
	s, _ := v.(string)
	data, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// status is a field of the container's status, "" when it is not set.
func (m *member) status(t *testing.T, field string) string {
	t.Helper()
	v := dig(call(t, "ContainerStatus", object{"container_id": m.id}), "status", field)
	if v == nil {
		return ""
	}
	return fmt.Sprint(v)
}

// end waits for the container's end and returns its exit code.
func (m *member) end(t *testing.T) string {
	t.Helper()
	engine.Eventually(t, "the container's end", func() bool {
		return m.status(t, "state") == "CONTAINER_EXITED"
	})
	return cmp.Or(m.status(t, "exitCode"), "0")
}

// pid is the container's first process.
func (m *member) pid(t *testing.T) int {
	t.Helper()
	return taskPid(t, m.id)
}
