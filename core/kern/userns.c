// SPDX-License-Identifier: MIT
#include "core/kern/userns.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "core/os/file.h"

bool userns_is_ordinary(void)
{
	return getauxval(AT_EUID) != 0;
}

void userns_map_self(struct userns_map *m)
{
	*m = (struct userns_map){ .uids_n = 1, .gids_n = 1 };
	m->uids[0] = (struct ns_idmap){ 0, geteuid(), 1 };
	m->gids[0] = (struct ns_idmap){ 0, getegid(), 1 };
}

static bool has(const struct ns_idmap *v, size_t n, uint32_t inside)
{
	for (size_t i = 0; i < n; i++)
		if (inside >= v[i].inside && inside - v[i].inside < v[i].count)
			return true;
	return n == 0;
}

bool userns_has_uid(const struct userns_map *m, uint32_t inside)
{
	return has(m->uids, m->uids_n, inside);
}

bool userns_has_gid(const struct userns_map *m, uint32_t inside)
{
	return has(m->gids, m->gids_n, inside);
}

/* --- what forbids them ------------------------------------------------------------ */

/* Switches of the kernel and of distributions. */
static const struct {
	const char *path, *bad;
} switches[] = {
	{ "/proc/sys/user/max_user_namespaces", "0" },
	{ "/proc/sys/kernel/unprivileged_userns_clone", "0" },	/* Debian, Arch */
	{ "/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1" },	/* Ubuntu */
};

const char *userns_why_not(char why[static USERNS_WHY_MAX])
{
	char value[32];

	*why = 0;
	if (access("/proc/self/ns/user", F_OK) < 0 && access("/proc/self/ns", F_OK) == 0) {
		snprintf(why, USERNS_WHY_MAX, "needs CONFIG_USER_NS in the kernel");
		return why;
	}
	for (size_t i = 0; i < countof(switches); i++) {
		if (file_read_small(AT_FDCWD, switches[i].path, value, sizeof(value)) < 0)
			continue;
		if (strcmp(value, switches[i].bad) == 0) {
			snprintf(why, USERNS_WHY_MAX, "%s is %s", switches[i].path, value);
			break;
		}
	}
	return why;
}

/* Why it cannot be, behind the error that is there already. */
static int explain(int rc, struct err *e)
{
	char why[USERNS_WHY_MAX], said[sizeof(e->msg)];

	if (!e || !*userns_why_not(why))
		return rc;
	memcpy(said, e->msg, sizeof(said));
	return err_set(e, -rc, "%.280s (%s)", said, why);
}

/* --- becoming --------------------------------------------------------------------- */

int userns_become(const struct userns_map *m, struct err *e)
{
	int was = prctl(PR_GET_DUMPABLE), rc;

	if (prctl(PR_SET_DUMPABLE, 1) < 0)
		return err_sys(e, "prctl PR_SET_DUMPABLE");
	rc = ns_write_maps(0, m->uids, m->uids_n, m->gids, m->gids_n, e);
	if (prctl(PR_SET_DUMPABLE, was == 1) < 0 && rc >= 0)
		return err_sys(e, "prctl PR_SET_DUMPABLE");
	return rc < 0 ? explain(rc, e) : 0;
}

int userns_own_files(struct err *e)
{
	struct userns_map m;

	if (geteuid() == 0)
		return 0;
	userns_map_self(&m);
	if (unshare(CLONE_NEWUSER) < 0)
		return explain(err_sys(e, "make a user namespace"), e);
	return userns_become(&m, e);
}

static _Noreturn void call_child(int (*fn)(void *arg, struct err *e), void *arg, int to)
{
	struct err e = { 0 };
	int rc;

	(void)!userns_own_files(NULL); /* then modes count */
	rc = fn(arg, &e);
	e.code = rc < 0 ? -rc : 0;
	(void)!write(to, &e, sizeof(e));
	_exit(0);
}

int userns_call(int (*fn)(void *arg, struct err *e), void *arg, struct err *e)
{
	auto_close int from = -1;
	struct err said = { 0 };
	int p[2];
	ssize_t n;
	pid_t pid;

	if (geteuid() == 0)
		return fn(arg, e);
	if (pipe2(p, O_CLOEXEC) < 0)
		return err_sys(e, "pipe");
	from = p[0];
	pid = fork();
	if (pid == 0)
		call_child(fn, arg, p[1]);
	close(p[1]);
	if (pid < 0)
		return err_sys(e, "fork");
	do
		n = read(from, &said, sizeof(said));
	while (n < 0 && errno == EINTR);
	waitpid(pid, NULL, 0);
	if (n != (ssize_t)sizeof(said))
		return err_set(e, EIO, "a process of ours died");
	return said.code ? err_set(e, said.code, "%s", said.msg) : 0;
}
