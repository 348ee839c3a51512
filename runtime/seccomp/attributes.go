package seccomp

import "syscall"

// attributes are what a filter has besides rules.
type attributes struct {
	defaultAction ScmpAction
	badArch       ScmpAction
	noNewPrivs    bool
	tsync         bool
	notify        bool // a rule notifies
	log           bool
	specAllow     bool
	waitKill      bool
	optimize      int
}

// get runs a read of the attributes of a valid filter.
func (f *ScmpFilter) get(read func(*attributes)) error {
	f.lock.Lock()
	defer f.lock.Unlock()
	if !f.usable() {
		return f.unusable()
	}
	read(&f.attributes)
	return nil
}

// usable says whether the filter is valid and has an architecture.
func (f *ScmpFilter) usable() bool {
	return f.valid && len(f.sections) > 0
}

// unusable is the error of a filter that is not usable.
func (f *ScmpFilter) unusable() error {
	if !f.valid {
		return errBadFilter
	}
	return syscall.EINVAL
}

// GetDefaultAction gives what happens to calls without a rule.
func (f *ScmpFilter) GetDefaultAction() (action ScmpAction, err error) {
	err = f.get(func(a *attributes) { action = a.defaultAction })
	return action, err
}

// GetBadArchAction gives what happens to calls of other architectures.
func (f *ScmpFilter) GetBadArchAction() (action ScmpAction, err error) {
	err = f.get(func(a *attributes) { action = a.badArch })
	return action, err
}

// GetNoNewPrivsBit says whether whoever loads the filter should set
// no_new_privs.
func (f *ScmpFilter) GetNoNewPrivsBit() (state bool, err error) {
	err = f.get(func(a *attributes) { state = a.noNewPrivs })
	return state, err
}

// GetLogBit says whether the filter is to be loaded with
// SECCOMP_FILTER_FLAG_LOG.
func (f *ScmpFilter) GetLogBit() (state bool, err error) {
	err = f.get(func(a *attributes) { state = a.log })
	return state, olderThan(err, "GetLogBit", 3, "2.4.0")
}

// GetSSB says whether the filter is to be loaded with
// SECCOMP_FILTER_FLAG_SPEC_ALLOW.
func (f *ScmpFilter) GetSSB() (state bool, err error) {
	err = f.get(func(a *attributes) { state = a.specAllow })
	return state, olderThan(err, "GetSSB", 4, "2.5.0")
}

// GetWaitKill says whether the filter is to be loaded with
// SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV.
func (f *ScmpFilter) GetWaitKill() (state bool, err error) {
	err = f.get(func(a *attributes) { state = a.waitKill })
	return state, olderThan(err, "GetWaitKill", 7, "2.6.0")
}

// GetOptimize gives the level that SetOptimize set.
func (f *ScmpFilter) GetOptimize() (level int, err error) {
	err = f.get(func(a *attributes) { level = a.optimize })
	return level, olderThan(err, "GetOptimize", 4, "2.5.0")
}

// SetBadArchAction sets what happens to calls of other architectures; by
// default they end the thread.
func (f *ScmpFilter) SetBadArchAction(action ScmpAction) error {
	if err := action.check(); err != nil {
		return err
	}
	return f.set(f.actionAllowed(action), func(a *attributes) { a.badArch = action })
}

// SetNoNewPrivsBit says whether to set no_new_privs with the filter.
func (f *ScmpFilter) SetNoNewPrivsBit(state bool) error {
	return f.set(true, func(a *attributes) { a.noNewPrivs = state })
}

// SetLogBit says whether to log what the filter does, allowed calls excepted.
func (f *ScmpFilter) SetLogBit(state bool) error {
	err := f.set(probe().log, func(a *attributes) { a.log = state })
	return olderThan(err, "SetLogBit", 3, "2.4.0")
}

// SetSSB says whether to leave the mitigation of speculative store bypass off.
func (f *ScmpFilter) SetSSB(state bool) error {
	err := f.set(probe().specAllow, func(a *attributes) { a.specAllow = state })
	return olderThan(err, "SetSSB", 4, "2.5.0")
}

// SetWaitKill says whether only fatal signals interrupt a call that waits for
// the listener.
func (f *ScmpFilter) SetWaitKill(state bool) error {
	err := f.set(true, func(a *attributes) { a.waitKill = state })
	return olderThan(err, "SetWaitKill", 7, "2.6.0")
}

// SetOptimize takes the level 1 or 2 and changes nothing by it: a filter is
// a binary tree in any case.
func (f *ScmpFilter) SetOptimize(level int) error {
	err := f.set(level == 1 || level == 2, func(a *attributes) { a.optimize = level })
	return olderThan(err, "SetOptimize", 4, "2.5.0")
}

// set runs a change of the attributes of a valid filter, if it can be made.
func (f *ScmpFilter) set(can bool, change func(*attributes)) error {
	f.lock.Lock()
	defer f.lock.Unlock()
	if !f.usable() {
		return f.unusable()
	}
	if !can {
		return syscall.EOPNOTSUPP
	}
	change(&f.attributes)
	return nil
}

// olderThan makes a VersionError of an error that an old kernel explains.
func olderThan(err error, op string, level uint, version string) error {
	if err == nil {
		return nil
	}
	if older := needAPI(op, level, version); older != nil {
		return older
	}
	return err
}
