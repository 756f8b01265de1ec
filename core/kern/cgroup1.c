// SPDX-License-Identifier: MIT
/* cgroup1.c - a hierarchy for each controller.
 *
 * Only those that count get a directory: moving a process costs a few µs in each,
 * and some 100 µs in `cpu`, which has to find a new run queue for it. */
#include "core/kern/cgroup.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "core/kern/cgroupfs.h"
#include "core/kern/mount.h"
#include "core/os/clock.h"
#include "core/os/root.h"

enum { FREEZE_TRIES = 2000, FREEZE_NAP_MS = 5, LATE_TRIES = 16 };

#define BIT(c)	(1u << (c))

static const uint32_t always = BIT(CGROUP_DEVICES) | BIT(CGROUP_MEMORY) | BIT(CGROUP_PIDS) |
	BIT(CGROUP_FREEZER) | BIT(CGROUP_CPUACCT);

static int dir_of(const struct cgroup *cg, enum cgroup_controller c)
{
	return cg->controllers & BIT(c) ? cg->dir[cg->home[c]] : -1;
}

/* A directory that may hold the group, each only once. */
static bool is_home(const struct cgroup *cg, enum cgroup_controller c)
{
	return dir_of(cg, c) >= 0 && cg->home[c] == c && (!cg->created || (cg->made & BIT(c)));
}

/* Does this controller have the group? It may have been made by another process. */
static bool has_group(struct cgroup *cg, enum cgroup_controller c)
{
	if (!(cg->made & BIT(c)) && dir_of(cg, c) >= 0 &&
	    faccessat(dir_of(cg, c), cg->path, F_OK, 0) == 0)
		cg->made |= BIT(c);
	return cg->made & BIT(c);
}

/* A controller through which all processes of the group can be found. -1: none. */
static int any_group(struct cgroup *cg)
{
	static const enum cgroup_controller order[] = {
		CGROUP_DEVICES, CGROUP_PIDS, CGROUP_FREEZER, CGROUP_MEMORY, CGROUP_CPUACCT,
	};

	for (size_t i = 0; i < countof(order); i++)
		if (has_group(cg, order[i]))
			return order[i];
	return -1;
}

/* --- create ---------------------------------------------------------------------- */

static uint32_t wanted(const struct cgroup_limits *l)
{
	int64_t quota, period;
	uint32_t want = always;

	if (cgroupfs_quota(l, &quota, &period) || l->cpu_shares)
		want |= BIT(CGROUP_CPU);
	if ((l->cpuset_cpus && *l->cpuset_cpus) || (l->cpuset_mems && *l->cpuset_mems))
		want |= BIT(CGROUP_CPUSET);
	if (l->blkio_weight)
		want |= BIT(CGROUP_BLKIO);
	return want;
}

/* A new cpuset is empty and takes no process: each level gets what the one above has. */
static int fill_cpuset(int dir, const char *path)
{
	static const char *const files[] = { "cpuset.cpus", "cpuset.mems" };
	char part[CGROUP_PATH_MAX] = "", above[CGROUP_PATH_MAX] = "", text[CGROUPFS_TEXT_MAX];
	int rc = 0;

	for (const char *end = path; rc >= 0 && end; ) {
		end = strchr(end, '/');
		strcpy(above, part);
		snprintf(part, sizeof(part), "%.*s", end ? (int)(end - path) : (int)strlen(path),
			 path);
		for (size_t i = 0; rc >= 0 && i < countof(files); i++) {
			if (cgroupfs_read(dir, part, files[i], text) > 0)
				continue;
			rc = cgroupfs_read(dir, above, files[i], text);
			if (rc > 0)
				rc = cgroupfs_write(dir, part, files[i], text);
		}
		end = end ? end + 1 : NULL;
	}
	return rc < 0 ? rc : 0;
}

/* 0, 1 when this hierarchy is not ours to write, or -errno. */
static int make_group(struct cgroup *cg, enum cgroup_controller c, struct err *e)
{
	int dir = dir_of(cg, c), rc;
	bool fresh;

	if (dir < 0)
		return 1;
	if (cg->made & BIT(c))
		return 0;
	rc = cgroupfs_make(dir, cg->path, &fresh);
	if (rc == -EACCES || rc == -EPERM || rc == -EROFS)
		return 1;
	if (rc == 0 && (cg->controllers & BIT(CGROUP_CPUSET)) &&
	    cg->home[CGROUP_CPUSET] == cg->home[c])
		rc = fill_cpuset(dir, cg->path);
	errno = -rc;
	if (rc < 0)
		return err_sys(e, "make the %s group", cgroup_controller_name(c));
	/* Controllers that live together have one directory. */
	for (int i = 0; i < (int)CGROUP_CONTROLLERS; i++)
		if ((cg->controllers & BIT(i)) && cg->home[i] == cg->home[c])
			cg->made |= BIT(i);
	return 0;
}

