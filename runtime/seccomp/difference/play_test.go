package difference

import (
	"fmt"
	"testing"

	"github.com/seccomp/libseccomp-golang/difference/filter"
	"github.com/seccomp/libseccomp-golang/difference/profile"
)

func TestPlay(t *testing.T) {
	all := setUp(t)
	b := newBench(t, all[Newest], all, manyWalks)
	n := 0
	for _, c := range engines(t) {
		if !c.OnlyListed {
			continue
		}
		done := false
		b.Accept = func(s *profile.Script, d *filter.Difference) bool {
			ok := b.judge.Accept(s, d)
			if !done && n < 4 {
				n++
				done = true
				fmt.Println(c.Name, c.OnlyListed, b.judge.Explain(s, d), ok, s.Optimize)
			}
			return ok
		}
		b.fault(t, c)
	}
}
