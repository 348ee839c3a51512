// Package seccomp makes seccomp filters. It has the API of
// github.com/seccomp/libseccomp-golang, as far as runc's libcontainer calls
// it, in pure Go and without the C library.
//
// # Why
//
// libcontainer compiles the filter of a container at every start and every
// exec. libseccomp takes more than ten milliseconds for Docker's profile,
// which is more than all else a runtime does then. A filter is little more
// than a sorted list, and this package makes an equal one in a fraction of
// a millisecond. Without the C library a binary can also be linked against
// any other C library.
//
// # What it does
//
// A filter gives the verdicts that libseccomp 2.6.1 would give: the same
// system calls on the same architectures, the same treatment of calls which
// an architecture lacks or makes through socketcall and ipc, the same
// precedence of rules, the same refusals. The programs differ: they search
// numbers in a balanced tree of ranges, and ask of arguments what must be
// asked.
// README.md lists where the two differ on purpose.
//
// There is nothing here but what a filter's maker needs: Load, ExportPFC,
// Merge, transactions, Precompute, SetSyscallPriority, SetRawRC and the
// listener's side of notifications are left out, so that a program which uses
// them does not build rather than misbehave. SetOptimize is accepted and has
// no effect.
//
// # How to use it
//
// The module bears the name of the one it stands in for, and is put in place
// in the go.mod of the program (not of a library) by
//
//	replace github.com/seccomp/libseccomp-golang => ./runtime/seccomp
//
// libcontainer's package patchbpf still compiles a few constants of
// libseccomp's C header. The folders pkgconfig and include have them:
//
//	PKG_CONFIG_PATH=runtime/seccomp/pkgconfig CGO_ENABLED=1 go build -tags seccomp
//
// Whoever embeds libcontainer with this package must repeat both. Without the
// replace line the program links the C library, and otherwise works the same.
// A program that wants to know which of the two it got can ask whether the
// filter has a method PureGo:
//
//	_, pure := any((*seccomp.ScmpFilter)(nil)).(interface{ PureGo() })
package seccomp
