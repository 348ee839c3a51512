// Package difference proves the compiler above it against libseccomp: for
// every profile it knows or makes up, both compile a filter, and an
// interpreter compares what the two answer, over every system call number of
// every architecture and over arguments on and around every compared value.
//
// It is a module of its own, so that what only the tests need stays out of
// the compiler's go.mod. It needs gcc, libseccomp-dev, root (to read filters
// back from the kernel) and a Debian mirror that apt knows, for the
// libseccomp of newer Debian releases; the variables Env… change what is done.
//
// Where the two differ the test fails, and prints the profile made as small
// as it gets, unless one of the reasons applies that [Allowance] lists: the
// reference has faults, and package meaning, which reads a verdict straight
// from the rules, proves them one by one.
package difference
