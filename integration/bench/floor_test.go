package main

import (
	"slices"
	"strings"
	"testing"
)

func TestPlan(t *testing.T) {
	c := newConfig()
	// What dockerd leaves a container is a well-known number.
	if got := c.capabilities(); got != 0xa80425fb {
		t.Errorf("capabilities %#x", got)
	}
	for _, want := range []struct {
		item string
		list []string
	}{
		{`{"proc", "proc", "proc", 0 | MS_NOSUID | MS_NOEXEC | MS_NODEV, ""}`, c.planMounts()},
		{`{"files/hosts", "etc/hosts", "bind", 0 | MS_BIND | MS_REC, ""}`, c.planMounts()},
		{`{"/devices.deny", "a *:* rwm"}`, c.planDevices()},
		{`{"/devices.allow", "c 1:3 rwm"}`, c.planDevices()},
		{`{"/proc/sys/net/ipv4/ip_unprivileged_port_start", "0"}`, c.planSysctls()},
	} {
		if !slices.Contains(want.list, want.item) {
			t.Errorf("no %s in\n%s", want.item, strings.Join(want.list, "\n"))
		}
	}
	if first := c.planDevices()[0]; !strings.Contains(first, "deny") {
		t.Errorf("the first device rule is %s", first)
	}
}
