package seccomp

import (
	"errors"
	"testing"
)

func TestDefaultAttributes(t *testing.T) {
	f := newFilter(t, ActErrno.SetReturnCode(3))
	if got, err := f.GetDefaultAction(); err != nil || got != ActErrno.SetReturnCode(3) {
		t.Errorf("default action: got %v, %v", got, err)
	}
	if got, err := f.GetBadArchAction(); err != nil || got != ActKillThread {
		t.Errorf("bad architecture: got %v, %v", got, err)
	}
	if got, err := f.GetOptimize(); err != nil || got != 1 {
		t.Errorf("optimize: got %v, %v", got, err)
	}
	if got, err := f.GetNoNewPrivsBit(); err != nil || !got {
		t.Errorf("no_new_privs: got %v, %v", got, err)
	}
}

// bit is an attribute that is true or false.
type bit struct {
	name string
	set  func(*ScmpFilter, bool) error
	get  func(*ScmpFilter) (bool, error)
	api  uint // the level it needs
}

var bits = []bit{
	{"no_new_privs", (*ScmpFilter).SetNoNewPrivsBit, (*ScmpFilter).GetNoNewPrivsBit, 1},
	{"log", (*ScmpFilter).SetLogBit, (*ScmpFilter).GetLogBit, 3},
	{"ssb", (*ScmpFilter).SetSSB, (*ScmpFilter).GetSSB, 4},
	{"wait kill", (*ScmpFilter).SetWaitKill, (*ScmpFilter).GetWaitKill, 7},
}

// atLevel runs a test on a kernel of an API level, as far as this package can
// see.
func atLevel(t *testing.T, level uint, test func()) {
	t.Helper()
	before := probe()
	defer func() {
		kernel.Lock()
		kernel.support = before
		kernel.Unlock()
	}()
	if err := SetAPI(level); err != nil {
		t.Fatal(err)
	}
	test()
}

func TestBits(t *testing.T) {
	atLevel(t, maxAPI, func() {
		f := newFilter(t, ActAllow)
		for _, bit := range bits {
			for _, state := range []bool{true, false} {
				if err := bit.set(f, state); err != nil {
					t.Errorf("%s: %v", bit.name, err)
				}
				if got, err := bit.get(f); err != nil || got != state {
					t.Errorf("%s: got %v, %v; want %v", bit.name, got, err, state)
				}
			}
		}
	})
}

// libcontainer asks a filter that was never made which flags it could have:
// a VersionError is a no, any other error a yes.
func TestBitsOfNoFilter(t *testing.T) {
	for level := uint(1); level <= maxAPI; level++ {
		atLevel(t, level, func() {
			for _, bit := range bits {
				var version *VersionError
				err := bit.set(new(ScmpFilter), true)
				if got := errors.As(err, &version); got != (level < bit.api) || err == nil {
					t.Errorf("%s at level %d: got %v", bit.name, level, err)
				}
				if _, err := bit.get(new(ScmpFilter)); errors.As(err, &version) != (level < bit.api) {
					t.Errorf("%s at level %d: got %v", bit.name, level, err)
				}
			}
		})
	}
}

func TestBitsOfOldKernels(t *testing.T) {
	for _, bit := range bits[1:3] { // the others are for whoever loads the filter
		atLevel(t, bit.api-1, func() {
			f := newFilter(t, ActAllow)
			var version *VersionError
			if err := bit.set(f, true); !errors.As(err, &version) {
				t.Errorf("%s: got %v", bit.name, err)
			}
			if state, err := bit.get(f); err != nil || state {
				t.Errorf("%s: got %v, %v", bit.name, state, err)
			}
		})
	}
}

func TestActionsOfOldKernels(t *testing.T) {
	tests := []struct {
		action ScmpAction
		level  uint
	}{
		{ActTrap, 1}, {ActErrno, 1}, {ActLog, 3}, {ActKillProcess, 3},
		{ActNotify, 6}, // its listener and TSYNC go together from 6 on
	}
	for _, test := range tests {
		for level := uint(1); level <= maxAPI; level++ {
			atLevel(t, level, func() {
				f := newFilter(t, ActAllow)
				err := f.AddRule(number(t, "read"), test.action)
				if (err == nil) != (level >= test.level) {
					t.Errorf("%v at level %d: got %v", test.action, level, err)
				}
			})
		}
	}
}

func TestSetOptimize(t *testing.T) {
	f := newFilter(t, ActAllow)
	if err := f.SetOptimize(2); err != nil {
		t.Error(err)
	}
	if got, err := f.GetOptimize(); err != nil || got != 2 {
		t.Errorf("got %v, %v", got, err)
	}
	for _, level := range []int{-1, 0, 3} {
		if f.SetOptimize(level) == nil {
			t.Errorf("level %d was accepted", level)
		}
	}
}

func TestLifeOfAFilter(t *testing.T) {
	if _, err := NewFilter(ActInvalid); err == nil {
		t.Error("an invalid default action was accepted")
	}
	f := newFilter(t, ActAllow)
	if err := f.AddRule(number(t, "read"), ActTrap); err != nil {
		t.Fatal(err)
	}
	if err := f.Reset(ActTrap); err != nil {
		t.Fatal(err)
	}
	if err := f.AddRule(number(t, "read"), ActAllow); err != nil {
		t.Error(err)
	}
	if !f.IsValid() {
		t.Error("a new filter is not valid")
	}
	f.Release()
	if f.IsValid() {
		t.Error("a released filter is valid")
	}
	if err := f.Reset(ActTrap); !errors.Is(err, errBadFilter) {
		t.Errorf("reset: got %v", err)
	}
	if _, err := f.ExportBPFMem(); !errors.Is(err, errBadFilter) {
		t.Errorf("export: got %v", err)
	}
	if err := f.AddArch(ArchNative); !errors.Is(err, errBadFilter) {
		t.Errorf("add architecture: got %v", err)
	}
}

func TestAPILevel(t *testing.T) {
	for _, level := range []uint{0, maxAPI + 1} {
		if SetAPI(level) == nil {
			t.Errorf("level %d was accepted", level)
		}
	}
	atLevel(t, 5, func() {
		if got, err := GetAPI(); err != nil || got != 5 {
			t.Errorf("got %d, %v", got, err)
		}
	})
	if got, err := GetAPI(); err != nil || got < 1 || got > maxAPI || got != askKernel().level {
		t.Errorf("got %d, %v", got, err)
	}
}

func TestLevelOf(t *testing.T) {
	tests := []struct {
		steps []bool
		want  uint
	}{
		{[]bool{false, true, true}, 1},
		{[]bool{true, false, true}, 2},
		{[]bool{true, true, true}, 4},
	}
	for _, test := range tests {
		if got := levelOf(test.steps...); got != test.want {
			t.Errorf("%v: got %d, want %d", test.steps, got, test.want)
		}
	}
}

func TestVersionError(t *testing.T) {
	atLevel(t, 2, func() {
		err := new(ScmpFilter).SetLogBit(true)
		want := "SetLogBit requires libseccomp >= 2.4.0 and API level >= 3 " +
			"(effective version: 2.6.1, API level: 2)"
		if err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	})
	if major, minor, _ := GetLibraryVersion(); major != 2 || minor < 6 {
		t.Errorf("got %d.%d", major, minor)
	}
}

func TestPureGo(t *testing.T) {
	if _, pure := any((*ScmpFilter)(nil)).(interface{ PureGo() }); !pure {
		t.Error("the filter does not say so")
	}
}
