// Package bpfvm runs classic BPF programs the way the kernel runs a seccomp
// filter, so that tests can compare filters without loading them. It accepts
// exactly the instructions that seccomp accepts and nothing a socket filter
// could do beyond that. It is written to be read, not to be fast, and is for
// tests only.
package bpfvm
