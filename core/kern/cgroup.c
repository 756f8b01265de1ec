// SPDX-License-Identifier: MIT
/* cgroup.c - which hierarchies there are, and the kind that has none.
 *
 * Looked for in this order, cheapest first:
 *   1. /sys/fs/cgroup is itself a cgroup2                         v2
 *   2. directories of it that are mounts and named as controllers  v1
 *   3. the same by mountinfo, wherever they are mounted
 *   4. a cgroup2 beside v1 controllers                             hybrid */
#include "core/kern/cgroup.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "core/kern/cgroupfs.h"
#include "core/kern/mount.h"
#include "core/kern/userns.h"
#include "core/os/file.h"

enum { MOUNTINFO_MAX = 64 << 20 };

static const char *const names[CGROUP_CONTROLLERS] = {
	[CGROUP_CPU] = "cpu", [CGROUP_CPUACCT] = "cpuacct", [CGROUP_CPUSET] = "cpuset",
	[CGROUP_MEMORY] = "memory", [CGROUP_DEVICES] = "devices", [CGROUP_FREEZER] = "freezer",
	[CGROUP_BLKIO] = "blkio", [CGROUP_PIDS] = "pids",
};

const char *cgroup_controller_name(enum cgroup_controller c)
{
	return names[c];
}

void cgroup_limits_init(struct cgroup_limits *l)
{
	*l = (struct cgroup_limits){ .memory_swappiness = -1 };
}

uint64_t cgroup_shares_to_weight(uint64_t shares)
{
	if (shares == 0)
		return 0;
	if (shares < 2)
		shares = 2;
	if (shares > 262144)
		shares = 262144;
	return 1 + (shares - 2) * 9999 / 262142;
}

/* --- none ---------------------------------------------------------------------- */

static int none_limit(struct cgroup *cg UNUSED, const struct cgroup_limits *l,
		      const struct warn *w, struct err *e UNUSED)
{
	int64_t quota, period;

	if (l->memory)
		warn_say(w, "%s", cgroupfs_no_memory);
	if (l->memory_reservation)
		warn_say(w, "%s", cgroupfs_no_reservation);
	if (cgroupfs_quota(l, &quota, &period))
		warn_say(w, "%s", cgroupfs_no_quota);
	if (l->cpu_shares)
		warn_say(w, "%s", cgroupfs_no_shares);
	if ((l->cpuset_cpus && *l->cpuset_cpus) || (l->cpuset_mems && *l->cpuset_mems))
		warn_say(w, "%s", cgroupfs_no_cpuset);
	if (l->blkio_weight)
		warn_say(w, "%s", cgroupfs_no_weight);
	if (l->pids > 0)
		warn_say(w, "%s", cgroupfs_no_pids);
	return 0;
}

static int none_attach(struct cgroup *cg UNUSED, pid_t pid UNUSED, struct err *e UNUSED)
{
	return 0;
}

static int none_freeze(struct cgroup *cg UNUSED, bool on UNUSED, struct err *e)
{
	return err_set(e, ENOTSUP, "no freezer (needs CONFIG_CGROUP_FREEZER in the kernel)");
}

static int none_kill(struct cgroup *cg UNUSED, int timeout_ms UNUSED, struct err *e)
{
	return err_set(e, ENOTSUP, "no cgroup");
}

static int none_pids(struct cgroup *cg UNUSED, pid_t **pids UNUSED, size_t *n UNUSED, struct err *e)
{
	return err_set(e, ENOTSUP, "no cgroup");
}

static uint64_t none_oom_kills(struct cgroup *cg UNUSED)
{
	return 0;
}

static int none_oom_fd(struct cgroup *cg UNUSED, uint32_t *events UNUSED, struct err *e)
{
	return err_set(e, ENOTSUP, "no cgroup");
}

static int none_stats(struct cgroup *cg UNUSED, struct cgroup_stats *s, struct err *e UNUSED)
{
	*s = (struct cgroup_stats){ .memory_limit = UINT64_MAX, .pids_limit = UINT64_MAX };
	return 0;
}

static int none_remove(struct cgroup *cg UNUSED, struct err *e UNUSED)
{
	return 0;
}

static int none_mount(const struct cgroup *cg UNUSED, int rootfd UNUSED, int target UNUSED,
		      bool writable UNUSED, struct err *e UNUSED)
{
	return 0;
}

const struct cgroup_ops cgroup_none_ops = {
	.create = none_limit, .attach = none_attach, .limit = none_limit, .freeze = none_freeze,
	.kill = none_kill, .pids = none_pids, .oom_kills = none_oom_kills, .oom_fd = none_oom_fd,
	.stats = none_stats, .remove = none_remove, .mount = none_mount,
};

/* --- what is there --------------------------------------------------------------- */

static bool is_fs(int fd, long magic)
{
	struct statfs fs;

	return fstatfs(fd, &fs) == 0 && (long)fs.f_type == magic;
}

