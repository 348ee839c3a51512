package seccomp

import (
	"fmt"
	"syscall"
)

// The release of libseccomp whose API, behaviour and system calls this
// package has.
const (
	verMajor = 2
	verMinor = 6
	verMicro = 1
)

// maxAPI is the highest API level of that release.
const maxAPI = 7

// VersionError is the error of an operation that the kernel is too old for.
type VersionError struct {
	op         string
	curAPI     uint
	minAPI     uint
	minVersion string
}

// Error says what the operation needs and what there is.
func (e VersionError) Error() string {
	return fmt.Sprintf("%s requires libseccomp >= %s and API level >= %d "+
		"(effective version: %d.%d.%d, API level: %d)",
		e.op, e.minVersion, e.minAPI, verMajor, verMinor, verMicro, e.curAPI)
}

// GetLibraryVersion gives the release of libseccomp that this package stands
// in for. No such library is there.
func GetLibraryVersion() (major, minor, micro uint) {
	return verMajor, verMinor, verMicro
}

// GetAPI gives the API level, as seccomp_api_get(3) lists them, that this
// package and the running kernel support. The kernel is asked at the first
// call only.
func GetAPI() (uint, error) {
	return probe().level, nil
}

// SetAPI makes the package take the kernel for one of the given API level.
func SetAPI(api uint) error {
	if api < 1 || api > maxAPI {
		return fmt.Errorf("set API level %d: %w", api, syscall.EINVAL)
	}
	kernel.Lock()
	defer kernel.Unlock()
	kernel.known = true
	kernel.support = support{
		level:          api,
		tsync:          api >= 2,
		log:            api >= 3,
		actLog:         api >= 3,
		actKillProcess: api >= 3,
		specAllow:      api >= 4,
		actNotify:      api >= 5,
		tsyncEsrch:     api >= 6,
	}
	return nil
}

// needAPI is the error of an operation that needs a higher API level, or nil.
func needAPI(op string, level uint, version string) error {
	if current := probe().level; current < level {
		return &VersionError{op: op, curAPI: current, minAPI: level, minVersion: version}
	}
	return nil
}
