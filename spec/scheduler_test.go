package spec

import "testing"

func TestScheduler(t *testing.T) {
	scheduler := func(members string) string {
		return `"process": {"scheduler": {` + members + `}}`
	}
	const deadline = `"policy": "SCHED_DEADLINE"`
	runFaultCases(t, []faultCase{
		{"none", scheduler(``), "process.scheduler.policy: scheduler policy is required"},
		{"unknown", scheduler(`"policy": "OTHER"`),
			`process.scheduler.policy: invalid scheduler policy: "OTHER"`},
		{"batch", scheduler(`"policy": "SCHED_BATCH", "priority": 0, "nice": 19`), ""},
		{"not nice", scheduler(`"policy": "SCHED_OTHER", "nice": -21`),
			"process.scheduler.nice: must be from -20 to 19, not -21"},
		{"too nice", scheduler(`"policy": "SCHED_BATCH", "nice": 20`),
			"process.scheduler.nice: must be from -20 to 19, not 20"},
		{"real time", scheduler(`"policy": "SCHED_FIFO", "priority": 99`), ""},
		{"real time without priority", scheduler(`"policy": "SCHED_RR"`),
			"process.scheduler.priority: must be from 1 to 99, not 0"},
		{"priority of others", scheduler(`"policy": "SCHED_IDLE", "priority": 1`),
			"process.scheduler.priority: can only be set for SCHED_FIFO or SCHED_RR, " +
				"not for SCHED_IDLE"},
		{"deadline", scheduler(deadline + `, "flags": ["SCHED_FLAG_RESET_ON_FORK"], "nice": 19,
			"priority": 0, "runtime": 42000, "deadline": 100000, "period": 1000000`), ""},
		{"deadline is the period", scheduler(deadline + `, "runtime": 42000, "deadline": 42000`), ""},
		{"no deadline", scheduler(deadline + `, "runtime": 42000`),
			"process.scheduler.deadline: required for SCHED_DEADLINE"},
		{"long runtime", scheduler(deadline + `, "runtime": 3000, "deadline": 2000`),
			"process.scheduler.runtime: must be at most the deadline 2000, not 3000"},
		{"late deadline",
			scheduler(deadline + `, "runtime": 3000, "deadline": 5000, "period": 4000`),
			"process.scheduler.deadline: must be at most the period 4000, not 5000"},
		{"deadline of others", scheduler(`"policy": "SCHED_OTHER", "runtime": 1`),
			"process.scheduler: runtime, deadline and period can only be set for SCHED_DEADLINE"},
		{"flag", scheduler(`"policy": "SCHED_OTHER", "flags": ["SCHED_FLAG_RECLAIM", "x"]`),
			`process.scheduler.flags[1]: invalid scheduler flag: "x"`},
		{"wrong type of policy", scheduler(`"policy": 6, "runtime": 1, "deadline": 2`),
			"process.scheduler.policy: expected string, found 6"},
	})
}

func TestIOPriority(t *testing.T) {
	runFaultCases(t, []faultCase{
		{"good", `"process": {"ioPriority": {"class": "IOPRIO_CLASS_BE", "priority": 7}}`, ""},
		{"class", `"process": {"ioPriority": {"class": "BE", "priority": 0}}`,
			`process.ioPriority.class: invalid class "BE"`},
		{"low", `"process": {"ioPriority": {"class": "IOPRIO_CLASS_RT", "priority": 8}}`,
			"process.ioPriority.priority: must be from 0 to 7, not 8"},
		{"high", `"process": {"ioPriority": {"class": "IOPRIO_CLASS_IDLE", "priority": -1}}`,
			"process.ioPriority.priority: must be from 0 to 7, not -1"},
	})
}
