package seccomp

import "github.com/seccomp/libseccomp-golang/internal/table"

// reverseIndex finds the names that numbers of one architecture stand for.
// It takes a moment to make, and saves a search for every rule.
type reverseIndex struct {
	target  *target
	present [denseCalls]uint16 // one more than the index of the name
	absent  [absentCalls]uint16
}

func newReverseIndex(t *target) *reverseIndex {
	r := &reverseIndex{target: t}
	for i := range table.Count { // the last of two names holds, as in table
		number := t.numbers.Number(i)
		if number >= 0 && number < denseCalls {
			r.present[number] = uint16(i + 1)
		}
		if at := absentBase - int(number); at >= 0 && at < absentCalls {
			r.absent[at] = uint16(i + 1)
		}
	}
	return r
}

func (r *reverseIndex) find(number int32) (int, bool) {
	found := uint16(0)
	if at := absentBase - int(number); at >= 0 && at < absentCalls {
		found = r.absent[at]
	} else if at := int(number) - int(r.target.base); at >= 0 && at < denseCalls {
		found = r.present[at]
	}
	if found > 0 {
		return int(found) - 1, true
	}
	return r.target.index(number)
}
