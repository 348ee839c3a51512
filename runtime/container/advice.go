package container

import (
	"fmt"

	"github.com/sirupsen/logrus"
)

// Advice says where advice goes: sentences that explain a failure to come.
type Advice int

// AdviceWarned is logged as a warning, AdviceDebugged for debugging only: for a
// caller whose standard error is the program's.
const (
	AdviceWarned Advice = iota
	AdviceDebugged
)

func (a Advice) level() logrus.Level {
	if a == AdviceDebugged {
		return logrus.DebugLevel
	}
	return logrus.WarnLevel
}

// wanted spares the work for advice that nobody would see.
func (a Advice) wanted() bool { return logrus.IsLevelEnabled(a.level()) }

func (a Advice) log(sentence string) { logrus.StandardLogger().Log(a.level(), sentence) }

// warnProgram warns of a program that execve will refuse. Its own error comes
// when start has returned, on the container's standard error, and says no
// more than "no such file or directory".
func (m *making) warnProgram() {
	if !m.opts.Advise.wanted() {
		return
	}
	root, err := openRoot(m.pid())
	if err != nil {
		return // init has died, or without root its root cannot be opened
	}
	defer root.Close()
	p := m.spec.Process
	problem := programProblem(int(root.Fd()), p.Cwd, p.Args[0])
	if problem == "" {
		return
	}
	m.opts.Advise.log(fmt.Sprintf("%s: %s: its start will fail", m.id, problem))
}
