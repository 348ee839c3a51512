// Package spec loads, checks and makes config.json, the file in which an
// engine describes a container (runtime-spec 1.3, Linux).
//
// Load reads a bundle's file and returns it only when nothing is wrong with
// it; otherwise the error is a Faults that lists everything found, each with
// its JSON path. What can be known from the file alone is checked here. What
// depends on the machine (does the rootfs exist, is SELinux on, which cgroup
// version is mounted) is left to the runtime.
//
// The measure is runc: what it accepts and honours is accepted here, what it
// would drop in silence is refused. The following is read past, because the
// specification permits it or because engines rely on it. Warnings lists what
// of it a configuration has, except where noted.
//
//   - members that the specification does not define, so that newer files can
//     be read (no warning);
//   - capabilities that the specification does not know, system calls that
//     the machine does not have (no warning), personality flags;
//   - linux.resources.memory.kernel and kernelTCP, which kernels no longer
//     have, and useHierarchy, which is always in effect (no warning);
//   - process.consoleSize without process.terminal (no warning);
//   - a mount's type when its options have bind or rbind (no warning);
//   - seccomp rules without a name and empty maskedPaths or readonlyPaths;
//   - process.commandLine and process.user.username, meant for Windows.
//
// The sections of other platforms are refused, unless they are empty.
package spec
