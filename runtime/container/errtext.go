package container

import (
	"errors"
	"io/fs"
	"strings"

	"github.com/opencontainers/runc/libcontainer"
	"github.com/sirupsen/logrus"
)

// Everything that is known of libcontainer's errors by their text is in this
// file. libcontainer marks few of them with types, and what init says arrives
// as a string.

// isEmptyFifo: the exec fifo was read by another start.
func isEmptyFifo(err error) bool {
	text := err.Error()
	return strings.Contains(text, "exec fifo is empty") ||
		strings.Contains(text, "exec fifo: ") || strings.Contains(text, "read exec fifo")
}

// killError translates the error of a signal to all processes.
func killError(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, libcontainer.ErrNotRunning),
		errors.Is(err, libcontainer.ErrCgroupNotExist):
		return ErrNotRunning
	}
	return plainWords(err)
}

// cgroupHint adds the likely reason to a cgroup operation that was not
// permitted.
func cgroupHint(op string, err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, libcontainer.ErrNotRunning) {
		return ErrNotRunning
	}
	if errors.Is(err, fs.ErrPermission) {
		logrus.Warnf("%s failure might be caused by lack of full access to cgroups", op)
	}
	return err
}

// explainStart words what libcontainer says of a process that did not come
// up, and adds a hint where the cause is known.
func (m *making) explainStart(err error) error {
	return explain(err)
}

// explain finds the class of an error of init and words it.
func explain(err error) error {
	text := err.Error()
	if isHookError(text) {
		return &reworded{text: rewordProgram(hookRunSaid(text)), err: err}
	}
	if isProgramError(text) || isCgroupError(text) {
		return err
	}
	if h := startHint(text); h != "" {
		return namesField(&hinted{err: err, hint: h})
	}
	return namesField(err)
}

// namesField puts the JSON path of the field in front of what libcontainer
// says of a config that it, or the kernel, refuses.
func namesField(err error) error {
	text := err.Error()
	for _, known := range []struct{ part, field string }{
		{"intelRdt is specified", "linux.intelRdt"},
		{"intelRdt.", "linux.intelRdt"},
		{"invalid rootfs", "root.path"},
		{"apparmor profile", "process.apparmorProfile"},
		{"selinux label", "process.selinuxLabel"},
		{`sysctl "`, "linux.sysctl"},
		{"memory policy", "linux.memoryPolicy"},
		{"scheduler", "process.scheduler"},
		{"ioPriority", "process.ioPriority"},
		{"apply caps: ", "process.capabilities"},
		{",context=\"", "linux.mountLabel"},
		{"architecture to seccomp filter", "linux.seccomp.architectures"},
		{"flag to seccomp filter", "linux.seccomp.flags"},
		{"/rdma.max", "linux.resources.rdma"},
		{"cannot use unified", "linux.resources.unified"},
		{"cannot set memory limit", "linux.resources.memory"},
		{"unable to set memory limit", "linux.resources.memory"},
		{"cannot set cpuset limit", "linux.resources.cpu"},
		{"cannot set cpu limit", "linux.resources.cpu"},
		{"cannot set pids limit", "linux.resources.pids"},
		{"cannot set blkio limit", "linux.resources.blockIO"},
		{"cannot set hugetlb limit", "linux.resources.hugepageLimits"},
		{"cannot set rdma limit", "linux.resources.rdma"},
		{"cannot set net_cls limit", "linux.resources.network"},
		{"cannot set net_prio limit", "linux.resources.network"},
		{"/cpuset.", "linux.resources.cpu"},
		{"network device", "linux.netDevices"},
		{"cgroupsPath", "linux.cgroupsPath"},
		{"slice name", "linux.cgroupsPath"},
		{"annotation org.", "annotations"},
		{"id-mapped mounts", "mounts"},
	} {
		if strings.Contains(text, known.part) && !strings.HasPrefix(text, known.field) {
			return &reworded{text: known.field + ": " + plainWords(err).Error(), err: err}
		}
	}
	return plainWords(err)
}