static int allow_devices(struct cgroup *cg, const struct cgroup_limits *l, struct err *e)
{
	int dir = dir_of(cg, CGROUP_DEVICES), rc;
	char text[40];

	if (l->all_devices)
		return 0;
	rc = cgroupfs_write(dir, cg->path, "devices.deny", "a");
	for (size_t i = 0; rc == 0 && i < l->devices_n; i++)
		rc = cgroupfs_write(dir, cg->path, "devices.allow",
				    device_rule_text(&l->devices[i], text));
	errno = -rc;
	return rc < 0 ? err_sys(e, "set the list of devices") : 0;
}

static int v1_limit(struct cgroup *cg, const struct cgroup_limits *l, const struct warn *w,
		    struct err *e);

static int v1_create(struct cgroup *cg, const struct cgroup_limits *l, const struct warn *w,
		     struct err *e)
{
	uint32_t want = wanted(l);
	int rc = 0;

	cg->created = true;
	for (int c = 0; rc >= 0 && c < (int)CGROUP_CONTROLLERS; c++)
		if (want & BIT(c))
			rc = make_group(cg, c, e);
	if (rc >= 0 && (cg->made & BIT(CGROUP_DEVICES)))
		rc = allow_devices(cg, l, e);
	if (rc >= 0)
		rc = v1_limit(cg, l, w, e);
	if (rc < 0)
		(void)cg->ops->remove(cg, NULL);
	return rc < 0 ? rc : 0;
}

/* --- attach ---------------------------------------------------------------------- */

/* A single-threaded process moves itself by `tasks` and 0: the kernel then need not stop all
 * forks of the machine while it does so. */
static int v1_attach(struct cgroup *cg, pid_t pid, struct err *e)
{
	bool any = false;
	char text[16];
	int rc;

	snprintf(text, sizeof(text), "%d", (int)pid);
	for (int c = 0; c < (int)CGROUP_CONTROLLERS; c++) {
		if (!is_home(cg, c))
			continue;
		rc = cgroupfs_write(dir_of(cg, c), cg->path, pid ? "cgroup.procs" : "tasks", text);
		if (rc == -ENOENT)
			continue;
		errno = -rc;
		if (rc < 0)
			return err_sys(e, "enter the %s group", cgroup_controller_name(c));
		any = true;
	}
	return any || (cg->created && !cg->made) ? 0 : err_set(e, ENOENT, "the group is gone");
}

/* --- limits ---------------------------------------------------------------------- */

static int move_all(struct cgroup *cg, enum cgroup_controller from, enum cgroup_controller to,
		    size_t *n)
{
	auto_free pid_t *pids = NULL;
	char text[16];
	int rc;

	*n = 0;
	rc = cgroupfs_pids(dir_of(cg, from), cg->path, &pids, n);
	for (size_t i = 0; rc == 0 && i < *n; i++) {
		snprintf(text, sizeof(text), "%d", (int)pids[i]);
		(void)cgroupfs_write(dir_of(cg, to), cg->path, "cgroup.procs", text);
	}
	return rc;
}

/* The group in one more controller, with all its processes, for a limit that comes late. */
static int join_late(struct cgroup *cg, enum cgroup_controller c, struct err *e)
{
	int from = any_group(cg), rc;
	size_t n = 1, last = 0;

	if (has_group(cg, c))
		return 0;
	rc = make_group(cg, c, e);
	if (rc != 0 || from < 0)
		return rc;
	/* Again as long as there are more: they may fork meanwhile. */
	for (int i = 0; i < LATE_TRIES && rc == 0 && n != last; i++) {
		last = n;
		rc = move_all(cg, from, c, &n);
	}
	return 0;
}

/* Write a limit. A controller or file that is not there is the sentence for the user. */
static int put(struct cgroup *cg, enum cgroup_controller c, const char *file, const char *text,
	       const char *sentence, const struct warn *w, struct err *e)
{
	int rc = join_late(cg, c, e);

	if (rc < 0)
		return rc;
	rc = rc == 1 ? -ENOENT : cgroupfs_write(dir_of(cg, c), cg->path, file, text);
	if (rc == -ENOENT || rc == -EACCES || rc == -EPERM || rc == -EROFS) {
		warn_say(w, "%s", sentence);
		return 0;
	}
	errno = -rc;
	return rc < 0 ? err_sys(e, "write %s to %s", text, file) : 0;
}

