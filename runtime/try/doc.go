// Package try runs a command in all-new namespaces over a throw-away
// copy-on-write view of the host's own root file system: a container without
// an image.
//
//	Isolate   the process, in a mount namespace of its own
//	Run         a tmpfs over some directory (nobody else sees it)
//	              N/upper, N/work   what changes; what is hidden is put here
//	              N/lower           the host's files, id-mapped
//	              view              the overlay of these, nodev, nosuid
//	              bundle            a config.json with view as its root
//	            container.Runtime.Run
//
// All that is mounted is mounted in that namespace, which goes with the last
// process in it, however that one ends. What a killed try leaves is what any
// container leaves: a cgroup, a state directory and a record, for "delete
// --force".
//
// Where the kernel or the caller lacks something (overlay, user namespaces,
// id-mapped mounts, root's rights), Run does without and says so first.
//
// It is made for a program whose whole business it is: Isolate replaces the
// process, or starts a second one. An embedder that wants containers uses
// runtime/container.
package try
