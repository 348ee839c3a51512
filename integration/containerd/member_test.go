package containerd

import (
	"os"
	"strings"
	"testing"

	"github.com/bulkhead-oci/bulkhead/integration/engine"
)

func TestMemberExec(t *testing.T) {
	t.Parallel()
	m := newPod(t, object{}).sleeper(t)
	engine.Same(t, "output", m.exec(t, "echo in; echo err >&2"), "in\nerr")
	_, code := m.execCode(t, "sh", "-c", "exit 6")
	engine.Same(t, "exit code", code, 6)
	r, _ := try(t, "ExecSync", object{"container_id": m.id, "cmd": []string{"no-such-program"}})
	engine.Same(t, "exit code of a missing program", r.Code, 1)
	engine.Contains(t, "stderr", r.Stderr, "no-such-program")
}

// TestMemberExecTimeout: a probe that hangs is killed, the container is not.
func TestMemberExecTimeout(t *testing.T) {
	t.Parallel()
	m := newPod(t, object{}).sleeper(t)
	r, _ := try(t, "ExecSync", object{"container_id": m.id, "cmd": []string{"sleep", "345678"}, "timeout": 1})
	engine.Same(t, "exit code", r.Code, 1)
	engine.Contains(t, "stderr", r.Stderr, "timeout")
	engine.Eventually(t, "the probe's end", func() bool { return !engine.Runs("sleep 345678") })
	engine.Same(t, "container", m.exec(t, "echo on"), "on")
}

// TestMemberExecStream is what kubectl exec -i does.
func TestMemberExecStream(t *testing.T) {
	t.Parallel()
	m := newPod(t, object{}).sleeper(t)
	for name, tc := range map[string]struct {
		tty  bool
		want string
	}{"pipes": {false, "got ping\nno terminal\n"}, "terminal": {true, "ping\r\ngot ping\r\nterminal\r\n"}} {
		t.Run(name, func(t *testing.T) {
			r := call(t, "Exec", object{"container_id": m.id, "stdin": true, "stdout": true, "stderr": !tc.tty, "tty": tc.tty,
				"cmd": []string{"sh", "-c", "read x; echo got $x; test -t 0 && echo terminal || echo no terminal; exit 5"}})
			path, err := buildClient()
			if err != nil {
				t.Fatal(err)
			}
			client := engine.CLI{Path: path}
			got := client.Input(t, "ping\n", "stream", r["url"].(string))
			engine.Same(t, "stdout", got.Stdout, tc.want)
			engine.Contains(t, "status", got.Stderr, `"message":"5"`)
		})
	}
}

func TestMemberLogs(t *testing.T) {
	t.Parallel()
	m := newPod(t, object{}).start(t, nil, "sh", "-c", "echo out; echo err >&2")
	engine.Same(t, "exit code", m.end(t), "0")
	log, err := os.ReadFile(m.log)
	if err != nil {
		t.Fatal(err)
	}
	engine.Contains(t, "log", string(log), " stdout F out\n")
	engine.Contains(t, "log", string(log), " stderr F err\n")
}

func TestMemberEnds(t *testing.T) {
	t.Parallel()
	p := newPod(t, object{})
	m := p.start(t, nil, "sh", "-c", "exit 3")
	engine.Same(t, "exit code", m.end(t), "3")
	engine.Same(t, "reason", m.status(t, "reason"), "Error")
}

func TestMemberStop(t *testing.T) {
	t.Parallel()
	p := newPod(t, object{})
	const loop = "; touch /ready; while true; do sleep 0.1; done"
	for name, tc := range map[string]struct {
		script, code string
		grace        int
	}{
		"within grace": {"trap 'exit 7' TERM" + loop, "7", 50},
		"after grace":  {"trap '' TERM" + loop, "137", 1},
	} {
		t.Run(name, func(t *testing.T) {
			m := p.start(t, nil, "sh", "-c", tc.script)
			m.exec(t, "until test -e /ready; do sleep 0.1; done")
			call(t, "StopContainer", object{"container_id": m.id, "timeout": tc.grace})
			engine.Same(t, "exit code", m.end(t), tc.code)
		})
	}
}

