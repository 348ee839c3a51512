package docker

import (
	"io"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/bulkhead-oci/bulkhead/integration/engine"
)

// network makes a network named after the test.
func network(t *testing.T, d *engine.Docker) string {
	t.Helper()
	name := t.Name() + "-net"
	d.OK(t, "network", "create", name)
	t.Cleanup(func() { d.Try(t, "network", "rm", name) })
	return name
}

// server starts a container that serves the image's page.
func server(t *testing.T, d *engine.Docker, suffix string, args ...string) *box {
	t.Helper()
	return start(t, d, suffix, append(args, engine.Image, "httpd", "-f", "-p", "80", "-h", "/www")...)
}

// fetch is a shell command that tries until the server is up.
func fetch(host string) string {
	return "for i in 1 2 3 4 5 6 7 8 9; do wget -q -O - http://" + host + "/index.html && exit; sleep 0.2; done; exit 1"
}

func TestNetworkByName(t *testing.T) {
	t.Parallel()
	d := docker(t)
	net := network(t, d)
	web := server(t, d, "-web", "--net", net, "--network-alias", "web")
	ip := web.inspect(t, "(index .NetworkSettings.Networks \""+net+"\").IPAddress")
	client := sleeper(t, d, "-client", "--net", net)
	engine.Same(t, "by name", client.exec(t, fetch("web")), "ahoy")
	engine.Same(t, "by address", client.exec(t, fetch(ip)), "ahoy")
	engine.Contains(t, "ping", client.exec(t, "ping -c 1 web"), "1 packets received")
}

func TestNetworkBridge(t *testing.T) {
	t.Parallel()
	d := docker(t)
	web := server(t, d, "-web", "--net", "bridge")
	ip := web.inspect(t, ".NetworkSettings.IPAddress")
	got := output(t, d, "--net", "bridge", engine.Image, "sh", "-c", fetch(ip))
	engine.Same(t, "page", got, "ahoy")
}

func TestNetworkPublish(t *testing.T) {
	t.Parallel()
	web := server(t, docker(t), "", "--net", "bridge", "-p", "127.0.0.1::80")
	addr := web.OK(t, "port", web.name, "80/tcp")
	var page string
	engine.Eventually(t, "page at "+addr, func() bool {
		r, err := http.Get("http://" + addr + "/index.html")
		if err != nil {
			return false
		}
		defer r.Body.Close()
		body, err := io.ReadAll(r.Body)
		page = string(body)
		return err == nil
	})
	engine.Same(t, "page", page, "ahoy\n")
}

func TestNetworkHost(t *testing.T) {
	t.Parallel()
	got := output(t, docker(t), "--net", "host", engine.Image, "sh", "-c", "readlink /proc/self/ns/net; ls /sys/class/net")
	engine.Contains(t, "namespace", got, engine.Namespace(t, os.Getpid(), "net"))
	engine.Contains(t, "links", got, "docker0")
}

func TestNetworkNone(t *testing.T) {
	t.Parallel()
	got := output(t, docker(t), "--net", "none", engine.Image, "sh", "-c", "ls /sys/class/net; cat /sys/class/net/lo/flags")
	engine.Same(t, "links and lo's flags, which say up", got, "lo\n0x9")
}

func TestNetworkOfContainer(t *testing.T) {
	t.Parallel()
	d := docker(t)
	web := server(t, d, "-web", "--net", "none")
	peer := sleeper(t, d, "-peer", "--net", "container:"+web.name)
	engine.Same(t, "page", peer.exec(t, fetch("127.0.0.1")), "ahoy")
	engine.Same(t, "namespace", engine.Namespace(t, peer.pid(t), "net"), engine.Namespace(t, web.pid(t), "net"))
}

func TestNetworkConnect(t *testing.T) {
	t.Parallel()
	d := docker(t)
	net := network(t, d)
	b := sleeper(t, d, "", "--net", "bridge")
	links := func() int { return len(strings.Fields(b.exec(t, "ls /sys/class/net"))) }
	before := links()
	d.OK(t, "network", "connect", net, b.name)
	engine.Same(t, "links after connect", links(), before+1)
	d.OK(t, "network", "disconnect", net, b.name)
	engine.Same(t, "links after disconnect", links(), before)
}
