// SPDX-License-Identifier: MIT
/* cgroup2.c - one tree for all controllers.
 *
 * A controller works in a group when its parent has it in cgroup.subtree_control, and
 * so from the root down. A group other than the real root that has processes of its
 * own may not hand controllers on (EBUSY): that is so when our "root" is what a
 * container manager gave us. Then the processes in it move to a leaf beside ours first. */
#include "core/kern/cgroup.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "core/kern/cgroupbpf.h"
#include "core/kern/cgroupfs.h"
#include "core/kern/mount.h"
#include "core/os/clock.h"

enum { FREEZE_TRIES = 2000, FREEZE_NAP_MS = 5 };

#define BIT(c)	(1u << (c))

static const char host_leaf[] = "coracle-host";

/* Our controllers by their names here. There is no devices: that is a program. */
static const struct {
	const char *name;
	uint32_t bits;
} v2_names[] = {
	{ "cpu", BIT(CGROUP_CPU) | BIT(CGROUP_CPUACCT) }, { "cpuset", BIT(CGROUP_CPUSET) },
	{ "memory", BIT(CGROUP_MEMORY) }, { "io", BIT(CGROUP_BLKIO) }, { "pids", BIT(CGROUP_PIDS) },
};

static bool has_word(const char *list, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = list; (at = strstr(at, word)); at += len)
		if ((at == list || at[-1] == ' ') && (!at[len] || at[len] == ' '))
			return true;
	return false;
}

/* --- create ---------------------------------------------------------------------- */

/* Out of the way of cgroup.subtree_control: all processes of this group into a leaf. */
static int make_way(int root, const char *path)
{
	char leaf[CGROUP_PATH_MAX + sizeof(host_leaf)], procs[CGROUPFS_TEXT_MAX], *at = procs, *pid;
	ssize_t n;

	snprintf(leaf, sizeof(leaf), "%s%s%s", path, *path ? "/" : "", host_leaf);
	if (mkdirat(root, leaf, 0755) < 0 && errno != EEXIST)
		return -errno;
	while ((n = cgroupfs_read(root, path, "cgroup.procs", procs)) > 0) {
		bool moved = false;

		for (at = procs; (pid = strsep(&at, "\n")); )
			if (*pid && cgroupfs_write(root, leaf, "cgroup.procs", pid) == 0)
				moved = true;
		if (!moved)
			return -EBUSY;
	}
	return n < 0 ? (int)n : 0;
}

/* Hand on to the groups below `path` every controller it has that we use. */
static int hand_on(int root, const char *path)
{
	char have[CGROUPFS_TEXT_MAX], given[CGROUPFS_TEXT_MAX], word[24];
	int rc = cgroupfs_read(root, path, "cgroup.controllers", have);

	if (rc >= 0)
		rc = cgroupfs_read(root, path, "cgroup.subtree_control", given);
	for (size_t i = 0; rc >= 0 && i < countof(v2_names); i++) {
		if (!has_word(have, v2_names[i].name) || has_word(given, v2_names[i].name))
			continue;
		snprintf(word, sizeof(word), "+%s", v2_names[i].name);
		rc = cgroupfs_write(root, path, "cgroup.subtree_control", word);
		if (rc == -EBUSY && make_way(root, path) == 0)
			rc = cgroupfs_write(root, path, "cgroup.subtree_control", word);
		if (rc == -EINVAL || rc == -ENOENT)	/* a kernel that says more than it can */
			rc = 0;
	}
	return rc < 0 ? rc : 0;
}

/* From the root down to the parent of our group. */
static int hand_on_all(const struct cgroup *cg)
{
	char part[CGROUP_PATH_MAX];
	int rc = hand_on(cg->root, "");

	for (const char *slash = cg->path; rc == 0 && (slash = strchr(slash, '/')); slash++) {
		snprintf(part, sizeof(part), "%.*s", (int)(slash - cg->path), cg->path);
		rc = hand_on(cg->root, part);
	}
	return rc;
}

