package seccomp

// What libcontainer's package patchbpf puts before a filter, so that calls
// newer than the profile fail with ENOSYS: four instructions, and for an
// architecture at most six.
const (
	stubFrame = 4
	stubArch  = 6
)

// stub is how many instructions at most patchbpf puts before the filter. A
// default that lets calls through gets none.
func (f *ScmpFilter) stub() int {
	switch f.defaultAction.kind() {
	case ActAllow, ActLog, ActTrace:
		return 0
	}
	return stubFrame + stubArch*len(f.sections)
}
