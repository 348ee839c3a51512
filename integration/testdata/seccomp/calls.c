/*
 * calls makes system calls and prints what became of each.
 *
 *	calls [-t] ABI:NR[,ARG...]...
 *
 * ABI is native (x86_64), i386 (by int 0x80) or x32. Arguments left out are
 * all bits, which nearly every call refuses by itself. A line of output is
 * "ABI NR OUTCOME", where the outcome is
 *
 *	ok               it returned something else than an error
 *	errno N
 *	signal N         it ended the process
 *	thread           it ended the thread (-t makes the calls in one)
 *	exit             the process ended by itself
 *	trap NR ARCH DATA here|elsewhere   the members of its SIGSYS
 *	stuck            it did not come back
 *	left-out         it was not made: it would do something
 *
 * SIGUSR1 interrupts a call. Each call has a process of its own, which writes the outcome to shared
 * memory: a filter may take all ways of telling it away from the process.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#define X32_BIT 0x40000000ul
#define PATIENCE 20 /* seconds; a bound for hangs only */

enum abi { NATIVE, I386, X32 };
static const char *const names[] = { "native", "i386", "x32" };

enum state { CALLED, RETURNED, TRAPPED, SURVIVED };
static volatile struct report {
	enum state state;
	long value;
	int nr, data, here;
	unsigned int arch;
} *report;

struct call {
	enum abi abi;
	unsigned long nr;
	unsigned long args[6];
};

/*
 * Both run on a stack pointer that points nowhere, so that sigreturn finds no
 * frame in what happens to be there. forks says that the call may return
 * twice; the second process must leave the stack, which vfork shares, alone.
 */
long call_native(unsigned long nr, const unsigned long *args, long forks);
long call_i386(unsigned long nr, const unsigned long *args, long forks);
extern const char after_native[], after_i386[];
__asm__(
	".text\n"
	"call_native:\n"
	"	push %rbx; push %r12\n"
	"	mov %rsp, %rbx; mov %rdx, %r12\n"
	"	mov %rdi, %rax; mov %rsi, %r11\n"
	"	mov (%r11), %rdi; mov 8(%r11), %rsi; mov 16(%r11), %rdx\n"
	"	mov 24(%r11), %r10; mov 32(%r11), %r8; mov 40(%r11), %r9\n"
	"	mov $8, %esp; syscall\n"
	"after_native:\n"
	"	mov %rbx, %rsp\n"
	"	test %r12, %r12; jz 1f\n"
	"	test %rax, %rax; jz second\n"
	"1:	pop %r12; pop %rbx; ret\n"
	"second:\n"
	"	mov $231, %eax; xor %edi, %edi; syscall; ud2\n"
	"call_i386:\n"
	"	push %rbx; push %rbp; push %r12; push %r13\n"
	"	mov %rsp, %r12; mov %rdx, %r13\n"
	"	mov %rdi, %rax; mov %rsi, %r11\n"
	"	mov (%r11), %rbx; mov 8(%r11), %rcx; mov 16(%r11), %rdx\n"
	"	mov 24(%r11), %rsi; mov 32(%r11), %rdi; mov 40(%r11), %rbp\n"
	"	mov $8, %esp; int $0x80\n"
	"after_i386:\n"
	"	mov %r12, %rsp\n"
	"	test %r13, %r13; jz 1f\n"
	"	test %eax, %eax; jz second\n"
	"1:	movslq %eax, %rax\n"
	"	pop %r13; pop %r12; pop %rbp; pop %rbx; ret\n");

static void fail(const char *what)
{
	perror(what);
	exit(2);
}

/* Calls whose arguments must be others, or that need care. */
enum { PLAIN, FORKS, WAITS, ZEROS, LEFT_OUT };
static const struct {
	enum abi abi;
	unsigned long nr;
	int kind;
} special[] = {
	{ NATIVE, 34, WAITS },    /* pause */
	{ NATIVE, 56, FORKS },    /* clone */
	{ NATIVE, 57, FORKS },    /* fork */
	{ NATIVE, 58, FORKS },    /* vfork */
	{ NATIVE, 68, ZEROS },    /* msgget: all bits make a queue the first time only */
	{ NATIVE, 162, LEFT_OUT },/* sync, which waits for everybody's disks */
	{ I386, 2, FORKS },       /* fork */
	{ I386, 29, WAITS },      /* pause */
	{ I386, 36, LEFT_OUT },   /* sync */
	{ I386, 72, WAITS },      /* sigsuspend */
	{ I386, 120, FORKS },     /* clone */
	{ I386, 190, FORKS },     /* vfork */
	{ I386, 399, ZEROS },     /* msgget */
};

static int kind(const struct call *c)
{
	enum abi abi = c->abi == I386 ? I386 : NATIVE;

	for (size_t i = 0; i < sizeof special / sizeof *special; i++)
		if (special[i].abi == abi && special[i].nr == c->nr)
			return special[i].kind;
	return PLAIN;
}

static void on_sys(int sig, siginfo_t *info, void *context)
{
	(void)sig, (void)context;
	report->nr = info->si_syscall;
	report->arch = info->si_arch;
	report->data = info->si_errno;
	report->here = info->si_call_addr == after_native || info->si_call_addr == after_i386;
	report->state = TRAPPED;
	_exit(0); /* which the filter may refuse */
	__builtin_trap();
}

