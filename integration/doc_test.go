// Package integration holds the real binary against the kernel: scripts in
// testdata, one file a command or a theme of config.json, and Go tests for
// what a script cannot do (killing the runtime at odd moments, races).
//
// The scripts are a contract, not a description of one program: with RUNTIME
// set to another OCI runtime ("runc", "crun", a path) they run against that
// one. What only bulkhead promises stands in blocks marked "only bulkhead".
//
// A script is a txtar file whose command part is cut at lines of the form
// "=== name" into blocks. Each block is a test of its own, with its own
// directory, state root and container ids, so one that fails or has to be
// skipped takes no other with it. What stands above the first block belongs
// to every block. Beside testscript's own commands there are
//
//	runtime ARGS...           the runtime, with the block's --root
//	status N CMD ARGS...      run CMD, which must exit with status N
//	bundle DIR                a bundle that sleeps, busybox as its rootfs
//	args DIR WORD...          set process.args of the bundle
//	config DIR PATH JSON      set a member; PATH+ appends, PATH- deletes
//	field PATH REGEXP         match a member of the JSON on stdout
//	capture VAR               keep the last stdout, trimmed, in a variable
//	pid VAR ID                keep the pid of a container's init
//	[!] alive PID             is the process there, and no zombie
//	cgroup ID CTRL FILE       print a file of the container's cgroup
//	waitfor WHAT ...          exists|missing FILE, grep REGEXP FILE,
//	                          status ID STATUS, dead PID
//	probe DIR                 put testdata/probe into the rootfs
//	needs COND... , only RUNTIME...   skip the block otherwise
//	except RUNTIME HOW        skip it for a runtime that differs
//	console, tty, fds, agent, notified   see their files
//
// $ID is the block's own container id; add to it for more ("$ID-2").
package integration
