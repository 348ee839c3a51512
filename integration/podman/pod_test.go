package podman

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/bulkhead-oci/bulkhead/integration/engine"
)

// podDevices asks for a Podman that leaves devices alone: 4.3 makes a pod's
// cgroup v2 with a filter that denies all of them, whatever the runtime.
func podDevices() string {
	out, err := exec.Command("podman", "--version").Output()
	if err == nil && engine.Unified() && strings.Contains(string(out), " 4.3.") {
		return "needs a Podman newer than 4.3 for pods on cgroup v2"
	}
	return ""
}

// newPod makes a pod named after the test.
func newPod(t *testing.T, p *engine.Podman, args ...string) string {
	t.Helper()
	name := label(t, "-pod")
	t.Cleanup(func() { p.Try(t, "pod", "rm", "-f", "-t", "0", name) })
	base := []string{"pod", "create", "--name", name, "--net", "none"}
	if p.As == nil {
		base = append(base, "--cgroup-parent", engine.CgroupParent("podman-pods"))
	}
	p.OK(t, append(base, args...)...)
	return name
}

// member starts a container in a pod.
func member(t *testing.T, p *engine.Podman, pod, suffix string, args ...string) *box {
	t.Helper()
	name := label(t, suffix)
	p.OK(t, append([]string{"run", "-d", "--pod", pod, "--name", name}, args...)...)
	return &box{p, name}
}

func TestPod(t *testing.T) {
	t.Parallel()
	engine.Need(t, podDevices)
	p := podman(t)
	pod := newPod(t, p, "--hostname", "galley")
	web := member(t, p, pod, "-web", engine.Image, "httpd", "-f", "-p", "80", "-h", "/www")
	peer := member(t, p, pod, "-peer", engine.Image, "probe", "pause")
	for kind, want := range map[string]bool{"net": true, "ipc": true, "uts": true, "pid": false, "mnt": false} {
		same := engine.Namespace(t, web.pid(t), kind) == engine.Namespace(t, peer.pid(t), kind)
		engine.Same(t, kind+" shared by the two", same, want)
	}
	got := peer.exec(t, "until wget -q -O - http://127.0.0.1/index.html; do sleep 0.1; done")
	engine.Same(t, "page", got, "ahoy")
	engine.Same(t, "host name", peer.exec(t, "hostname"), "galley")
	pid := web.pid(t)
	p.OK(t, "pod", "stop", "-t", "1", pod)
	engine.Same(t, "process", engine.Alive(pid), false)
	p.OK(t, "pod", "start", pod)
	engine.Same(t, "after a start", peer.exec(t, "echo again"), "again")
}

func TestPodSharedPid(t *testing.T) {
	t.Parallel()
	engine.Need(t, podDevices)
	p := podman(t)
	pod := newPod(t, p, "--share", "pid,ipc,uts,net")
	one := member(t, p, pod, "-one", engine.Image, "sleep", "65432")
	two := member(t, p, pod, "-two", engine.Image, "probe", "pause")
	engine.Contains(t, "processes", two.exec(t, "ps -o args"), "sleep 65432")
	engine.Same(t, "pid shared", engine.Namespace(t, one.pid(t), "pid"), engine.Namespace(t, two.pid(t), "pid"))
}

func TestNetworkByName(t *testing.T) {
	t.Parallel()
	engine.Need(t, engine.Program("/usr/lib/podman/netavark", "/usr/lib/podman/aardvark-dns", "iptables"))
	p := podman(t)
	net := label(t, "-net")
	p.OK(t, "network", "create", net)
	t.Cleanup(func() { p.Try(t, "network", "rm", "-f", net) })
	web := start(t, p, "-web", "--net", net, engine.Image, "httpd", "-f", "-p", "80", "-h", "/www")
	ip := web.inspect(t, "(index .NetworkSettings.Networks \""+net+"\").IPAddress")
	peer := sleeper(t, p, "-peer", "--net", net)
	fetch := "for i in 1 2 3 4 5 6 7 8 9; do wget -q -O - http://$HOST/index.html && exit; sleep 0.3; done; exit 1"
	for what, host := range map[string]string{"by address": ip, "by name": web.name} {
		r := peer.Code(t, 0, "exec", "-e", "HOST="+host, peer.name, "sh", "-c", fetch)
		engine.Same(t, what, r.Stdout, "ahoy\n")
	}
}

// TestNetworkOfContainer: joining by path what another container has.
func TestNetworkOfContainer(t *testing.T) {
	t.Parallel()
	p := podman(t)
	one := sleeper(t, p, "-one")
	two := sleeper(t, p, "-two", "--net", "container:"+one.name, "--pid", "container:"+one.name, "--ipc", "container:"+one.name)
	for _, kind := range []string{"net", "pid", "ipc"} {
		engine.Same(t, kind, engine.Namespace(t, two.pid(t), kind), engine.Namespace(t, one.pid(t), kind))
	}
}
