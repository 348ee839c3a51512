// Package hooks runs OCI hooks: the programs that config.json names for six
// moments in a container's life.
//
// A hook gets the container's state as JSON on standard input. It runs in a
// session of its own, so that a time-out or a cancelled context ends it
// together with everything it started, and so that it can neither be stopped
// by the terminal's job control nor read from that terminal. When a hook has
// exited by itself, what it left running in the background goes on; it loses
// the pipes that were standard output and standard error.
//
// The package starts programs on the host. Who may decide which programs
// those are is the caller's business. Two more things are the caller's: it
// must not reap children it did not start (no wait4 for any child while a
// hook runs), and descriptors that it holds without close-on-exec reach the
// hook. Those opened here do not.
package hooks