static int open_dir(int at, const char *path)
{
	return openat(at, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/* Take a hierarchy; one that an earlier controller brought is shared with it. */
static void take_v1(struct cgroup *cg, enum cgroup_controller c, int fd, dev_t dev,
		    dev_t devs[static CGROUP_CONTROLLERS])
{
	cg->controllers |= 1u << c;
	cg->home[c] = c;
	for (int i = 0; i < (int)CGROUP_CONTROLLERS; i++)
		if (cg->dir[i] >= 0 && devs[i] == dev)
			cg->home[c] = i;
	if (cg->home[c] != c) {
		close(fd);
		return;
	}
	cg->dir[c] = fd;
	devs[c] = dev;
}

static void find_v1_usual(struct cgroup *cg, int top)
{
	dev_t devs[CGROUP_CONTROLLERS] = { 0 };
	struct stat st, mine;

	if (fstat(top, &st) < 0)
		return;
	for (int c = 0; c < (int)CGROUP_CONTROLLERS; c++) {
		int fd = open_dir(top, names[c]);

		if (fd < 0)
			continue;
		if (fstat(fd, &mine) == 0 && mine.st_dev != st.st_dev &&
		    is_fs(fd, CGROUP_SUPER_MAGIC))
			take_v1(cg, c, fd, mine.st_dev, devs);
		else
			close(fd);
	}
}

static bool has_word(const char *list, const char *word)
{
	size_t len = strlen(word);

	while (list && *list) {
		if (!strncmp(list, word, len) && (list[len] == ',' || !list[len]))
			return true;
		list = strchr(list, ',');
		list = list ? list + 1 : NULL;
	}
	return false;
}

static void take_mount(struct cgroup *cg, const struct mount_info *mi,
		       dev_t devs[static CGROUP_CONTROLLERS])
{
	struct stat st;
	int fd;

	if (!strcmp(mi->type, "cgroup2") && cg->root < 0)
		cg->root = open_dir(AT_FDCWD, mi->point);
	if (strcmp(mi->type, "cgroup") != 0)
		return;
	for (int c = 0; c < (int)CGROUP_CONTROLLERS; c++) {
		if (cg->controllers & (1u << c) || !has_word(mi->super, names[c]))
			continue;
		fd = open_dir(AT_FDCWD, mi->point);
		if (fd >= 0 && fstat(fd, &st) == 0)
			take_v1(cg, c, fd, st.st_dev, devs);
		else
			close_at(&fd);
	}
}

static void find_by_mountinfo(struct cgroup *cg)
{
	dev_t devs[CGROUP_CONTROLLERS] = { 0 };
	auto_str struct str text = STR_INIT;
	struct mount_info mi;
	char *at;
	int rc;

	if (file_read_at(AT_FDCWD, "/proc/self/mountinfo", MOUNTINFO_MAX, &text, NULL) < 0)
		return;
	for (at = text.s; (rc = mount_info_next(&at, &mi)) != 0; )
		if (rc > 0)
			take_mount(cg, &mi, devs);
}

static void find(struct cgroup *cg)
{
	auto_close int top = open_dir(AT_FDCWD, "/sys/fs/cgroup");

	if (top >= 0 && is_fs(top, CGROUP2_SUPER_MAGIC)) {
		cg->root = take_fd(top);
		return;
	}
	if (top >= 0)
		find_v1_usual(cg, top);
	if (!cg->controllers) {
		find_by_mountinfo(cg);
		return;
	}
	cg->root = open_dir(top, "unified");
	if (cg->root >= 0 && !is_fs(cg->root, CGROUP2_SUPER_MAGIC))
		close_at(&cg->root), cg->root = -1;
}

/* May we move processes in and out of this group, and make others below? */
static bool may_manage(int root, const char *path)
{
	char procs[CGROUP_PATH_MAX + 16];

	snprintf(procs, sizeof(procs), "%s/cgroup.procs", path);
	return faccessat(root, path, W_OK, 0) == 0 &&
		faccessat(root, procs, W_OK, 0) == 0;
}

/* Our own v2 group, relative to the mount: "." for its top. False when it is not below it. */
static bool own_path(char path[static CGROUP_PATH_MAX])
{
	auto_str struct str text = STR_INIT;
	const char *at;
	size_t len;

	if (file_read_at(AT_FDCWD, "/proc/self/cgroup", MOUNTINFO_MAX, &text, NULL) < 0 ||
	    !text.len)
		return false;
	at = strncmp(text.s, "0::/", 4) == 0 ? text.s : strstr(text.s, "\n0::/");
	if (!at)
		return false;
	at = strchr(at, '/') + 1;
	len = strcspn(at, "\n");
	if (len >= CGROUP_PATH_MAX || strncmp(at, "..", 2) == 0)
		return false;
	snprintf(path, CGROUP_PATH_MAX, "%.*s", len ? (int)len : 1, len ? at : ".");
	return true;
}

/* Leave of what was found what an ordinary user may use. */
static void find_delegated(struct cgroup *cg)
{
	char path[CGROUP_PATH_MAX], up[CGROUP_PATH_MAX];
	auto_close int top = take_fd(cg->root);
	char *slash;

	for (size_t c = 0; c < countof(cg->dir); c++) {
		close_at(&cg->dir[c]);
		cg->dir[c] = -1;
	}
	cg->controllers = 0;
	if (top < 0 || !own_path(path) || !may_manage(top, path))
		return;
	strcpy(up, path);
	while ((slash = strrchr(up, '/'))) {
		*slash = 0;
		if (!may_manage(top, up))
			break;
		strcpy(path, up);
	}
	cg->root = open_dir(top, path);
}

static bool path_is_plain(const char *path)
{
	size_t len = strlen(path);

	return len > 0 && len < CGROUP_PATH_MAX && path[0] != '/' && path[len - 1] != '/' &&
	       !strstr(path, "..") && !strstr(path, "//") && !strchr(path, '\n');
}

int cgroup_open(struct cgroup *cg, const char *path, struct err *e)
{
	*cg = (struct cgroup)CGROUP_INIT;
	cg->ops = &cgroup_none_ops;
	if (!path_is_plain(path))
		return err_set(e, EINVAL, "'%.60s' is not a cgroup's name", path);
	strcpy(cg->path, path);
	find(cg);
	if (userns_is_ordinary())
		find_delegated(cg);
	if (cg->controllers) {
		cg->mode = cg->root >= 0 ? CGROUP_HYBRID : CGROUP_V1;
		cg->ops = &cgroup1_ops;
	} else if (cg->root >= 0) {
		cg->mode = CGROUP_V2;
		cg->ops = &cgroup2_ops;
	}
	return 0;
}

int cgroup_point(struct cgroup *cg, const char *path, struct err *e)
{
	if (!path_is_plain(path))
		return err_set(e, EINVAL, "'%.60s' is not a cgroup's name", path);
	strcpy(cg->path, path);
	close_at(&cg->fd);
	cg->fd = -1;
	cg->made = 0;
	cg->created = false;
	return 0;
}

void cgroup_release(struct cgroup *cg)
{
	for (size_t c = 0; c < countof(cg->dir); c++)
		close_at(&cg->dir[c]);
	close_at(&cg->root);
	close_at(&cg->fd);
	*cg = (struct cgroup)CGROUP_INIT;
	cg->ops = &cgroup_none_ops;
}

/* --- the verbs ------------------------------------------------------------------- */

int cgroup_create(struct cgroup *cg, const struct cgroup_limits *l, const struct warn *w,
		  struct err *e)
{
	int rc = cg->ops->create(cg, l, w, e);

	return rc < 0 ? err_wrap(e, "cgroup %s", cg->path) : 0;
}

int cgroup_attach(struct cgroup *cg, pid_t pid, struct err *e)
{
	int rc = cg->ops->attach(cg, pid, e);

	return rc < 0 ? err_wrap(e, "cgroup %s", cg->path) : 0;
}

int cgroup_update(struct cgroup *cg, const struct cgroup_limits *l, const struct warn *w,
		  struct err *e)
{
	int rc = cg->ops->limit(cg, l, w, e);

	return rc < 0 ? err_wrap(e, "cgroup %s", cg->path) : 0;
}

int cgroup_freeze(struct cgroup *cg, bool on, struct err *e)
{
	return cg->ops->freeze(cg, on, e);
}

int cgroup_kill(struct cgroup *cg, int timeout_ms, struct err *e)
{
	return cg->ops->kill(cg, timeout_ms, e);
}

int cgroup_pids(struct cgroup *cg, pid_t **pids, size_t *n, struct err *e)
{
	*pids = NULL;
	*n = 0;
	return cg->ops->pids(cg, pids, n, e);
}

uint64_t cgroup_oom_kills(struct cgroup *cg)
{
	return cg->ops->oom_kills(cg);
}

int cgroup_oom_fd(struct cgroup *cg, uint32_t *events, struct err *e)
{
	return cg->ops->oom_fd(cg, events, e);
}

int cgroup_stats(struct cgroup *cg, struct cgroup_stats *s, struct err *e)
{
	return cg->ops->stats(cg, s, e);
}

int cgroup_remove(struct cgroup *cg, struct err *e)
{
	int rc = cg->ops ? cg->ops->remove(cg, e) : 0; /* NULL: never opened */

	close_at(&cg->fd);
	cg->fd = -1;
	cg->made = 0;
	cg->created = false;
	return rc;
}

int cgroup_mount(const struct cgroup *cg, int rootfd, int target, bool writable, struct err *e)
{
	return cg->ops->mount(cg, rootfd, target, writable, e);
}
