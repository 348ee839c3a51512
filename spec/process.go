package spec

import (
	"math"
	"path"
	"strconv"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// A processCheck looks at one process. Its prefix is "process." inside a
// configuration and empty for a document of its own.
type processCheck struct {
	*faultList
	*specs.Process
	prefix string
}

var processChecks = [...]func(processCheck){
	checkProgram,
	checkEnv,
	checkUser,
	checkConsole,
	checkRlimits,
	checkScheduler,
	checkIOPriority,
	checkAffinity,
	checkScore,
	checkProfiles,
}

func checkConfigProcess(c *checker) {
	if c.spec.Process == nil {
		c.addf("process", "process property must not be empty")
		return
	}
	runProcessChecks(processCheck{&c.faultList, c.spec.Process, "process."})
}

func checkProcess(p *specs.Process, list *faultList) error {
	if p == nil {
		return Faults{{"", "must be a JSON object, not null"}}
	}
	if list == nil {
		list = &faultList{}
	}
	runProcessChecks(processCheck{list, p, ""})
	return list.err()
}

func runProcessChecks(c processCheck) {
	for _, check := range processChecks {
		check(c)
	}
}

func checkProgram(c processCheck) {
	switch {
	case c.Cwd == "":
		c.addf(c.prefix+"cwd", "Cwd property must not be empty")
	case !path.IsAbs(c.Cwd):
		c.addf(c.prefix+"cwd", "Cwd must be an absolute path, not %q", shorten(c.Cwd))
	case hasNUL(c.Cwd):
		c.addf(c.prefix+"cwd", "contains a null byte")
	}
	if len(c.Args) == 0 {
		c.addf(c.prefix+"args", "args must not be empty")
	}
	for i, arg := range c.Args {
		if hasNUL(arg) {
			c.addf(indexPath(c.prefix+"args", i), "contains a null byte")
		}
	}
}

func checkEnv(c processCheck) {
	for i, e := range c.Env {
		if problem := envProblem(e); problem != "" {
			c.addf(indexPath(c.prefix+"env", i), "invalid environment variable: %s", problem)
		}
	}
}

// envProblem says why e is no NAME=value. The value is not shown: it may be
// a secret.
func envProblem(e string) string {
	switch strings.IndexByte(e, '=') {
	case -1:
		return "missing '='"
	case 0:
		return "name cannot be empty"
	}
	if hasNUL(e) {
		return "contains a null byte"
	}
	return ""
}

func checkUser(c processCheck) {
	// The kernel takes this id for "leave it as it is".
	const noID = math.MaxUint32
	if c.User.UID == noID {
		c.addf(c.prefix+"user.uid", "%d is no user id", c.User.UID)
	}
	if c.User.GID == noID {
		c.addf(c.prefix+"user.gid", "%d is no group id", c.User.GID)
	}
	for i, gid := range c.User.AdditionalGids {
		if gid == noID {
			c.addf(indexPath(c.prefix+"user.additionalGids", i), "%d is no group id", gid)
		}
	}
}

// checkConsole looks at the size of a terminal, which the kernel keeps in 16
// bits. Without a terminal the specification has it ignored.
func checkConsole(c processCheck) {
	if !c.Terminal || c.ConsoleSize == nil {
		return
	}
	if c.ConsoleSize.Height > math.MaxUint16 {
		c.addf(c.prefix+"consoleSize.height", "must be at most 65535, not %d", c.ConsoleSize.Height)
	}
	if c.ConsoleSize.Width > math.MaxUint16 {
		c.addf(c.prefix+"consoleSize.width", "must be at most 65535, not %d", c.ConsoleSize.Width)
	}
}

func checkRlimits(c processCheck) {
	var seen uint32
	for i, r := range c.Rlimits {
		bit := rlimitBit(r.Type)
		switch {
		case bit == 0:
			c.addf(indexPath(c.prefix+"rlimits", i)+".type",
				"wrong rlimit value: %s", strconv.Quote(shorten(r.Type)))
		case seen&bit != 0:
			c.addf(indexPath(c.prefix+"rlimits", i)+".type", "%s is set twice", r.Type)
		}
		if r.Soft > r.Hard {
			c.addf(indexPath(c.prefix+"rlimits", i),
				"soft limit %d is above the hard limit %d", r.Soft, r.Hard)
		}
		seen |= bit
	}
}

// rlimitBit gives each known limit a bit of its own, and none to others.
func rlimitBit(name string) uint32 {
	switch name {
	case "RLIMIT_CPU":
		return 1 << 0
	case "RLIMIT_FSIZE":
		return 1 << 1
	case "RLIMIT_DATA":
		return 1 << 2
	case "RLIMIT_STACK":
		return 1 << 3
	case "RLIMIT_CORE":
		return 1 << 4
	case "RLIMIT_RSS":
		return 1 << 5
	case "RLIMIT_NPROC":
		return 1 << 6
	case "RLIMIT_NOFILE":
		return 1 << 7
	case "RLIMIT_MEMLOCK":
		return 1 << 8
	case "RLIMIT_AS":
		return 1 << 9
	case "RLIMIT_LOCKS":
		return 1 << 10
	case "RLIMIT_SIGPENDING":
		return 1 << 11
	case "RLIMIT_MSGQUEUE":
		return 1 << 12
	case "RLIMIT_NICE":
		return 1 << 13
	case "RLIMIT_RTPRIO":
		return 1 << 14
	case "RLIMIT_RTTIME":
		return 1 << 15
	}
	return 0
}

func checkAffinity(c processCheck) {
	a := c.ExecCPUAffinity
	if a == nil {
		return
	}
	if _, problem := countIDs(a.Initial); problem != "" {
		c.addf(c.prefix+"execCPUAffinity.initial", "%s", problem)
	}
	if _, problem := countIDs(a.Final); problem != "" {
		c.addf(c.prefix+"execCPUAffinity.final", "%s", problem)
	}
}

func checkScore(c processCheck) {
	if s := c.OOMScoreAdj; s != nil && (*s < -1000 || *s > 1000) {
		c.addf(c.prefix+"oomScoreAdj", "must be from -1000 to 1000, not %d", *s)
	}
}

func checkProfiles(c processCheck) {
	if hasControl(c.ApparmorProfile) {
		c.addf(c.prefix+"apparmorProfile", "contains a control character")
	}
	if hasControl(c.SelinuxLabel) {
		c.addf(c.prefix+"selinuxLabel", "contains a control character")
	}
}
