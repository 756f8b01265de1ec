// SPDX-License-Identifier: MIT
#include "core/kern/ns.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "core/base/str.h"
#include "core/kern/userns.h"
#include "core/os/file.h"

#ifndef SYS_pidfd_open
#define SYS_pidfd_open	434
#endif

/* In the order to join them: user first, for its rights; mount last, for /proc. */
static const struct ns_kind {
	uint64_t flag;
	const char *name, *oci, *config;
} kinds[] = {
	{ CLONE_NEWUSER, "user", "user", "CONFIG_USER_NS" },
	{ CLONE_NEWCGROUP, "cgroup", "cgroup", "CONFIG_CGROUPS" },
	{ CLONE_NEWIPC, "ipc", "ipc", "CONFIG_IPC_NS" },
	{ CLONE_NEWUTS, "uts", "uts", "CONFIG_UTS_NS" },
	{ CLONE_NEWNET, "net", "network", "CONFIG_NET_NS" },
	{ CLONE_NEWPID, "pid", "pid", "CONFIG_PID_NS" },
	{ CLONE_NEWTIME, "time", "time", "CONFIG_TIME_NS" },
	{ CLONE_NEWNS, "mnt", "mount", "CONFIG_NAMESPACES" },
};

static const struct ns_kind *kind_of(uint64_t flag)
{
	for (size_t i = 0; i < countof(kinds); i++)
		if (kinds[i].flag == flag)
			return &kinds[i];
	return NULL;
}

const char *ns_name(uint64_t flag)
{
	const struct ns_kind *k = kind_of(flag);

	return k ? k->name : NULL;
}

const char *ns_config(uint64_t flag)
{
	const struct ns_kind *k = kind_of(flag);

	return k ? k->config : NULL;
}

uint64_t ns_flag(const char *name)
{
	for (size_t i = 0; i < countof(kinds); i++)
		if (!strcmp(name, kinds[i].name) || !strcmp(name, kinds[i].oci))
			return kinds[i].flag;
	return 0;
}

/* --- begin ------------------------------------------------------------------- */

/* fork(2) with flags. The kernel's two calls differ in the order of arguments by machine, so
 * the old one is used without any argument but flags. */
static long clone_old(uint64_t flags)
{
#if defined(__s390__) || defined(__CRIS__)
	return syscall(SYS_clone, 0, (unsigned long)flags | SIGCHLD, 0, 0, 0);
#else
	return syscall(SYS_clone, (unsigned long)flags | SIGCHLD, 0, 0, 0, 0);
#endif
}

static long clone_new(uint64_t flags, int cgroup_fd, int *pidfd)
{
	struct clone_args a = {
		.flags = flags | CLONE_PIDFD | (cgroup_fd >= 0 ? CLONE_INTO_CGROUP : 0),
		.pidfd = (uintptr_t)pidfd,
		.exit_signal = SIGCHLD,
		.cgroup = cgroup_fd >= 0 ? cgroup_fd : 0,
	};

	return syscall(SYS_clone3, &a, sizeof(a));
}

/* The namespace of `flags` that this kernel has no file for, or NULL. */
static const struct ns_kind *lacking(uint64_t flags)
{
	char path[40];

	for (size_t i = 0; i < countof(kinds); i++) {
		snprintf(path, sizeof(path), "/proc/self/ns/%s", kinds[i].name);
		if ((flags & kinds[i].flag) && access(path, F_OK) < 0 && errno == ENOENT)
			return &kinds[i];
	}
	return NULL;
}

static int clone_failed(uint64_t flags, struct err *e)
{
	int code = errno;
	const struct ns_kind *k = code == EINVAL ? lacking(flags) : NULL;
	char why[USERNS_WHY_MAX];

	if (k)
		return err_set(e, code, "no %s namespaces (needs %s in the kernel)", k->oci,
			       k->config);
	if ((flags & CLONE_NEWUSER) && *userns_why_not(why))
		return err_set(e, code, "may not make a user namespace (%s)", why);
	if (code == EPERM && (flags & CLONE_NEWUSER))
		return err_set(e, code, "may not make a user namespace");
	if (code == ENOSPC)
		return err_set(e, code, "no more namespaces (see /proc/sys/user/max_*_namespaces)");
	errno = code;
	return err_sys(e, "make a process in new namespaces");
}

int ns_clone(uint64_t flags, int cgroup_fd, struct ns_child *child, struct err *e)
{
	struct ns_child c = { .pidfd = -1, .in_cgroup = cgroup_fd >= 0 };
	long pid = clone_new(flags, cgroup_fd, &c.pidfd);

	if (pid < 0 && cgroup_fd >= 0 && errno != EAGAIN) { /* before 5.7, or not ours to be in */
		c.in_cgroup = false;
		pid = clone_new(flags, -1, &c.pidfd);
	}
	if (pid < 0 && (errno == ENOSYS || errno == EPERM || errno == EINVAL)) {
		c.in_cgroup = false;
		c.pidfd = -1;
		pid = clone_old(flags);
	}
	if (pid < 0)
		return clone_failed(flags, e);
	if (pid > 0 && c.pidfd < 0)
		c.pidfd = syscall(SYS_pidfd_open, (pid_t)pid, 0); /* ours until we wait: no race */
	if (pid == 0)
		c.pidfd = -1;
	c.pid = pid;
	*child = c;
	return 0;
}

