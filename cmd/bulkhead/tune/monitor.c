#include <pthread.h>
#include <stdlib.h>
#include <sys/prctl.h>

// How late the kernel may wake the monitor thread.
#define SLACK_NS 2000000UL

// The linker (--wrap) has the real one under this name, and sends everybody
// who calls pthread_create here.
int __real_pthread_create(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);

struct start {
	void *(*run)(void *);
	void *arg;
	unsigned long slack;
};

// The slack of the process's first thread: every other one's but the
// monitor's. Written once, before there is a second thread.
static long process_slack = -1;

static void *begin(void *arg) {
	struct start start = *(struct start *)arg;

	free(arg);
	prctl(PR_SET_TIMERSLACK, start.slack, 0, 0, 0);
	return start.run(start.arg);
}

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr,
			  void *(*run)(void *), void *arg) {
	int monitor = process_slack < 0;
	struct start *start;
	int err;

	if (monitor)
		process_slack = prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0);
	start = process_slack < 0 ? NULL : malloc(sizeof(*start));
	if (start == NULL)
		return __real_pthread_create(thread, attr, run, arg);
	start->run = run;
	start->arg = arg;
	// Also for the others: a thread that the monitor makes inherits its slack.
	start->slack = process_slack;
	if (monitor && start->slack < SLACK_NS)
		start->slack = SLACK_NS;
	err = __real_pthread_create(thread, attr, begin, start);
	if (err != 0)
		free(start);
	return err;
}
