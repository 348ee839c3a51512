// Package program writes seccomp filters in classic BPF.
//
// A program is written from its end to its beginning. BPF jumps forward only,
// so whatever an instruction leads to is already there when the instruction is
// written, its distance is known at once, and nothing has to be patched
// later. A conditional jump reaches 255 instructions; where its target is
// further away, a return is repeated and anything else gets a jump in between.
//
// For the same reason two instructions that are alike and lead to the same
// places do the same, whatever comes before them. In the trees of tests of
// arguments the second one is not written: the way to it goes to the first,
// with a jump in between at worst, or a copy where it only tells two returns
// apart. So trees or ends of trees that are alike, for several architectures
// or several system calls, are there once. Without this, profiles that
// libseccomp makes a filter of would exceed what the kernel takes.
//
// The instructions are few: absolute loads of words, and, the comparisons
// with constants, jumps, returns of constants. The kernel can evaluate these
// when it loads a filter, and does not run the filter at all for calls which
// it always allows.
package program