static int put_number(struct cgroup *cg, enum cgroup_controller c, const char *file, int64_t value,
		      const char *sentence, const struct warn *w, struct err *e)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRId64, value);
	return put(cg, c, file, text, sentence, w, e);
}

/* memory.limit may not be above memory.memsw.limit at any moment: growing, memsw goes first. */
static int limit_memory(struct cgroup *cg, const struct cgroup_limits *l, const struct warn *w,
			struct err *e)
{
	static const char plain[] = "memory.limit_in_bytes", swap[] = "memory.memsw.limit_in_bytes";
	int64_t both = l->memory_swap ? l->memory_swap : l->memory > 0 ? l->memory * 2 : 0;
	uint64_t now = 0;
	bool grows = has_group(cg, CGROUP_MEMORY) &&
		cgroupfs_read_u64(dir_of(cg, CGROUP_MEMORY), cg->path, swap, &now) == 0 &&
		(both < 0 || (uint64_t)both > now);
	int rc = 0;

	if (both && !has_group(cg, CGROUP_MEMORY))
		both = 0;	/* the limit's own sentence says it all */
	if (both && grows)
		rc = put_number(cg, CGROUP_MEMORY, swap, both, cgroupfs_no_swap, w, e);
	if (rc == 0 && l->memory)
		rc = put_number(cg, CGROUP_MEMORY, plain, l->memory, cgroupfs_no_memory, w, e);
	if (rc == 0 && both && !grows)
		rc = put_number(cg, CGROUP_MEMORY, swap, both, cgroupfs_no_swap, w, e);
	if (rc == 0 && l->memory_reservation)
		rc = put_number(cg, CGROUP_MEMORY, "memory.soft_limit_in_bytes",
				l->memory_reservation, cgroupfs_no_reservation, w, e);
	if (rc == 0 && l->memory_swappiness >= 0)
		rc = put_number(cg, CGROUP_MEMORY, "memory.swappiness", l->memory_swappiness,
				cgroupfs_no_swappiness, w, e);
	if (rc == 0 && l->oom_kill_disable)
		rc = put(cg, CGROUP_MEMORY, "memory.oom_control", "1", cgroupfs_no_oom_disable, w,
			 e);
	return rc;
}

static int limit_cpu(struct cgroup *cg, const struct cgroup_limits *l, const struct warn *w,
		     struct err *e)
{
	int64_t quota, period;
	int rc = 0;

	if (cgroupfs_quota(l, &quota, &period)) {
		rc = put_number(cg, CGROUP_CPU, "cpu.cfs_period_us", period, cgroupfs_no_quota, w,
				e);
		if (rc == 0 && quota)
			rc = put_number(cg, CGROUP_CPU, "cpu.cfs_quota_us", quota,
					cgroupfs_no_quota, NULL, e);	/* said above */
	}
	if (rc == 0 && l->cpu_shares)
		rc = put_number(cg, CGROUP_CPU, "cpu.shares", l->cpu_shares, cgroupfs_no_shares, w,
				e);
	if (rc == 0 && l->cpuset_cpus && *l->cpuset_cpus)
		rc = put(cg, CGROUP_CPUSET, "cpuset.cpus", l->cpuset_cpus, cgroupfs_no_cpuset, w,
			 e);
	if (rc == 0 && l->cpuset_mems && *l->cpuset_mems)
		rc = put(cg, CGROUP_CPUSET, "cpuset.mems", l->cpuset_mems, cgroupfs_no_cpuset, w,
			 e);
	return rc;
}

static int v1_limit(struct cgroup *cg, const struct cgroup_limits *l, const struct warn *w,
		    struct err *e)
{
	int rc = limit_memory(cg, l, w, e);

	if (rc == 0)
		rc = limit_cpu(cg, l, w, e);
	if (rc == 0 && l->blkio_weight)
		rc = put_number(cg, CGROUP_BLKIO, "blkio.weight", l->blkio_weight,
				cgroupfs_no_weight, w, e);
	if (rc == 0 && l->pids > 0)
		rc = put_number(cg, CGROUP_PIDS, "pids.max", l->pids, cgroupfs_no_pids, w, e);
	if (rc == 0 && l->pids < 0 && has_group(cg, CGROUP_PIDS))
		rc = put(cg, CGROUP_PIDS, "pids.max", "max", cgroupfs_no_pids, w, e);
	return rc;
}

/* --- freeze, kill, pids ------------------------------------------------------------ */

