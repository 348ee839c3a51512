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
// Trees are never changed once made: [Level.Add] gives a new one, so a rule
// that turns out to conflict leaves nothing behind.
package decision
