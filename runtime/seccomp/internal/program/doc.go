// Package program writes seccomp filters in classic BPF.
//
// A program is written from its end to its beginning. BPF jumps forward only,
// so whatever an instruction leads to is already there when the instruction is
// written, its distance is known at once, and nothing has to be patched
// later. A conditional jump reaches 255 instructions; where its target is
// further away, a return is repeated and anything else gets a jump in between.
//
// The instructions are few: absolute loads of words, and, the comparisons
// with constants, jumps, returns of constants. The kernel can evaluate these
// when it loads a filter, and does not run the filter at all for calls which
// it always allows.
package program