func TestMemberMissingProgram(t *testing.T) {
	t.Parallel()
	m := newPod(t, object{}).create(t, nil, "no-such-program")
	r, _ := try(t, "StartContainer", object{"container_id": m.id})
	engine.Same(t, "exit code", r.Code, 1)
	engine.Contains(t, "stderr", r.Stderr, "no-such-program")
	engine.Same(t, "state", m.status(t, "state"), "CONTAINER_EXITED")
	engine.Same(t, "reason", m.status(t, "reason"), "StartError")
}

// The shim asks for OOM events once the start has returned, and hears of the
// kill and of the end by different ways: the sleeps
// keep all that in order on a busy machine.
func TestMemberOOM(t *testing.T) {
	t.Parallel()
	engine.Need(t, engine.Controller("memory"))
	limit := object{"linux": object{"resources": object{"memory_limit_in_bytes": "33554432"}}}
	m := newPod(t, object{}).start(t, limit, "sh", "-c", "sleep 2; probe hog 256; sleep 2; exit 137")
	engine.Same(t, "exit code", m.end(t), "137")
	engine.Same(t, "reason", m.status(t, "reason"), "OOMKilled")
}

func TestMemberUpdate(t *testing.T) {
	t.Parallel()
	engine.Need(t, engine.Controller("memory", "cpu"))
	limits := object{"linux": object{"resources": object{
		"memory_limit_in_bytes": "67108864", "cpu_period": "100000", "cpu_quota": "50000"}}}
	m := newPod(t, object{}).start(t, limits, "/bin/probe", "pause")
	check := func(memory, quota string) {
		t.Helper()
		engine.Same(t, "memory", engine.CgroupValue(t, m.pid(t), "memory.limit_in_bytes", "memory.max"), memory)
		cpu, _, _ := strings.Cut(engine.CgroupValue(t, m.pid(t), "cpu.cfs_quota_us", "cpu.max"), " ")
		engine.Same(t, "quota", cpu, quota)
	}
	check("67108864", "50000")
	call(t, "UpdateContainerResources", object{"container_id": m.id,
		"linux": object{"memory_limit_in_bytes": "100663296", "cpu_period": "100000", "cpu_quota": "25000"}})
	check("100663296", "25000")
}

func TestMemberStats(t *testing.T) {
	t.Parallel()
	engine.Need(t, engine.Controller("memory", "cpu"))
	m := newPod(t, object{}).sleeper(t)
	stats := call(t, "ContainerStats", object{"container_id": m.id})
	for _, path := range [][]string{{"cpu", "usageCoreNanoSeconds"}, {"memory", "workingSetBytes"}} {
		v, _ := dig(stats, append(append([]string{"stats"}, path...), "value")...).(string)
		if v == "" || v == "0" {
			t.Errorf("no %s in %v", path, stats)
		}
	}
}

func TestMemberSecurity(t *testing.T) {
	t.Parallel()
	p := newPod(t, object{})
	for name, tc := range map[string]struct {
		context object
		script  string
		want    string
	}{
		"user":      {object{"run_as_user": object{"value": "1000"}}, "id -u", "1000"},
		"read-only": {object{"readonly_rootfs": true}, "touch /x 2>&1 || true", "touch: /x: Read-only file system"},
		"no new privileges": {object{"no_new_privs": true, "run_as_user": object{"value": "1000"}},
			"suid-probe euid", "1000"},
		"new privileges": {object{"run_as_user": object{"value": "1000"}}, "suid-probe euid", "0"},
		"dropped capabilities": {object{"capabilities": object{"drop_capabilities": []string{"ALL"}}},
			"awk '/CapEff/{print $2}' /proc/self/status", "0000000000000000"},
		"seccomp": {object{"seccomp": object{"profile_type": "RuntimeDefault"}},
			"awk '/Seccomp:/{print $2}' /proc/self/status", "2"},
		"no seccomp": {object{"seccomp": object{"profile_type": "Unconfined"}},
			"awk '/Seccomp:/{print $2}' /proc/self/status", "0"},
		"masked": {object{"masked_paths": []string{"/etc/keep"}}, "wc -c </etc/keep", "0"},
		"group":  {object{"run_as_user": object{"value": "77"}, "run_as_group": object{"value": "88"}}, "id -g", "88"},
	} {
		t.Run(name, func(t *testing.T) {
			spec := object{"linux": object{"security_context": tc.context}}
			m := p.start(t, spec, "/bin/sleep", "1000")
			engine.Same(t, "output", m.exec(t, tc.script), tc.want)
		})
	}
}
