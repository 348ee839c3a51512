#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "constructor.h"

// What nsexec names the process whose Go runtime is about to start. Its two
// predecessors run this constructor too, and must be left alone: a child
// inherits the slack for good.
static const char last_stage[] = "runc:[2:INIT]";

// libcontainer passes its own GOMAXPROCS on, mostly empty.
static const char unset[] = "GOMAXPROCS=";
static char one[] = "GOMAXPROCS=1";

extern char **environ;

// The slack before ours, or -1 when it was left alone.
static long slack_before = -1;

static int in_last_stage(void) {
	char name[16] = "";

	return prctl(PR_GET_NAME, name, 0, 0, 0) == 0 && strcmp(name, last_stage) == 0;
}

__attribute__((constructor)) static void prepare(void) {
	char **entry;

	if (getenv("_LIBCONTAINER_INITPIPE") == NULL || !in_last_stage())
		return;
	// In place: Go reads the kernel's array, which putenv(3) may replace.
	for (entry = environ; *entry != NULL; entry++)
		if (strcmp(*entry, unset) == 0)
			*entry = one;
	slack_before = prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0);
	if (slack_before >= 0)
		prctl(PR_SET_TIMERSLACK, MONITOR_SLACK_NS, 0, 0, 0);
}

long restore_timer_slack(void) {
	long slack = slack_before;

	if (slack >= 0)
		prctl(PR_SET_TIMERSLACK, slack, 0, 0, 0);
	slack_before = -1;
	return slack;
}
