// Package profile holds seccomp profiles in the terms of the OCI runtime
// specification, the calls that libcontainer makes of one, a generator of
// random profiles and a way to make a telling profile small.
package profile