static int v1_freeze(struct cgroup *cg, bool on, struct err *e)
{
	const char *want = on ? "FROZEN" : "THAWED";
	int dir = dir_of(cg, CGROUP_FREEZER), rc;
	char text[CGROUPFS_TEXT_MAX];

	if (!has_group(cg, CGROUP_FREEZER))
		return cgroup_none_ops.freeze(cg, on, e);
	for (int i = 0; i < FREEZE_TRIES; i++) {
		rc = cgroupfs_write(dir, cg->path, "freezer.state", want);
		if (rc == 0)
			rc = cgroupfs_read(dir, cg->path, "freezer.state", text);
		errno = -rc;
		if (rc < 0)
			return err_sys(e, "write %s to freezer.state", want);
		if (!strcmp(text, want))
			return 0;
		clock_sleep_ms(i ? FREEZE_NAP_MS : 0);
	}
	(void)cgroupfs_write(dir, cg->path, "freezer.state", "THAWED");
	return err_set(e, ETIMEDOUT, "the processes could not be stopped");
}

static int v1_kill(struct cgroup *cg, int timeout_ms, struct err *e)
{
	int rc = any_group(cg) < 0 ? -ENOENT : cgroupfs_kill(cg, timeout_ms);

	errno = -rc;
	return rc < 0 && rc != -ENOENT ? err_sys(e, "kill the processes of a cgroup") : 0;
}

static int v1_pids(struct cgroup *cg, pid_t **pids, size_t *n, struct err *e)
{
	int from = any_group(cg), rc;

	rc = from < 0 ? -ENOENT : cgroupfs_pids(dir_of(cg, from), cg->path, pids, n);
	errno = -rc;
	return rc < 0 ? err_sys(e, "list the processes of a cgroup") : 0;
}

/* --- memory running out, figures ---------------------------------------------------- */

static uint64_t v1_oom_kills(struct cgroup *cg)
{
	char text[CGROUPFS_TEXT_MAX];
	int dir = dir_of(cg, CGROUP_MEMORY);

	if (dir < 0 || cgroupfs_read(dir, cg->path, "memory.oom_control", text) < 0)
		return 0;
	return cgroupfs_value(text, "oom_kill");
}

static int v1_oom_fd(struct cgroup *cg, uint32_t *events, struct err *e)
{
	auto_close int fd = -1, control = -1;
	char name[CGROUP_PATH_MAX + 32], text[32];
	int rc;

	if (!has_group(cg, CGROUP_MEMORY))
		return err_set(e, ENOTSUP, "no memory controller");
	fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	snprintf(name, sizeof(name), "%s/memory.oom_control", cg->path);
	control = openat(dir_of(cg, CGROUP_MEMORY), name, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || control < 0)
		return err_sys(e, "watch the memory of a cgroup");
	snprintf(text, sizeof(text), "%d %d", fd, control);
	rc = cgroupfs_write(dir_of(cg, CGROUP_MEMORY), cg->path, "cgroup.event_control", text);
	errno = -rc;
	if (rc < 0)
		return err_sys(e, "watch the memory of a cgroup");
	*events = EPOLLIN;
	return take_fd(fd);
}

static void read_number(struct cgroup *cg, enum cgroup_controller c, const char *file, uint64_t *v)
{
	if (has_group(cg, c))
		(void)cgroupfs_read_u64(dir_of(cg, c), cg->path, file, v);
}

static ssize_t read_text(struct cgroup *cg, enum cgroup_controller c, const char *file,
			 char text[static CGROUPFS_TEXT_MAX])
{
	return has_group(cg, c) ? cgroupfs_read(dir_of(cg, c), cg->path, file, text) : -ENOENT;
}

