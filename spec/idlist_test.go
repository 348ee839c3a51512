package spec

import "testing"

func TestCountIDs(t *testing.T) {
	for _, c := range []struct {
		list  string
		count int
		good  bool
	}{
		{"", 0, true}, {"0", 1, true}, {"0-3", 4, true}, {"0-3,7", 5, true}, {",0,1,", 2, true},
		{"  , 1 , 3 , 5-7, ", 5, true}, {"65535", 1, true}, {"0-65535", 65536, true},
		{",", 0, false}, {" ", 0, false}, {"-", 0, false}, {"1-", 0, false}, {"-3", 0, false},
		{"54-53", 0, false}, {"1 - 2", 0, false}, {"65536", 0, false}, {"0-9876543210", 0, false},
		{"a", 0, false}, {"+1", 0, false}, {"1-2-3", 0, false},
	} {
		count, problem := countIDs(c.list)
		if count != c.count || (problem == "") != c.good {
			t.Errorf("countIDs(%q) = %d, %q", c.list, count, problem)
		}
	}
}

func TestCPUSet(t *testing.T) {
	for _, list := range []string{
		"", "0", "0-3", "0-3,7", " 0 ", "0\n", "0,,1", "0-31:2/8", "0-N", "N", "N-N", "all", "none",
	} {
		if problem := cpusetProblem(list); problem != "" {
			t.Errorf("%q: %s", list, problem)
		}
	}
	for _, list := range []string{
		"a", "-", "1-", "-1", "3-1", "0-3:", "0-3:2", "0-3:2/", "1:2/8", "0x1", "0;1", "1-2-3",
		"0-99999999999",
	} {
		if problem := cpusetProblem(list); problem == "" {
			t.Errorf("%q: no problem found", list)
		}
	}
}
