package spec

import "github.com/opencontainers/runtime-spec/specs-go"

func checkScheduler(c processCheck) {
	if c.Scheduler == nil {
		return
	}
	checkPolicy(c)
	checkDeadline(c)
	for i, flag := range c.Scheduler.Flags {
		if !isSchedulerFlag(flag) {
			c.addf(indexPath(c.prefix+"scheduler.flags", i),
				"invalid scheduler flag: %q", shorten(string(flag)))
		}
	}
}

// checkPolicy holds nice value and priority against the policy they are for.
func checkPolicy(c processCheck) {
	s := c.Scheduler
	priority := c.prefix + "scheduler.priority"
	switch s.Policy {
	case "":
		c.addf(c.prefix+"scheduler.policy", "scheduler policy is required")
		return
	case specs.SchedOther, specs.SchedBatch:
		if s.Nice < -20 || s.Nice > 19 {
			c.addf(c.prefix+"scheduler.nice", "must be from -20 to 19, not %d", s.Nice)
		}
	case specs.SchedFIFO, specs.SchedRR:
		if s.Priority < 1 || s.Priority > 99 {
			c.addf(priority, "must be from 1 to 99, not %d", s.Priority)
		}
		return
	case specs.SchedISO, specs.SchedIdle, specs.SchedDeadline:
	default:
		c.addf(c.prefix+"scheduler.policy",
			"invalid scheduler policy: %q", shorten(string(s.Policy)))
		return
	}
	if s.Priority != 0 {
		c.addf(priority, "can only be set for SCHED_FIFO or SCHED_RR, not for %s", s.Policy)
	}
}

// checkDeadline holds the three times to the order that the kernel demands.
// A period of 0 is the deadline's.
func checkDeadline(c processCheck) {
	s := c.Scheduler
	path := c.prefix + "scheduler"
	switch {
	case s.Policy != specs.SchedDeadline:
		if s.Runtime != 0 || s.Deadline != 0 || s.Period != 0 {
			c.addf(path, "runtime, deadline and period can only be set for SCHED_DEADLINE")
		}
	case s.Deadline == 0:
		c.addf(path+".deadline", "required for SCHED_DEADLINE")
	case s.Runtime > s.Deadline:
		c.addf(path+".runtime", "must be at most the deadline %d, not %d", s.Deadline, s.Runtime)
	case s.Period != 0 && s.Deadline > s.Period:
		c.addf(path+".deadline", "must be at most the period %d, not %d", s.Period, s.Deadline)
	}
}

func isSchedulerFlag(flag specs.LinuxSchedulerFlag) bool {
	switch flag {
	case specs.SchedFlagResetOnFork, specs.SchedFlagReclaim, specs.SchedFlagDLOverrun,
		specs.SchedFlagKeepPolicy, specs.SchedFlagKeepParams,
		specs.SchedFlagUtilClampMin, specs.SchedFlagUtilClampMax:
		return true
	}
	return false
}

func checkIOPriority(c processCheck) {
	p := c.IOPriority
	if p == nil {
		return
	}
	switch p.Class {
	case specs.IOPRIO_CLASS_RT, specs.IOPRIO_CLASS_BE, specs.IOPRIO_CLASS_IDLE:
	default:
		c.addf(c.prefix+"ioPriority.class", "invalid class %q", shorten(string(p.Class)))
	}
	if p.Priority < 0 || p.Priority > 7 {
		c.addf(c.prefix+"ioPriority.priority", "must be from 0 to 7, not %d", p.Priority)
	}
}
