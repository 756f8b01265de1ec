// SPDX-License-Identifier: MIT
/* least.c - the least a program can do to run another one in a container.
 *
 *   least [-g] LOWER SCRATCH PROGRAM [ARG]...
 *
 * The yardstick of `make bench`: what the kernel itself charges for the namespaces
 * and mounts of an ordinary container, with every decision taken beforehand and every
 * check left out. Exactly this, in this order:
 *
 *   1. mkdir SCRATCH/PID, upper, work, merged
 *   2. clone with new mount, pid, uts, ipc, net and cgroup namespaces
 *   3. child: all mounts private; overlay of LOWER (a colon list of ready directories),
 *      upper and work on merged; proc; sysfs read-only; a tmpfs on dev with the six device
 *      nodes and five links; devpts; mqueue; a tmpfs on dev/shm; host name; pivot_root;
 *      the old root detached; exec
 *   4. parent: wait; remove upper, work, merged and SCRATCH/PID
 *
 * With -g also: one cgroup in each mounted v1 hierarchy (or one in v2), joined by the
 * child before exec, removed at the end.
 *
 * Left out, and done by a real engine: image lookup, configuration, record, log,
 * monitor, masked and read-only paths, capabilities, seccomp, user, rlimits, /etc files. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#define MUST(call) ((call) < 0 ? (perror(#call), _exit(125)) : (void)0)

enum { GROUPS_MAX_HERE = 16 };

static char cgroups[GROUPS_MAX_HERE][300];
static int n_cgroups;

/* Once, before the clock of anything that matters: where the hierarchies are. */
static void find_cgroups(void)
{
	char line[1024], at[256], type[32];
	FILE *f = fopen("/proc/self/mounts", "re");

	while (f && fgets(line, sizeof(line), f) && n_cgroups < GROUPS_MAX_HERE)
		if (sscanf(line, "%*s %255s %31s", at, type) == 2 && strncmp(type, "cgroup", 6) == 0)
			snprintf(cgroups[n_cgroups++], sizeof(cgroups[0]), "%s/least-%d", at, (int)getpid());
	if (f)
		fclose(f);
}

static void put(const char *dir, const char *name, const char *text)
{
	char path[400];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd >= 0) {
		(void)!write(fd, text, strlen(text));
		close(fd);
	}
}

static void make_cgroups(void)
{
	for (int i = 0; i < n_cgroups; i++) {
		MUST(mkdir(cgroups[i], 0755));
		if (strstr(cgroups[i], "/cpuset/")) {	/* an empty set takes no process */
			put(cgroups[i], "cpuset.cpus", "0");
			put(cgroups[i], "cpuset.mems", "0");
		}
	}
}

static void fill_dev(void)
{
	static const struct { const char *path; unsigned min, maj; } nodes[] = {
		{ "dev/null", 3, 1 },	{ "dev/zero", 5, 1 },	 { "dev/full", 7, 1 },
		{ "dev/random", 8, 1 }, { "dev/urandom", 9, 1 }, { "dev/tty", 0, 5 },
	};

	for (size_t i = 0; i < sizeof(nodes) / sizeof(*nodes); i++)
		MUST(mknod(nodes[i].path, S_IFCHR | 0666, makedev(nodes[i].maj, nodes[i].min)));
	MUST(symlink("/proc/self/fd", "dev/fd"));
	MUST(symlink("/proc/self/fd/0", "dev/stdin"));
	MUST(symlink("/proc/self/fd/1", "dev/stdout"));
	MUST(symlink("/proc/self/fd/2", "dev/stderr"));
	MUST(symlink("pts/ptmx", "dev/ptmx"));
	MUST(mkdir("dev/pts", 0755));
	MUST(mkdir("dev/mqueue", 0755));
	MUST(mkdir("dev/shm", 01777));
}

static void child(const char *lower, char **argv)
{
	const unsigned long plain = MS_NOSUID | MS_NODEV | MS_NOEXEC;
	char opts[4096];

	for (int i = 0; i < n_cgroups; i++)
		put(cgroups[i], "cgroup.procs", "0");
	MUST(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
	snprintf(opts, sizeof(opts), "lowerdir=%s,upperdir=upper,workdir=work", lower);
	MUST(mount("overlay", "merged", "overlay", 0, opts));
	MUST(chdir("merged"));
	MUST(mount("proc", "proc", "proc", plain, NULL));
	MUST(mount("sysfs", "sys", "sysfs", plain | MS_RDONLY, NULL));
	MUST(mount("tmpfs", "dev", "tmpfs", MS_NOSUID | MS_STRICTATIME, "mode=755,size=65536k"));
	fill_dev();
	MUST(mount("devpts", "dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620,gid=5"));
	MUST(mount("mqueue", "dev/mqueue", "mqueue", plain, NULL));
	MUST(mount("shm", "dev/shm", "tmpfs", plain, "mode=1777,size=65536k"));
	MUST(sethostname("least", 5));
	MUST(syscall(SYS_pivot_root, ".", "."));
	MUST(umount2(".", MNT_DETACH));
	MUST(chdir("/"));
	execv(argv[0], argv);
	_exit(127);
}

static void remove_all(const char *scratch, const char *name)
{
	(void)!rmdir("merged");
	(void)!rmdir("upper/dev");
	(void)!rmdir("upper");
	(void)!rmdir("work/work");
	(void)!rmdir("work");
	(void)!chdir(scratch);
	if (rmdir(name) < 0)
		perror("rmdir");
	for (int i = 0; i < n_cgroups; i++)
		rmdir(cgroups[i]);
}

int main(int argc, char **argv)
{
	const int flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWCGROUP;
	bool groups = argc > 1 && strcmp(argv[1], "-g") == 0;
	char name[32];
	int status;
	pid_t pid;

	argv += groups;
	argc -= groups;
	if (argc < 4) {
		fprintf(stderr, "usage: least [-g] LOWER SCRATCH PROGRAM [ARG]...\n");
		return 2;
	}
	if (groups) {
		find_cgroups();
		make_cgroups();
	}
	snprintf(name, sizeof(name), "%d", (int)getpid());
	MUST(chdir(argv[2]));
	MUST(mkdir(name, 0700));
	MUST(chdir(name));
	MUST(mkdir("upper", 0755));
	MUST(mkdir("work", 0755));
	MUST(mkdir("merged", 0755));
	pid = (pid_t)syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0);
	MUST(pid);
	if (pid == 0)
		child(argv[1], argv + 3);
	MUST(waitpid(pid, &status, 0));
	remove_all(argv[2], name);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