static void note_controllers(struct cgroup *cg)
{
	char have[CGROUPFS_TEXT_MAX];

	if (cgroupfs_read(cg->root, cg->path, "cgroup.controllers", have) < 0)
		return;
	for (size_t i = 0; i < countof(v2_names); i++)
		if (has_word(have, v2_names[i].name))
			cg->made |= v2_names[i].bits;
	cg->controllers = cg->made;
}

static int guard_devices(struct cgroup *cg, const struct cgroup_limits *l, const struct warn *w)
{
	auto_close int program = -1;
	struct err why;

	if (l->all_devices)
		return 0;
	program = cgroupbpf_load(l->devices, l->devices_n, &why);
	if (program < 0 || cgroupbpf_attach(cg->fd, program, &why) < 0) {
		warn_say(w, "devices are not guarded by the kernel, so none can be made: %s",
			 why.msg);
		return 0;
	}
	cg->made |= BIT(CGROUP_DEVICES);
	return 0;
}

static int v2_limit(struct cgroup *cg, const struct cgroup_limits *l, const struct warn *w,
		    struct err *e);

static int open_group(struct cgroup *cg)
{
	if (cg->fd < 0)
		cg->fd = openat(cg->root, cg->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return cg->fd < 0 ? -errno : 0;
}

static int v2_create(struct cgroup *cg, const struct cgroup_limits *l, const struct warn *w,
		     struct err *e)
{
	bool fresh;
	int rc = cgroupfs_make(cg->root, cg->path, &fresh);

	if (rc == -EACCES || rc == -EPERM || rc == -EROFS) { /* not ours: as if there were none */
		cg->ops = &cgroup_none_ops;
		cg->mode = CGROUP_NONE;
		return cg->ops->create(cg, l, w, e);
	}
	if (rc == 0)
		rc = open_group(cg);
	errno = -rc;
	if (rc < 0)
		return err_sys(e, "make the group");
	cg->created = true;
	cg->made = BIT(CGROUP_FREEZER);
	if (fresh)
		(void)hand_on_all(cg); /* what cannot be handed on is missed by its limit */
	note_controllers(cg);
	if (!fresh && !(cg->made & BIT(CGROUP_MEMORY))) { /* it may only be that we were killed */
		(void)hand_on_all(cg);
		note_controllers(cg);
	}
	rc = guard_devices(cg, l, w);
	if (rc == 0)
		rc = v2_limit(cg, l, w, e);
	if (rc < 0)
		(void)cg->ops->remove(cg, NULL);
	return rc;
}

static int v2_attach(struct cgroup *cg, pid_t pid, struct err *e)
{
	char text[16];
	int rc;

	snprintf(text, sizeof(text), "%d", (int)pid);
	rc = cgroupfs_write(cg->root, cg->path, "cgroup.procs", text);
	errno = -rc;
	return rc < 0 ? err_sys(e, "enter the group") : 0;
}

/* --- limits ---------------------------------------------------------------------- */

static int put(struct cgroup *cg, const char *file, const char *text, const char *sentence,
	       const struct warn *w, struct err *e)
{
	int rc = cgroupfs_write(cg->root, cg->path, file, text);

	if (rc == -ENOENT || rc == -EACCES || rc == -EPERM || rc == -EROFS || rc == -EOPNOTSUPP) {
		warn_say(w, "%s", sentence);
		return 0;
	}
	errno = -rc;
	return rc < 0 ? err_sys(e, "write %s to %s", text, file) : 0;
}

static int put_number(struct cgroup *cg, const char *file, int64_t value, const char *sentence,
		      const struct warn *w, struct err *e)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRId64, value);
	return put(cg, file, value < 0 ? "max" : text, sentence, w, e);
}

static int limit_memory(struct cgroup *cg, const struct cgroup_limits *l, const struct warn *w,
			struct err *e)
{
	/* Docker counts memory and swap together, v2 counts swap alone. */
	int64_t swap = l->memory_swap < 0 ? -1 : l->memory_swap > 0 ? l->memory_swap - l->memory :
		l->memory;
	int rc = 0;

