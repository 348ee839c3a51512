#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "catch.h"

static volatile sig_atomic_t relay_fd = -1;
static struct sigaction before[NSIG];

// A fault of our own, which the kernel raises with a positive si_code, is the
// Go runtime's business: it has installed its handler before us.
static int is_fault(int sig, const siginfo_t *info) {
	switch (sig) {
	case SIGSEGV:
	case SIGBUS:
	case SIGFPE:
	case SIGILL:
	case SIGTRAP:
	case SIGSYS:
		return info->si_code > 0;
	}
	return 0;
}

// relay may do what signal-safety(7) allows, and leaves errno alone.
static void relay(int sig, siginfo_t *info, void *context) {
	int saved = errno;
	unsigned char number = (unsigned char)sig;

	if (is_fault(sig, info)) {
		if (before[sig].sa_flags & SA_SIGINFO)
			before[sig].sa_sigaction(sig, info, context);
	} else if (write(relay_fd, &number, 1) < 0) {
		// The pipe is full: sixty-four thousand signals are waiting.
	}
	errno = saved;
}

int catch_signals(int fd, const int *signals, int n) {
	struct sigaction action;
	int i;

	memset(&action, 0, sizeof(action));
	action.sa_sigaction = relay;
	// The Go runtime wants its threads' signals on the alternate stack.
	action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART;
	sigfillset(&action.sa_mask);

	relay_fd = fd;
	for (i = 0; i < n; i++) {
		if (sigaction(signals[i], &action, &before[signals[i]]) == 0)
			continue;
		int why = errno;
		while (--i >= 0)
			sigaction(signals[i], &before[signals[i]], NULL);
		return why;
	}
	return 0;
}

void uncatch_signals(const int *signals, int n) {
	int i;

	for (i = 0; i < n; i++)
		signal(signals[i], SIG_DFL);
}
