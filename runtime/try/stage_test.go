package try

import (
	"testing"

	"golang.org/x/sys/unix"
)

func TestIsStage(t *testing.T) {
	const here = "mnt:[2]"
	for _, tc := range []struct {
		value string
		want  bool
	}{
		{"10 mnt:[1]", true},  // we were executed anew
		{"9 mnt:[1]", true},   // our parent made us
		{"10 mnt:[2]", false}, // nothing has been unshared
		{"11 mnt:[1]", false}, // somebody else's
		{"", false}, {"10", false}, {"x mnt:[1]", false},
	} {
		if got := isStage(tc.value, here, 10, 9); got != tc.want {
			t.Errorf("%q: got %v", tc.value, got)
		}
	}
}

func TestHasSignal(t *testing.T) {
	const status = "Name:\tsh\nSigIgn:\t0000000000000004\nSigCgt:\t0000000000004002\n"
	for _, tc := range []struct {
		mask   string
		signal unix.Signal
		want   bool
	}{
		{"SigCgt:", unix.SIGTERM, true}, {"SigCgt:", unix.SIGINT, true},
		{"SigCgt:", unix.SIGQUIT, false}, {"SigIgn:", unix.SIGQUIT, true},
		{"SigIgn:", unix.SIGTERM, false}, {"SigBlk:", unix.SIGTERM, false},
	} {
		if got := hasSignal(status, tc.mask, tc.signal); got != tc.want {
			t.Errorf("%s %v: got %v", tc.mask, tc.signal, got)
		}
	}
	if hasSignal("", "SigCgt:", unix.SIGTERM) {
		t.Error("a process that is not there handles a signal")
	}
}