	if (l->memory)
		rc = put_number(cg, "memory.max", l->memory, cgroupfs_no_memory, w, e);
	if (rc == 0 && (l->memory > 0 || l->memory_swap) &&
	    (cg->made & BIT(CGROUP_MEMORY) || !cg->created))
		rc = put_number(cg, "memory.swap.max", swap, cgroupfs_no_swap, w, e);
	if (rc == 0 && l->memory_reservation)
		rc = put_number(cg, "memory.low", l->memory_reservation, cgroupfs_no_reservation, w,
				e);
	if (l->memory_swappiness >= 0)
		warn_say(w, "%s", cgroupfs_no_swappiness);
	if (l->oom_kill_disable)
		warn_say(w, "%s", cgroupfs_no_oom_disable);
	return rc;
}

static int limit_cpu(struct cgroup *cg, const struct cgroup_limits *l, const struct warn *w,
		     struct err *e)
{
	int64_t quota, period;
	char text[48];
	int rc = 0;

	if (cgroupfs_quota(l, &quota, &period)) {
		if (quota > 0)
			snprintf(text, sizeof(text), "%" PRId64 " %" PRId64, quota, period);
		else
			snprintf(text, sizeof(text), "max %" PRId64, period);
		rc = put(cg, "cpu.max", text, cgroupfs_no_quota, w, e);
	}
	if (rc == 0 && l->cpu_shares)
		rc = put_number(cg, "cpu.weight", cgroup_shares_to_weight(l->cpu_shares),
				cgroupfs_no_shares, w, e);
	if (rc == 0 && l->cpuset_cpus && *l->cpuset_cpus)
		rc = put(cg, "cpuset.cpus", l->cpuset_cpus, cgroupfs_no_cpuset, w, e);
	if (rc == 0 && l->cpuset_mems && *l->cpuset_mems)
		rc = put(cg, "cpuset.mems", l->cpuset_mems, cgroupfs_no_cpuset, w, e);
	return rc;
}

static int v2_limit(struct cgroup *cg, const struct cgroup_limits *l, const struct warn *w,
		    struct err *e)
{
	int rc = limit_memory(cg, l, w, e);

	if (rc == 0)
		rc = limit_cpu(cg, l, w, e);
	if (rc == 0 && l->blkio_weight)		/* 10..1000 as 1..10000 */
		rc = put_number(cg, "io.weight", 1 + (l->blkio_weight - 10) * 9999 / 990,
				cgroupfs_no_weight, w, e);
	if (rc == 0 && l->pids)
		rc = put_number(cg, "pids.max", l->pids, cgroupfs_no_pids, w, e);
	return rc;
}

/* --- freeze, kill, pids ------------------------------------------------------------ */

static int v2_freeze(struct cgroup *cg, bool on, struct err *e)
{
	char text[CGROUPFS_TEXT_MAX];
	int rc = cgroupfs_write(cg->root, cg->path, "cgroup.freeze", on ? "1" : "0");

	if (rc == -ENOENT && faccessat(cg->root, cg->path, F_OK, 0) == 0)
		return err_set(e, ENOTSUP, "no freezer (needs Linux 5.2 or cgroup v1)");
	for (int i = 0; rc >= 0 && i < FREEZE_TRIES; i++) {
		rc = cgroupfs_read(cg->root, cg->path, "cgroup.events", text);
		if (rc >= 0 && cgroupfs_value(text, "frozen") == on)
			return 0;
		clock_sleep_ms(i ? FREEZE_NAP_MS : 0);
	}
	errno = -rc;
	if (rc < 0)
		return err_sys(e, "freeze a cgroup");
	(void)cgroupfs_write(cg->root, cg->path, "cgroup.freeze", "0");
	return err_set(e, ETIMEDOUT, "the processes could not be stopped");
}

static int v2_kill(struct cgroup *cg, int timeout_ms, struct err *e)
{
	int rc;

	if (cgroupfs_write(cg->root, cg->path, "cgroup.kill", "1") == 0)	/* Linux 5.14 */
		rc = cgroupfs_wait_empty(cg, timeout_ms);
	else
		rc = cgroupfs_kill(cg, timeout_ms);
	errno = -rc;
	return rc < 0 ? err_sys(e, "kill the processes of a cgroup") : 0;
}

