package seccomp

import (
	"errors"
	"fmt"
	"sync"
	"syscall"
)

var (
	errBadFilter = errors.New("filter is invalid or uninitialized")
	errDefAction = errors.New("requested action matches default action of filter")
)

// ScmpFilter is a filter in the making: what happens to system calls by
// default, and rules for some of them. Make one with NewFilter.
type ScmpFilter struct {
	lock  sync.Mutex
	valid bool
	attributes
	sections []*section
	reverse  *reverseIndex
}

// NewFilter makes a filter of the native architecture without rules.
func NewFilter(defaultAction ScmpAction) (*ScmpFilter, error) {
	f := new(ScmpFilter)
	if err := f.reset(defaultAction); err != nil {
		return nil, err
	}
	f.tsync = probe().tsync
	return f, nil
}

// Reset takes the filter back to where NewFilter left it, with another
// default action, and without TSYNC as libseccomp does.
func (f *ScmpFilter) Reset(defaultAction ScmpAction) error {
	f.lock.Lock()
	defer f.lock.Unlock()
	if err := defaultAction.check(); err != nil {
		return err
	}
	if !f.valid {
		return errBadFilter
	}
	return f.reset(defaultAction)
}

func (f *ScmpFilter) reset(defaultAction ScmpAction) error {
	if err := defaultAction.check(); err != nil {
		return err
	}
	if !supported(defaultAction) {
		return fmt.Errorf("create filter: %w: %v", syscall.EINVAL, defaultAction)
	}
	arch, err := GetNativeArch()
	if err != nil {
		return err
	}
	f.attributes = attributes{
		defaultAction: defaultAction,
		badArch:       ActKillThread,
		noNewPrivs:    true,
		optimize:      1,
	}
	f.sections = append(f.sections[:0], newSection(arch))
	f.valid = true
	return nil
}

// supported says whether the kernel knows the action.
func supported(action ScmpAction) bool {
	switch action.kind() {
	case ActKillProcess:
		return probe().actKillProcess
	case ActLog:
		return probe().actLog
	case ActNotify:
		return probe().actNotify
	case ActErrno:
		return uint16(action>>16) < maxErrno
	}
	return true
}

// IsValid says whether the filter may be used.
func (f *ScmpFilter) IsValid() bool {
	f.lock.Lock()
	defer f.lock.Unlock()
	return f.valid
}

// Release makes the filter invalid. Its memory is Go's in any case.
func (f *ScmpFilter) Release() {
	f.lock.Lock()
	defer f.lock.Unlock()
	f.valid, f.sections = false, nil
}

// IsArchPresent says whether the filter has rules for an architecture.
func (f *ScmpFilter) IsArchPresent(arch ScmpArch) (bool, error) {
	f.lock.Lock()
	defer f.lock.Unlock()
	at, _, err := f.find(arch)
	return at >= 0, err
}

// AddArch adds an architecture, if it is not there. Rules that are there do
// not apply to it. All must have one byte order.
func (f *ScmpFilter) AddArch(arch ScmpArch) error {
	f.lock.Lock()
	defer f.lock.Unlock()
	at, arch, err := f.find(arch)
	if err != nil || at >= 0 {
		return err
	}
	if len(f.sections) > 0 && f.sections[0].target.big != targets[arch].big {
		return syscall.EDOM
	}
	f.sections = append(f.sections, newSection(arch))
	return nil
}

// RemoveArch removes an architecture and its rules, if it is there.
func (f *ScmpFilter) RemoveArch(arch ScmpArch) error {
	f.lock.Lock()
	defer f.lock.Unlock()
	at, _, err := f.find(arch)
	if err != nil || at < 0 {
		return err
	}
	f.sections = append(f.sections[:at], f.sections[at+1:]...)
	return nil
}

// find gives the place of an architecture's section, or -1.
func (f *ScmpFilter) find(arch ScmpArch) (int, ScmpArch, error) {
	arch, err := arch.resolve()
	if err != nil {
		return -1, arch, err
	}
	if !f.valid {
		return -1, arch, errBadFilter
	}
	for i, s := range f.sections {
		if s.arch == arch {
			return i, arch, nil
		}
	}
	return -1, arch, nil
}

// PureGo does nothing. The C library's binding has no such method, which
// tells the two apart.
func (*ScmpFilter) PureGo() {}
