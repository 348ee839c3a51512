package difference

import (
	"testing"

	"github.com/seccomp/libseccomp-golang/difference/profile"
)

// FuzzProfile compares profiles that the fuzzer makes up with the machine's
// libseccomp. What it finds it keeps in testdata.
func FuzzProfile(f *testing.F) {
	all := setUp(f)
	g := &profile.Generator{Names: numbering(f).Names}
	f.Add([]byte{})
	f.Add([]byte("any choice at all"))
	f.Add([]byte{2, 0x80, 0xff, 0, 0x40, 0xc0, 0x10, 0x55, 0xaa, 7, 200, 100, 50, 25, 12, 6, 3, 1})
	b := newBench(f, all[Machine], all, walks)
	f.Fuzz(func(t *testing.T, choices []byte) {
		b.check(t, g.Decode(choices))
	})
}