static int v2_pids(struct cgroup *cg, pid_t **pids, size_t *n, struct err *e)
{
	int rc = cgroupfs_pids(cg->root, cg->path, pids, n);

	errno = -rc;
	return rc < 0 ? err_sys(e, "list the processes of a cgroup") : 0;
}

/* --- memory running out, figures ---------------------------------------------------- */

static uint64_t v2_oom_kills(struct cgroup *cg)
{
	char text[CGROUPFS_TEXT_MAX];

	return cgroupfs_read(cg->root, cg->path, "memory.events", text) < 0 ? 0 :
		cgroupfs_value(text, "oom_kill");
}

static int v2_oom_fd(struct cgroup *cg, uint32_t *events, struct err *e)
{
	char name[CGROUP_PATH_MAX + 16];
	int fd;

	snprintf(name, sizeof(name), "%s/memory.events", cg->path);
	fd = openat(cg->root, name, O_RDONLY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return err_set(e, ENOTSUP, "no memory controller");
	*events = EPOLLPRI;
	return fd < 0 ? err_sys(e, "watch the memory of a cgroup") : fd;
}

static void read_number(struct cgroup *cg, const char *file, uint64_t *v)
{
	(void)cgroupfs_read_u64(cg->root, cg->path, file, v);
}

static int v2_stats(struct cgroup *cg, struct cgroup_stats *s, struct err *e UNUSED)
{
	char text[CGROUPFS_TEXT_MAX];

	*s = (struct cgroup_stats){ .memory_limit = UINT64_MAX, .pids_limit = UINT64_MAX };
	read_number(cg, "memory.current", &s->memory_usage);
	read_number(cg, "memory.max", &s->memory_limit);
	read_number(cg, "memory.peak", &s->memory_peak);
	if (cgroupfs_read(cg->root, cg->path, "memory.stat", text) >= 0)
		s->memory_cache = cgroupfs_value(text, "inactive_file");
	if (cgroupfs_read(cg->root, cg->path, "cpu.stat", text) >= 0) {
		s->cpu_ns = cgroupfs_value(text, "usage_usec") * 1000;
		s->cpu_user_ns = cgroupfs_value(text, "user_usec") * 1000;
		s->cpu_system_ns = cgroupfs_value(text, "system_usec") * 1000;
		s->throttled_periods = cgroupfs_value(text, "nr_throttled");
		s->throttled_ns = cgroupfs_value(text, "throttled_usec") * 1000;
	}
	read_number(cg, "pids.current", &s->pids);
	read_number(cg, "pids.max", &s->pids_limit);
	if (cgroupfs_read(cg->root, cg->path, "io.stat", text) >= 0)
		cgroupfs_io(text, &s->read_bytes, &s->write_bytes);
	return 0;
}

/* --- remove, show ---------------------------------------------------------------- */

static int v2_remove(struct cgroup *cg, struct err *e)
{
	int rc = cgroupfs_remove(cg->root, cg->path);

	if (rc >= 0 && cg->above_too)
		cgroupfs_remove_above(cg->root, cg->path);
	errno = -rc;
	return rc < 0 ? err_sys(e, "remove cgroup %s", cg->path) : 0;
}

static int v2_mount(const struct cgroup *cg UNUSED, int rootfd UNUSED, int target, bool writable,
		    struct err *e)
{
	return mount_fs("cgroup2", "cgroup", target,
			MS_NOSUID | MS_NODEV | MS_NOEXEC | (writable ? 0 : MS_RDONLY), NULL, e);
}

const struct cgroup_ops cgroup2_ops = {
	.create = v2_create, .attach = v2_attach, .limit = v2_limit, .freeze = v2_freeze,
	.kill = v2_kill, .pids = v2_pids, .oom_kills = v2_oom_kills, .oom_fd = v2_oom_fd,
	.stats = v2_stats, .remove = v2_remove, .mount = v2_mount,
};
