/*
 * The floor: the system calls that a runtime cannot do without, and nothing
 * else. No JSON, no checks, no state, no seccomp. plan.h has what Docker's
 * config.json asks for, written by floor.go, so nothing is parsed here.
 *
 *   floor --version          process start
 *   floor run CGROUP         run a container in a new cgroup and remove it
 *   floor exec PID CGROUP    run a process in PID's container
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

struct mnt { const char *source, *target, *type; unsigned long flags; const char *data; };
struct setting { const char *file, *value; };

#include "plan.h"

#define EACH(p, list) for (__typeof__(&list[0]) p = list; p < list + sizeof list / sizeof list[0]; p++)

static void need(long result, const char *what)
{
	if (result >= 0)
		return;
	perror(what);
	_exit(1);
}

static void put(const char *file, const char *value)
{
	int fd = open(file, O_WRONLY | O_CLOEXEC);
	need(fd, file);
	need(write(fd, value, strlen(value)), file);
	close(fd);
}

static const char *under(const char *dir, const char *cgroup, const char *file)
{
	static char path[PATH_MAX];
	snprintf(path, sizeof path, "%s%s%s", dir, cgroup, file);
	return path;
}

/* A new cpuset has no processors; it takes its parent's. */
static void inherit(const char *dir, const char *cgroup, const char *name)
{
	char value[256] = "";
	char parent[PATH_MAX];
	snprintf(parent, sizeof parent, "%s%s", dir, cgroup);
	*strrchr(parent, '/') = 0;
	int fd = open(under(parent, "", name), O_RDONLY | O_CLOEXEC);
	need(fd, name);
	need(read(fd, value, sizeof value - 1), name);
	close(fd);
	put(under(dir, cgroup, name), value);
}

static void make_cgroups(const char *cgroup)
{
	EACH(h, hierarchies) {
		need(mkdir(under(*h, cgroup, ""), 0755), *h);
		if (strstr(*h, "/cpuset")) {
			inherit(*h, cgroup, "/cpuset.cpus");
			inherit(*h, cgroup, "/cpuset.mems");
		}
		if (strstr(*h, "/devices"))
			EACH(d, devices)
				if (d->file)
					put(under(*h, cgroup, d->file), d->value);
	}
}

static void join_cgroups(const char *cgroup, pid_t pid)
{
	char number[16];
	snprintf(number, sizeof number, "%d", pid);
	EACH(h, hierarchies)
		put(under(*h, cgroup, "/cgroup.procs"), number);
}

static void mount_all(const char *cgroup)
{
	EACH(m, mounts) {
		if (!(m->flags & MS_BIND))
			mkdir(m->target, 0755);
		need(mount(m->source, m->target, m->type, m->flags, m->data), m->target);
		if (m->flags & MS_BIND)
			need(mount(NULL, m->target, NULL, MS_REC | MS_PRIVATE, NULL), m->target);
	}
	if (UNIFIED)
		return;
	EACH(h, hierarchies) {
		const char *target = *h + 1;
		mkdir(target, 0755);
		need(mount(under(*h, cgroup, ""), target, NULL, MS_BIND, NULL), target);
		need(mount(NULL, target, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV |
			MS_NOEXEC, NULL), target);
	}
	need(mount(NULL, "sys/fs/cgroup", NULL, MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV |
		MS_NOEXEC, NULL), "sys/fs/cgroup");
}

static void make_devices(void)
{
	static const struct { const char *path; int minor, major; } nodes[] = {
		{"dev/null", 3, 1}, {"dev/zero", 5, 1}, {"dev/full", 7, 1}, {"dev/random", 8, 1},
		{"dev/urandom", 9, 1}, {"dev/tty", 0, 5},
	};
	static const struct setting links[] = {
		{"dev/fd", "/proc/self/fd"}, {"dev/stdin", "/proc/self/fd/0"},
		{"dev/stdout", "/proc/self/fd/1"}, {"dev/stderr", "/proc/self/fd/2"},
		{"dev/core", "/proc/kcore"}, {"dev/ptmx", "pts/ptmx"},
	};
	umask(0);
	EACH(n, nodes)
		need(mknod(n->path, S_IFCHR | 0666, makedev(n->major, n->minor)), n->path);
	umask(022);
	EACH(l, links)
		need(symlink(l->value, l->file), l->file);
}

