// Package spec loads, checks and makes config.json, the file in which an
// engine describes a container (runtime-spec 1.3, Linux).
//
// Load reads a bundle's file and returns it only when nothing is wrong with
// it; otherwise the error is a Faults that lists everything found, each with
// its JSON path. What can be known from the file alone is checked here. What
// depends on the machine (does the rootfs exist, is SELinux on, which cgroup
// version is mounted) is left to the runtime.
//
// A config that runc accepts and honours is accepted here too. The following
// members are read past, because the runtime-spec permits it or because runc
// and the engines that drive it have agreed on it:
//
//   - members the specification does not define (forward compatibility);
//   - capabilities the specification or the kernel does not know, system
//     calls the architecture does not have, and personality flags: ignored
//     with a warning where Warnings can see them;
//   - linux.resources.memory.kernel, kernelTCP and useHierarchy, which
//     kernels no longer have;
//   - process.consoleSize without process.terminal;
//   - a mount's type when its options say bind or rbind;
//   - members for other platforms that an engine may leave in a file for
//     Linux: process.commandLine, process.user.username and the sections
//     windows, solaris, vm, zos and freebsd. Warnings names them.
package spec
