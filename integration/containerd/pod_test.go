package containerd

import (
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/bulkhead-oci/bulkhead/integration/engine"
)

// taskPid is the pid of a task of the CRI, container or sandbox.
func taskPid(t *testing.T, id string) int {
	t.Helper()
	for line := range strings.Lines(daemon(t).K8s.OK(t, "task", "ls")) {
		if f := strings.Fields(line); len(f) == 3 && f[0] == id {
			pid, err := strconv.Atoi(f[1])
			if err != nil {
				t.Fatal(err)
			}
			return pid
		}
	}
	t.Fatalf("no task %s", id)
	return 0
}

// ownPid gives a container a pid namespace of its own, as a kubelet does unless
// the pod shares one.
var ownPid = object{"linux": object{"security_context": object{"namespace_options": object{"pid": "CONTAINER"}}}}

func TestPodShares(t *testing.T) {
	t.Parallel()
	p := newPod(t, object{"network": "POD", "pid": "CONTAINER", "ipc": "POD"})
	web := p.start(t, ownPid, "httpd", "-f", "-p", "80", "-h", "/www")
	peer := p.start(t, ownPid, "/bin/probe", "pause")
	for kind, want := range map[string]bool{"net": true, "ipc": true, "uts": true, "pid": false, "mnt": false} {
		same := engine.Namespace(t, web.pid(t), kind) == engine.Namespace(t, peer.pid(t), kind)
		engine.Same(t, kind+" shared by the two", same, want)
		same = engine.Namespace(t, web.pid(t), kind) == engine.Namespace(t, taskPid(t, p.id), kind)
		engine.Same(t, kind+" shared with the sandbox", same, want)
	}
	engine.Same(t, "host name", peer.exec(t, "hostname"), "pod")
	engine.Same(t, "page", peer.exec(t, "until wget -q -O - http://127.0.0.1/index.html; do sleep 0.1; done"), "ahoy")
	web.exec(t, "echo shared >/dev/shm/note")
	engine.Same(t, "shared memory", peer.exec(t, "cat /dev/shm/note"), "shared")
}

func TestPodSharesPid(t *testing.T) {
	t.Parallel()
	p := newPod(t, object{"network": "POD", "pid": "POD", "ipc": "POD"})
	spec := object{"linux": object{"security_context": object{"namespace_options": object{"pid": "POD"}}}}
	first := p.start(t, spec, "sleep", "54321")
	second := p.start(t, spec, "/bin/probe", "pause")
	engine.Same(t, "pid shared", engine.Namespace(t, first.pid(t), "pid"), engine.Namespace(t, second.pid(t), "pid"))
	seen := second.exec(t, "ps -o pid,args")
	engine.Contains(t, "pause is pid 1", seen, "1 /bin/probe pause")
	engine.Contains(t, "the other container", seen, "sleep 54321")
	pid := first.pid(t)
	call(t, "StopContainer", object{"container_id": first.id})
	engine.Same(t, "first ended", engine.Alive(pid), false)
	engine.Same(t, "second lives", second.exec(t, "echo on"), "on")
}

func TestPodOfHost(t *testing.T) {
	t.Parallel()
	node := object{"network": "NODE", "pid": "NODE", "ipc": "NODE"}
	p := describe(t, node)
	delete(p.config, "hostname")
	p.run(t)
	m := p.start(t, object{"linux": object{"security_context": object{"namespace_options": node}}}, "/bin/probe", "pause")
	for kind, want := range map[string]bool{"net": true, "ipc": true, "pid": true, "mnt": false} {
		same := engine.Namespace(t, m.pid(t), kind) == engine.Namespace(t, os.Getpid(), kind)
		engine.Same(t, kind+" shared with the host", same, want)
	}
}

func TestPodNetwork(t *testing.T) {
	t.Parallel()
	one, two := newPod(t, object{}), newPod(t, object{})
	one.start(t, nil, "httpd", "-f", "-p", "80", "-h", "/www")
	status := call(t, "PodSandboxStatus", object{"pod_sandbox_id": one.id})
	ip, _ := dig(status, "status", "network", "ip").(string)
	engine.Contains(t, "address", ip, "10.88.99.")
	got := two.sleeper(t).exec(t, "until wget -q -O - http://"+ip+"/index.html; do sleep 0.1; done")
	engine.Same(t, "page of the other pod", got, "ahoy")
}

// TestPodHandler: a RuntimeClass's handler picks the runtime.
func TestPodHandler(t *testing.T) {
	t.Parallel()
	p := newPod(t, object{})
	m := p.sleeper(t)
	for _, id := range []string{p.id, m.id} {
		if len(engine.PathsUnder(daemon(t).RuntimeRoot(), id)) == 0 {
			t.Errorf("the tested runtime has no %s", id)
		}
	}
	status := call(t, "PodSandboxStatus", object{"pod_sandbox_id": p.id})
	engine.Same(t, "handler", dig(status, "status", "runtimeHandler"), any(engine.CRIHandler))
}

func TestPodRemoveLeavesNothing(t *testing.T) {
	t.Parallel()
	p := newPod(t, object{})
	m := p.sleeper(t)
	pid, pause := m.pid(t), taskPid(t, p.id)
	if len(engine.CgroupsOf("containerd-pods", m.id)) == 0 {
		t.Fatal("the test looks in the wrong places")
	}
	call(t, "StopPodSandbox", object{"pod_sandbox_id": p.id})
	call(t, "RemovePodSandbox", object{"pod_sandbox_id": p.id})
	engine.Same(t, "container's process", engine.Alive(pid), false)
	engine.Same(t, "sandbox's process", engine.Alive(pause), false)
	for _, id := range []string{m.id, p.id} {
		engine.Same(t, "cgroups", strings.Join(engine.CgroupsOf("containerd-pods", id), " "), "")
		engine.Same(t, "mounts", strings.Join(engine.MountsUnder(id), " "), "")
		engine.Eventually(t, "no file in /run with the id", func() bool { return len(engine.PathsUnder("/run", id)) == 0 })
	}
}
