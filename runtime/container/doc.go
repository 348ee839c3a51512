// Package container makes, runs and removes OCI containers: one method of
// [Runtime] for each verb of the command line (create, start, run, state,
// kill, delete, exec, …).
//
// It is a library: it never exits the process, reads neither os.Args nor the
// environment, installs no signal handler and changes no global state of its
// own. Standard streams and signals come in through option structs. A
// context that is cancelled kills what is being made and cleans up after it.
//
// # What libcontainer imposes on an embedder
//
// The work in the kernel is done by runc's libcontainer, which asks for four
// things that cannot be hidden:
//
//   - It starts the running binary again as "/proc/self/exe init". The
//     embedding program imports this package and calls [Init] before anything
//     else in main when os.Args[1] is "init", and [HookRun] when it is
//     [HookRunCommand].
//   - Before it starts a process it marks every descriptor above 2 as
//     close-on-exec, those of the embedding program too.
//   - It logs through the global logger of github.com/sirupsen/logrus, and
//     warns of the hooks this package gives it as functions, which is noise:
//     see [QuietFormatter].
//   - go.mod of the embedding program repeats the replace directive of this
//     module, by which filters are made in Go (runtime/seccomp) and not by
//     libseccomp; PKG_CONFIG_PATH leads to that module's pkgconfig directory,
//     and the build tag is seccomp. docs/architecture.md has the details.
//
// When not to use it: to look at containers of other runtimes, or at
// namespaces; that is the business of runtime/namespace.
package container
