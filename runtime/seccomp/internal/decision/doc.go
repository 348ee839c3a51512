// Package decision turns the conditional rules of one system call into a
// tree of 32-bit tests, in the order in which libseccomp would ask them.
//
// A classic BPF program sees a 64-bit argument as two words. Each comparison
// is therefore two or three tests of words, and rules that begin with the
// same tests share them. Tests beside each other are a [Level]: they are
// tried one after the other until one leads to a verdict. What a level
// decides first is, by libseccomp's rules of precedence,
//
//   - the higher argument before the lower one,
//   - =, != and masked = before < and <=, those before > and >=,
//   - the larger value before the smaller one, but for < and <= the smaller
//     one first,
//   - otherwise what was added first.
//
// A rule for several architectures must go into all of their trees or into
// none. [Level.Check] therefore finds conflicts before [Level.Add] changes
// anything. Tests behind a comparison with two ways out are shared by both
// until a further rule comes between them.
package decision
