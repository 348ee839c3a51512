// Package engine runs container engines for end-to-end tests: it gives a test
// package namespaces of its own, makes images out of the host's packages,
// starts dockerd, containerd and Podman on sockets and directories of their
// own, and says what had to be skipped.
//
// A test package hands its TestMain over to Main, which runs the test binary
// three times over:
//
//	outer   go test's child: makes the scratch directory, starts init in new
//	        pid, mount, net, ipc and uts namespaces, waits, cleans up
//	init    pid 1 of the new namespaces: mounts /proc, /sys and /run, raises
//	        lo, starts inner, collects orphans
//	inner   the tests proper
//
// Whatever a daemon leaves behind (shims, mounts, bridges, iptables chains,
// network namespaces) dies with the namespaces, even when outer is killed: init
// has a parent death signal, and the kernel kills the rest with init. Only
// cgroups and the scratch directory outlive it; outer removes them, or the
// outer of a later run does.
//
// The package is for tests only.
package engine