static void hide_paths(void)
{
	EACH(p, readonly)
		if (mount(*p, *p, NULL, MS_BIND | MS_REC, NULL) == 0)
			need(mount(NULL, *p, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID |
				MS_NODEV | MS_NOEXEC, NULL), *p);
	EACH(p, masked)
		if (mount("/dev/null", *p, NULL, MS_BIND, NULL) != 0)
			mount("tmpfs", *p, "tmpfs", MS_RDONLY, NULL);
}

static void drop_capabilities(void)
{
	struct { unsigned version; int pid; } head = {0x20080522, 0};
	unsigned low = KEEP & 0xffffffff, high = KEEP >> 32;
	unsigned data[6] = {low, low, 0, high, high, 0};
	for (int cap = 0; prctl(PR_CAPBSET_READ, cap) >= 0; cap++)
		if (!(KEEP >> cap & 1))
			need(prctl(PR_CAPBSET_DROP, cap), "drop capability");
	need(setgroups(0, NULL), "setgroups");
	need(syscall(SYS_capset, &head, data), "capset");
}

static void become_true(void)
{
	static char *argv[] = {"true", NULL}, *env[] = {"PATH=/bin", NULL};
	drop_capabilities();
	execve("/bin/true", argv, env);
	need(-1, "execve");
}

static void contain(const char *cgroup, int go)
{
	char byte;
	need(read(go, &byte, 1), "wait for parent");
	if (UNIFIED)
		need(unshare(CLONE_NEWCGROUP), "unshare");
	need(setsid(), "setsid");
	need(mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL), "slave");
	need(mount(ROOTFS, ROOTFS, NULL, MS_BIND | MS_REC, NULL), ROOTFS);
	need(chdir(ROOTFS), ROOTFS);
	mount_all(cgroup);
	make_devices();
	need(syscall(SYS_pivot_root, ".", "."), "pivot_root");
	need(umount2(".", MNT_DETACH), "detach");
	need(chdir("/"), "/");
	need(sethostname("bench", 5), "sethostname");
	EACH(s, sysctls)
		put(s->file, s->value);
	hide_paths();
	become_true();
}

static int collect(pid_t pid)
{
	int status;
	need(waitpid(pid, &status, 0), "wait");
	return status;
}

static int run(const char *cgroup)
{
	int go[2];
	need(pipe2(go, O_CLOEXEC), "pipe");
	make_cgroups(cgroup);
	pid_t pid = syscall(SYS_clone, CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWUTS | CLONE_NEWPID |
		CLONE_NEWIPC | SIGCHLD, NULL, NULL, NULL, NULL);
	need(pid, "clone");
	if (pid == 0)
		contain(cgroup, go[0]);
	join_cgroups(cgroup, pid);
	need(write(go[1], "", 1), "release child");
	int status = collect(pid);
	EACH(h, hierarchies)
		need(rmdir(under(*h, cgroup, "")), *h);
	return status != 0;
}

static int enter(pid_t target, const char *cgroup)
{
	int fd = syscall(SYS_pidfd_open, target, 0);
	need(fd, "pidfd_open");
	join_cgroups(cgroup, getpid());
	need(setns(fd, CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWUTS | CLONE_NEWPID | CLONE_NEWIPC |
		(UNIFIED ? CLONE_NEWCGROUP : 0)), "setns");
	pid_t pid = fork();
	need(pid, "fork");
	if (pid == 0) {
		need(setsid(), "setsid");
		become_true();
	}
	return collect(pid) != 0;
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "run"))
		return run(argv[2]);
	if (argc == 4 && !strcmp(argv[1], "exec"))
		return enter(atoi(argv[2]), argv[3]);
	need(write(1, "floor\n", 6), "write");
	return 0;
}
