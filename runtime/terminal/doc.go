// Package terminal stands between the standard files of a caller and those of
// the process it runs: pipes or a pseudo-terminal, the window's size, raw
// mode, the signals that are passed on and the orphans that are reaped.
//
// Attached without a terminal, a process gets the child's ends of [Pipes];
// with one, it creates a pseudo-terminal itself, inside its own mounts, and
// sends the master over the socket of a [Console]:
//
//	caller                     socketpair             process
//	NewConsole ── Socket() ──────────────────────────▶ inherits its end
//	CloseChild                                         starts
//	Receive  ◀── pty master, SCM_RIGHTS ────────────── opens /dev/ptmx
//	  raw mode, size, copy   ◀══ master ═ slave ══▶   stdin, stdout, stderr
//	Wait                                               has ended
//	Close: terminal as it was
//
// A detached process is no business of this package, but for [DialSocket].
//
// Nothing here is global: no signal handler is installed and the environment
// is not read. Two things of the process matter nevertheless. A write to a
// broken file descriptor 1 or 2 kills a Go program unless it is notified of
// SIGPIPE. And a program that is notified of SIGTTIN or SIGTTOU spins in the
// kernel where a shell's background job would have been stopped, so these two
// are best left alone.
package terminal
