// Package difference proves the compiler above it against libseccomp: for
// every profile it knows or makes up, both compile a filter, and an
// interpreter compares what the two answer, over every system call number of
// every architecture and over arguments on and around every compared value.
//
// It is a module of its own, so that what only the tests need stays out of
// the compiler's go.mod. It needs gcc, libseccomp-dev and a Debian mirror
// that apt knows, for the libseccomp of newer Debian releases; see
// [References] for the variables that change this.
package difference