/* --- join -------------------------------------------------------------------- */

int ns_open(pid_t pid, uint64_t flag, struct err *e)
{
	const struct ns_kind *k = kind_of(flag);
	char path[64];
	int fd;

	if (!k)
		return err_set(e, EINVAL, "no such namespace");
	snprintf(path, sizeof(path), "/proc/%d/ns/%s", (int)pid, k->name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? err_sys(e, "open the %s namespace of process %d", k->oci, (int)pid) : fd;
}

int ns_enter(int nsfd, uint64_t flag, struct err *e)
{
	const struct ns_kind *k = kind_of(flag);

	if (setns(nsfd, (int)flag) < 0)
		return err_sys(e, "join a %s namespace", k ? k->oci : "unknown");
	return 0;
}

static int join_each(pid_t pid, uint64_t flags, struct err *e)
{
	int fds[countof(kinds)];
	int rc = 0;

	for (size_t i = 0; i < countof(kinds); i++)
		fds[i] = -1;
	for (size_t i = 0; i < countof(kinds) && rc >= 0; i++)
		if (flags & kinds[i].flag)
			rc = fds[i] = ns_open(pid, kinds[i].flag, e);
	for (size_t i = 0; i < countof(kinds) && rc >= 0; i++)
		if (fds[i] >= 0)
			rc = ns_enter(fds[i], kinds[i].flag, e);
	for (size_t i = 0; i < countof(kinds); i++)
		close_at(&fds[i]);
	return rc < 0 ? rc : 0;
}

int ns_join(int pidfd, pid_t pid, uint64_t flags, struct err *e)
{
	if (!flags)
		return 0;
	if (pidfd >= 0) {
		if (setns(pidfd, (int)flags) == 0)
			return 0;
		if (errno != EINVAL && errno != ENOSYS && errno != EBADF)
			return err_sys(e, "join the namespaces of process %d", (int)pid);
	}
	return join_each(pid, flags, e);
}

int ns_differ(pid_t pid, uint64_t flags, uint64_t *differ, struct err *e)
{
	uint64_t d = 0;

	for (size_t i = 0; i < countof(kinds); i++) {
		char mine[40], theirs[64];
		struct stat a, b;

		if (!(flags & kinds[i].flag))
			continue;
		snprintf(mine, sizeof(mine), "/proc/self/ns/%s", kinds[i].name);
		snprintf(theirs, sizeof(theirs), "/proc/%d/ns/%s", (int)pid, kinds[i].name);
		if (stat(mine, &a) < 0)
			continue;	/* the kernel has none: they are the same */
		if (stat(theirs, &b) < 0)
			return err_sys(e, "look at the %s namespace of process %d", kinds[i].oci,
				       (int)pid);
		if (a.st_dev != b.st_dev || a.st_ino != b.st_ino)
			d |= kinds[i].flag;
	}
	*differ = d;
	return 0;
}

/* --- user namespaces --------------------------------------------------------- */

/* "/proc/self/uid_map", or another process's. */
static const char *map_path(char path[static 64], pid_t pid, const char *file)
{
	char number[16] = "self";

	if (pid)
		snprintf(number, sizeof(number), "%d", (int)pid);
	snprintf(path, 64, "/proc/%s/%s", number, file);
	return path;
}

static int write_map(pid_t pid, const char *file, const struct ns_idmap *map, size_t n,
		     struct err *e)
{
	auto_str struct str text = STR_INIT;
	char path[64];
	int rc;

	for (size_t i = 0; i < n; i++)
		str_addf(&text, "%u %u %u\n", map[i].inside, map[i].outside, map[i].count);
	rc = file_write_text(AT_FDCWD, map_path(path, pid, file), text.s);
	errno = -rc;
	return rc < 0 ? err_sys(e, "write %s", path) : 0;
}

int ns_write_maps(pid_t pid, const struct ns_idmap *uids, size_t uids_n,
		  const struct ns_idmap *gids, size_t gids_n, struct err *e)
{
	char path[64];
	int rc = write_map(pid, "uid_map", uids, uids_n, e);

	if (rc < 0)
		return rc;
	rc = write_map(pid, "gid_map", gids, gids_n, NULL);
	if (rc != -EPERM)
		return rc < 0 ? write_map(pid, "gid_map", gids, gids_n, e) : 0;
	rc = file_write_text(AT_FDCWD, map_path(path, pid, "setgroups"), "deny");
	if (rc < 0 && rc != -ENOENT) {
		errno = -rc;
		return err_sys(e, "write %s", path);
	}
	return write_map(pid, "gid_map", gids, gids_n, e);
}