// hookRunSaid takes out what libcontainer says of "hook-run", which ran a
// createContainer hook and has said all there is to say.
func hookRunSaid(text string) string {
	const ours = "stderr: createContainer hook "
	start := strings.Index(text, "error running createContainer hook #")
	if start < 0 {
		return text
	}
	colon := strings.Index(text[start:], ": ")
	said := strings.Index(text, ours)
	if colon < 0 || said < start {
		return text
	}
	_, said2, _ := strings.Cut(text[said+len(ours):], " ") // the index
	return text[:start+colon] + ": " + withoutBrackets(strings.TrimSpace(said2))
}

// isProgramError: init looked for the program and did not find one it may
// execute. These words are what engines make 126 and 127 of.
func isProgramError(text string) bool {
	return strings.Contains(text, `: exec: "`) || strings.HasPrefix(text, `exec: "`)
}

// isCgroupError: callers look for the kernel's words, and engines, which have
// access to cgroups, do not meet these errors.
func isCgroupError(text string) bool {
	return strings.Contains(text, "adding pid ") ||
		strings.Contains(text, "unable to apply cgroup configuration")
}

// startHint knows causes that the text of an error does not show.
func startHint(text string) string {
	for _, known := range []struct{ part, hint string }{
		{"session key: disk quota exceeded",
			"the user's key quota is used up: see /proc/sys/kernel/keys/maxkeys and maxbytes " +
				"(root_maxkeys and root_maxbytes for root), or use --no-new-keyring"},
		{"OOM-killed (memory limit too low?)",
			"linux.resources.memory.limit is too small for the runtime's own start"},
		{"unable to set memory limit to",
			"linux.resources.memory.limit is too small for the runtime's own start"},
		{"setting rlimit type",
			"process.rlimits: a hard limit above the caller's own needs CAP_SYS_RESOURCE"},
		{"newuid map", "see subuid(5): the caller needs a range in /etc/subuid"},
		{"newgid map", "see subgid(5): the caller needs a range in /etc/subgid"},
	} {
		if strings.Contains(text, known.part) {
			return known.hint
		}
	}
	return ""
}

// hinted is an error with a hint behind it.
type hinted struct {
	err  error
	hint string
}

func (e *hinted) Error() string { return e.err.Error() + " (" + e.hint + ")" }

func (e *hinted) Unwrap() error { return e.err }

// plainWords replaces the words by which engines know an error of the
// container's program (Docker makes exit status 126 and 127 of them) in an
// error that is none.
func plainWords(err error) error {
	text := err.Error()
	plain := rewordProgram(text)
	if plain == text {
		return err
	}
	return &reworded{text: plain, err: err}
}

// rewordProgram replaces the words in any case: the C library capitalises
// them, and engines look for either.
func rewordProgram(text string) string {
	for _, w := range [...]struct{ word, plain string }{
		{"no such file or directory", "not found (ENOENT)"},
		{"permission denied", "not permitted (EACCES)"},
		{"is a directory", "of the wrong kind (EISDIR)"},
		{"executable file not found", "program not found"},
	} {
		for {
			at := indexFold(text, w.word)
			if at < 0 {
				break
			}
			text = text[:at] + w.plain + text[at+len(w.word):]
		}
	}
	return text
}

// indexFold finds an ASCII word in any case.
func indexFold(text, word string) int {
	for i := 0; i+len(word) <= len(text); i++ {
		if strings.EqualFold(text[i:i+len(word)], word) {
			return i
		}
	}
	return -1
}

// isHookError: a hook has failed, and may have said anything.
func isHookError(text string) bool {
	_, rest, found := strings.Cut(text, "error running ")
	phase, _, isHook := strings.Cut(rest, " hook #")
	return found && isHook && !strings.Contains(phase, " ")
}

// reworded says an error in other words.
type reworded struct {
	text string
	err  error
}

func (e *reworded) Error() string { return e.text }

func (e *reworded) Unwrap() error { return e.err }

// QuietFormatter keeps libcontainer's warning of function hooks out of the
// log. It gives prestart and createRuntime hooks to libcontainer as
// functions, which libcontainer runs but, rightly, does not save; it warns of
// that each time it writes its state.
type QuietFormatter struct{ logrus.Formatter }

// Format returns nothing for that warning.
func (q QuietFormatter) Format(e *logrus.Entry) ([]byte, error) {
	if strings.HasPrefix(e.Message, "cannot serialize hook of type configs.FuncHook") {
		return nil, nil
	}
	return q.Formatter.Format(e)
}