static int v1_stats(struct cgroup *cg, struct cgroup_stats *s, struct err *e UNUSED)
{
	const uint64_t no_limit = (uint64_t)INT64_MAX & ~(uint64_t)65535;	/* less a page */
	uint64_t tick = 1000000000 / sysconf(_SC_CLK_TCK);
	char text[CGROUPFS_TEXT_MAX];

	*s = (struct cgroup_stats){ .memory_limit = UINT64_MAX, .pids_limit = UINT64_MAX };
	read_number(cg, CGROUP_MEMORY, "memory.usage_in_bytes", &s->memory_usage);
	read_number(cg, CGROUP_MEMORY, "memory.limit_in_bytes", &s->memory_limit);
	read_number(cg, CGROUP_MEMORY, "memory.max_usage_in_bytes", &s->memory_peak);
	if (s->memory_limit >= no_limit)
		s->memory_limit = UINT64_MAX;
	if (read_text(cg, CGROUP_MEMORY, "memory.stat", text) >= 0)
		s->memory_cache = cgroupfs_value(text, "total_inactive_file");
	read_number(cg, CGROUP_CPUACCT, "cpuacct.usage", &s->cpu_ns);
	if (read_text(cg, CGROUP_CPUACCT, "cpuacct.stat", text) >= 0) {
		s->cpu_user_ns = cgroupfs_value(text, "user") * tick;
		s->cpu_system_ns = cgroupfs_value(text, "system") * tick;
	}
	if (read_text(cg, CGROUP_CPU, "cpu.stat", text) >= 0) {
		s->throttled_periods = cgroupfs_value(text, "nr_throttled");
		s->throttled_ns = cgroupfs_value(text, "throttled_time");
	}
	read_number(cg, CGROUP_PIDS, "pids.current", &s->pids);
	read_number(cg, CGROUP_PIDS, "pids.max", &s->pids_limit);
	if (read_text(cg, CGROUP_BLKIO, "blkio.throttle.io_service_bytes_recursive", text) >= 0 ||
	    read_text(cg, CGROUP_BLKIO, "blkio.throttle.io_service_bytes", text) >= 0)
		cgroupfs_io(text, &s->read_bytes, &s->write_bytes);
	return 0;
}

/* --- remove, show ---------------------------------------------------------------- */

static int v1_remove(struct cgroup *cg, struct err *e)
{
	int first = 0, rc;

	for (int c = 0; c < (int)CGROUP_CONTROLLERS; c++) {
		if (!is_home(cg, c))
			continue;
		rc = cgroupfs_remove(dir_of(cg, c), cg->path);
		if (rc < 0 && !first)
			first = rc;
		if (rc >= 0 && cg->above_too)
			cgroupfs_remove_above(dir_of(cg, c), cg->path);
	}
	errno = -first;
	return first ? err_sys(e, "remove cgroup %s", cg->path) : 0;
}

/* "cpu,cpuacct": all that live where c lives. */
static void home_name(const struct cgroup *cg, enum cgroup_controller c,
		      char name[static CGROUPFS_NAME_MAX])
{
	*name = 0;
	for (int i = 0; i < (int)CGROUP_CONTROLLERS; i++) {
		if (!(cg->controllers & BIT(i)) || cg->home[i] != c)
			continue;
		if (*name)
			strcat(name, ",");
		strcat(name, cgroup_controller_name(i));
	}
}

/* One hierarchy below the tmpfs. In the container's cgroup namespace its root is our group. */
static int mount_one(const struct cgroup *cg, int dir, enum cgroup_controller c,
		     unsigned long flags, struct err *e)
{
	char name[CGROUPFS_NAME_MAX];

	home_name(cg, c, name);
	if (mkdirat(dir, name, 0755) < 0)
		return err_sys(e, "make /sys/fs/cgroup/%s", name);
	for (int i = 0; i < (int)CGROUP_CONTROLLERS && strchr(name, ','); i++)
		if ((cg->controllers & BIT(i)) && cg->home[i] == c)
			(void)!symlinkat(name, dir, cgroup_controller_name(i));
	return mount_fs_at("cgroup", "cgroup", dir, name, flags, name, e);
}

static int v1_mount(const struct cgroup *cg, int rootfd, int target, bool writable,
		    struct err *e)
{
	unsigned long flags = MS_NOSUID | MS_NODEV | MS_NOEXEC | (writable ? 0 : MS_RDONLY);
	char path[40];
	auto_close int dir = -1;
	int rc = mount_fs("tmpfs", "cgroup", target, MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=755",
			  e);

	if (rc < 0)
		return rc;
	dir = root_open_how(rootfd, "sys/fs/cgroup", O_PATH | O_DIRECTORY, 0, ROOT_NO_SYMLINKS, e);
	if (dir < 0)
		return dir;
	for (int c = 0; rc == 0 && c < (int)CGROUP_CONTROLLERS; c++)
		if ((cg->made & BIT(c)) && is_home(cg, c))
			rc = mount_one(cg, dir, c, flags, e);
	if (rc < 0 || writable)
		return rc;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", dir);
	if (mount(NULL, path, NULL, MS_REMOUNT | MS_BIND | flags, NULL) < 0)
		return err_sys(e, "make /sys/fs/cgroup read-only");
	return 0;
}

const struct cgroup_ops cgroup1_ops = {
	.create = v1_create, .attach = v1_attach, .limit = v1_limit, .freeze = v1_freeze,
	.kill = v1_kill, .pids = v1_pids, .oom_kills = v1_oom_kills, .oom_fd = v1_oom_fd,
	.stats = v1_stats, .remove = v1_remove, .mount = v1_mount,
};
