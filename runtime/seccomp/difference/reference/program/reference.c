/*
 * reference answers what libseccomp makes of filters. It reads requests from
 * standard input, one word after the other, and answers each with a line:
 *
 *   version                        major minor micro API-level
 *   resolve ARCH NAME              number
 *   name ARCH NUMBER               name, or -
 *   filter DEFAULT-ACTION CALL… end
 *
 * where CALL is one of
 *
 *   drop ARCH                      seccomp_arch_remove
 *   arch ARCH                      seccomp_arch_add
 *   attr ID VALUE                  seccomp_attr_set
 *   try ID VALUE                   the same, its result ignored
 *   rule ACTION NAME N {ARG OP A B}…
 *
 * A filter is answered with the result of each call, "-" for a rule whose
 * name is unknown, "." for a call that was left out because one before it
 * did not succeed, and at the end, after "=", the program in hexadecimal or
 * the result of the export. A filter that takes libseccomp more than LIMIT
 * microseconds of CPU time ends the program by a signal: for some it never
 * comes to an end.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <unistd.h>

#define WORD 256
#define CONDITIONS 64
#define LIMIT 500000

static void die(const char *what)
{
	fprintf(stderr, "reference: %s\n", what);
	exit(2);
}

static int word(char *buffer)
{
	return scanf("%255s", buffer) == 1;
}

static uint64_t number(void)
{
	char text[WORD], *end;
	uint64_t value;

	if (!word(text))
		die("number expected");
	value = strtoull(text, &end, 0);
	if (*end)
		die("number is none");
	return value;
}

static void version(void)
{
	const struct scmp_version *v = seccomp_version();

	printf("%u %u %u %u\n", v->major, v->minor, v->micro, seccomp_api_get());
}

static void resolve(void)
{
	char name[WORD];
	uint32_t arch = number();

	if (!word(name))
		die("name expected");
	printf("%d\n", seccomp_syscall_resolve_name_arch(arch, name));
}

static void name(void)
{
	uint32_t arch = number();
	int nr = (int)number();
	char *found = seccomp_syscall_resolve_num_arch(arch, nr);

	printf("%s\n", found ? found : "-");
	free(found);
}

/* rule reads a rule and adds it, unless skip says only to read it. */
static int rule(scmp_filter_ctx filter, int skip, int *unknown)
{
	struct scmp_arg_cmp conditions[CONDITIONS];
	char call[WORD];
	uint32_t action = number();
	unsigned int n, i;
	int nr;

	if (!word(call))
		die("name expected");
	n = number();
	if (n > CONDITIONS)
		die("too many conditions");
	for (i = 0; i < n; i++) {
		conditions[i].arg = number();
		conditions[i].op = number();
		conditions[i].datum_a = number();
		conditions[i].datum_b = number();
	}
	if (skip)
		return 0;
	nr = seccomp_syscall_resolve_name(call);
	*unknown = nr == __NR_SCMP_ERROR;
	if (*unknown)
		return 0;
	return seccomp_rule_add_array(filter, action, nr, n, n ? conditions : NULL);
}

/*
 * call reads one call and makes it. An architecture that is there already
 * is no fault: the binding for Go sees it the same way.
 */
static int call(scmp_filter_ctx filter, const char *verb, int skip, int *unknown)
{
	uint32_t arch, id, value;
	int rc;

	if (!strcmp(verb, "rule"))
		return rule(filter, skip, unknown);
	if (!strcmp(verb, "drop") || !strcmp(verb, "arch")) {
		arch = number();
		if (skip)
			return 0;
		rc = *verb == 'd' ? seccomp_arch_remove(filter, arch)
				  : seccomp_arch_add(filter, arch);
		return rc == -EEXIST ? 0 : rc;
	}
	if (strcmp(verb, "attr") && strcmp(verb, "try"))
		die("call unknown");
	id = number();
	value = number();
	if (skip)
		return 0;
	rc = seccomp_attr_set(filter, id, value);
	return *verb == 't' ? 0 : rc;
}

/* export prints the program, through a file since 2.5 knows no other way. */
static void export(scmp_filter_ctx filter)
{
	int rc, fd = memfd_create("program", MFD_CLOEXEC);
	unsigned char *program;
	off_t size, i;

	if (fd < 0)
		die("memfd_create");
	rc = seccomp_export_bpf(filter, fd);
	if (rc) {
		printf("= %d\n", rc);
		close(fd);
		return;
	}
	size = lseek(fd, 0, SEEK_END);
	program = malloc(size + 1);
	if (!program || pread(fd, program, size, 0) != size)
		die("read program");
	printf("= ");
	for (i = 0; i < size; i++)
		printf("%02x", program[i]);
	printf("\n");
	free(program);
	close(fd);
}

static void limit(suseconds_t microseconds)
{
	struct itimerval timer = { .it_value.tv_usec = microseconds };

	setitimer(ITIMER_PROF, &timer, NULL);
}

static void filter(void)
{
	scmp_filter_ctx filter = seccomp_init(number());
	char verb[WORD];
	int stopped = filter == NULL;

	if (stopped)
		printf("init ");
	for (;;) {
		int rc, unknown = 0;

		if (!word(verb))
			die("end expected");
		if (!strcmp(verb, "end"))
			break;
		rc = call(filter, verb, stopped, &unknown);
		if (stopped)
			printf(". ");
		else if (unknown)
			printf("- ");
		else
			printf("%d ", rc);
		stopped = stopped || rc;
	}
	if (stopped)
		printf("= 0\n");
	else
		export(filter);
	seccomp_release(filter);
}

int main(void)
{
	char verb[WORD];

	while (word(verb)) {
		if (!strcmp(verb, "version"))
			version();
		else if (!strcmp(verb, "resolve"))
			resolve();
		else if (!strcmp(verb, "name"))
			name();
		else if (!strcmp(verb, "filter")) {
			limit(LIMIT);
			filter();
			limit(0);
		}
		else
			die("request unknown");
		fflush(stdout);
	}
	return 0;
}