static void on_other(int sig) { (void)sig; }

/* What interrupts a waiting call has to come again, should it be early. */
static void interrupt_me(void)
{
	struct sigaction act = { .sa_handler = on_other, .sa_flags = SA_ONSTACK };
	struct itimerval often = { { 0, 1000 }, { 0, 1000 } };

	if (sigaction(SIGALRM, &act, NULL) || setitimer(ITIMER_REAL, &often, NULL))
		fail("setitimer");
}

static void prepare(void)
{
	static char stack[1 << 16];
	stack_t other = { .ss_sp = stack, .ss_size = sizeof stack };
	struct sigaction act = { .sa_sigaction = on_sys, .sa_flags = SA_SIGINFO | SA_ONSTACK };
	struct sigaction usr = { .sa_handler = on_other, .sa_flags = SA_ONSTACK };

	if (sigaltstack(&other, NULL) || sigaction(SIGSYS, &act, NULL) ||
	    sigaction(SIGUSR1, &usr, NULL))
		fail("sigaction");
}

static void *make(void *arg)
{
	const struct call *c = arg;
	unsigned long args[6];
	int how = kind(c);

	prepare();
	memcpy(args, c->args, sizeof args);
	if (how == WAITS)
		interrupt_me();
	if (how == WAITS || how == ZEROS)
		memset(args, 0, sizeof args);
	if (c->abi == I386)
		report->value = call_i386(c->nr, args, how == FORKS);
	else
		report->value = call_native(c->nr | (c->abi == X32 ? X32_BIT : 0), args, how == FORKS);
	report->state = RETURNED;
	return NULL;
}

static void make_in_thread(struct call *c)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, make, c) || pthread_join(thread, NULL))
		fail("thread");
	if (report->state == CALLED)
		report->state = SURVIVED;
}

static void print_outcome(int status, int stuck)
{
	if (stuck)
		puts("stuck");
	else if (report->state == TRAPPED)
		printf("trap %#x %#x %d %s\n", (unsigned)report->nr, report->arch, report->data,
		       report->here ? "here" : "elsewhere");
	else if (report->state == SURVIVED)
		puts("thread");
	else if (report->state == RETURNED && report->value < 0 && report->value >= -4095)
		printf("errno %ld\n", -report->value);
	else if (report->state == RETURNED)
		puts("ok");
	else if (WIFSIGNALED(status))
		printf("signal %d\n", WTERMSIG(status));
	else
		puts("exit");
}

static sigset_t child_ends;

/* await waits for a child as long as can be expected; 1 says in vain. */
static int await(pid_t pid, int *status)
{
	const struct timespec patience = { PATIENCE, 0 };
	while (waitpid(pid, status, WNOHANG) == 0)
		if (sigtimedwait(&child_ends, NULL, &patience) < 0 && errno == EAGAIN) {
			kill(pid, SIGKILL);
			waitpid(pid, status, 0);
			return 1;
		}
	return 0;
}

static void try(struct call *c, int in_thread)
{
	int status = 0, stuck;
	pid_t pid;

	memset((void *)report, 0, sizeof *report);
	printf("%s %lu ", names[c->abi], c->nr);
	fflush(stdout);
	if (kind(c) == LEFT_OUT) {
		puts("left-out");
		return;
	}
	pid = fork();
	if (pid < 0)
		fail("fork");
	if (pid == 0) {
		in_thread ? make_in_thread(c) : (void)make(c);
		_exit(0);
		__builtin_trap();
	}
	stuck = await(pid, &status);
	print_outcome(status, stuck);
}

static void usage(void)
{
	fputs("usage: calls [-t] native|i386|x32:NR[,ARG...]...\n", stderr);
	exit(2);
}

static void run(char *word, int in_thread)
{
	struct call c = { NATIVE, 0, { -1, -1, -1, -1, -1, -1 } };
	char *rest = strchr(word, ':');

	if (!rest)
		usage();
	*rest++ = 0;
	while (c.abi <= X32 && strcmp(names[c.abi], word))
		c.abi++;
	if (c.abi > X32)
		usage();
	c.nr = strtoul(rest, &rest, 0);
	for (int i = 0; *rest == ',' && i < 6; i++)
		c.args[i] = strtoull(rest + 1, &rest, 0);
	if (*rest)
		usage();
	try(&c, in_thread);
}

int main(int argc, char **argv)
{
	const struct rlimit none = { 0, 0 };
	int in_thread = argc > 1 && !strcmp(argv[1], "-t");

	sigemptyset(&child_ends);
	sigaddset(&child_ends, SIGCHLD);
	if (sigprocmask(SIG_BLOCK, &child_ends, NULL) || setrlimit(RLIMIT_CORE, &none))
		fail("sigprocmask");
	report = mmap(NULL, sizeof *report, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (report == MAP_FAILED)
		fail("mmap");
	if (argc < 2 + in_thread)
		usage();
	for (int i = 1 + in_thread; i < argc; i++)
		run(argv[i], in_thread);
	return 0;
}
