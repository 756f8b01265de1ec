// SPDX-License-Identifier: MIT
/* update.c - new limits for a container.
 *
 *   1 what was asked for is checked by itself
 *   2 behind the container's gate (amend.h) it is checked against what the record has
 *   3 a live control group is written; a refusal ends it here, and the record stays
 *   4 the record is written and the monitor told, so that limits and policy hold at its next start
 *
 * The group is found by the container's id and written as a file of the kernel's: nothing of it is
 * the container's to change. */
#include "core/engine/update.h"

#include <fcntl.h>

#include "core/engine/amend.h"
#include "core/engine/cgpath.h"
#include "core/engine/event.h"
#include "core/engine/plan.h"
#include "core/os/file.h"

enum {
	MEMORY_LEAST = 6 << 20,
	NANO_LEAST = 10000000,
	PERIOD_LEAST = 1000, PERIOD_MOST = 1000000, QUOTA_LEAST = 1000, /* µs */
	WEIGHT_LEAST = 10, WEIGHT_MOST = 1000,
	CPU_MAX = 8192,	/* numbers in a list of CPUs */
};

/* --- 1: by itself ----------------------------------------------------------------------- */

static int check_memory(const struct update *u, struct err *e)
{
	if (u->memory && u->memory < MEMORY_LEAST)
		return err_set(e, EINVAL, "Minimum memory limit allowed is 6MB");
	if (u->memory && u->memory_swap > 0 && u->memory_swap < u->memory)
		return err_set(e, EINVAL, "Minimum memoryswap limit should be larger than memory "
					  "limit, see usage");
	if (u->memory_reservation && u->memory_reservation < MEMORY_LEAST)
		return err_set(e, EINVAL, "Minimum memory reservation allowed is 6MB");
	if (u->memory && u->memory_reservation > u->memory)
		return err_set(e, EINVAL, "Minimum memory limit can not be less than memory "
					  "reservation limit, see usage");
	return 0;
}

static int check_cpus(const struct update *u, int online, struct err *e)
{
	if (u->nano_cpus && (u->cpu_period || u->cpu_quota))
		return err_set(e, EINVAL,
			"Conflicting options: Nano CPUs and CPU %s cannot both be set",
			u->cpu_period ? "Period" : "Quota");
	if (u->nano_cpus &&
	    (u->nano_cpus < NANO_LEAST || (online && u->nano_cpus > online * 1000000000LL)))
		return err_set(e, EINVAL, "Range of CPUs is from 0.01 to %d.00, as there are only "
					  "%d CPUs available", online, online);
	if (u->cpu_period && (u->cpu_period < PERIOD_LEAST || u->cpu_period > PERIOD_MOST))
		return err_set(e, EINVAL, "CPU cfs period can not be less than 1ms (i.e. 1000) or "
					  "larger than 1s (i.e. 1000000)");
	if (u->cpu_quota > 0 && u->cpu_quota < QUOTA_LEAST)
		return err_set(e, EINVAL,
			"CPU cfs quota can not be less than 1ms (i.e. 1000)");
	return 0;
}

/* "0-2,4" as one flag a number. */
static int list_read(const char *text, bool set[static CPU_MAX])
{
	memset(set, 0, CPU_MAX);
	while (*text) {
		unsigned long from, to;
		char *end;

		if (*text < '0' || *text > '9')
			return -EINVAL;
		from = to = strtoul(text, &end, 10);
		if (*end == '-') {
			if (end[1] < '0' || end[1] > '9')
				return -EINVAL;
			to = strtoul(end + 1, &end, 10);
		}
		if (from > to || to >= CPU_MAX || (*end && *end != ',') || (*end && !end[1]))
			return -EINVAL;
		for (; from <= to; from++)
			set[from] = true;
		text = end + (*end == ',');
	}
	return 0;
}

static int check_list(const char *text, const char *what, const char *noun, const char *online,
	struct err *e)
{
	bool want[CPU_MAX], have[CPU_MAX];

	if (!text || !*text)
		return 0;
	if (list_read(text, want) < 0)
		return err_set(e, EINVAL,
			       "Invalid value %.64s for cpuset %s: invalid format: %.64s",
			       text,
			       what, text);
	if (!online || list_read(online, have) < 0)
		return 0;
	for (int i = 0; i < CPU_MAX; i++) {
		if (want[i] && !have[i])
			return err_set(e, EINVAL, "Requested %s are not available - requested "
				"%.64s, available: %s", noun, text, online);
	}
	return 0;
}

int update_check(const struct update *u, const char *online, int online_n, struct err *e)
{
	int rc = check_memory(u, e);

	if (rc >= 0)
		rc = check_cpus(u, online_n, e);
	if (rc >= 0)
		rc = check_list(u->cpuset_cpus, "cpus", "CPUs", online, e);
	if (rc >= 0)
		rc = check_list(u->cpuset_mems, "mems", "memory nodes", NULL, e);
	if (rc >= 0 && u->blkio_weight &&
	    (u->blkio_weight < WEIGHT_LEAST || u->blkio_weight > WEIGHT_MOST))
		rc = err_set(e, EINVAL, "Range of blkio weight is from 10 to 1000");
	return rc;
}

/* --- 2: against the record ------------------------------------------------------------------ */

static int64_t swap_of(const struct container_config *c)
{
	return c->memory_swap || c->memory <= 0 ? c->memory_swap : 2 * c->memory;
}

static int check_record(const struct update *u, const struct container_config *c, struct err *e)
{
	if (u->restart_policy && c->auto_remove && strcmp(u->restart_policy, "no") != 0)
		return err_set(e, EBUSY, "Restart policy cannot be updated because AutoRemove is "
					 "enabled for the container");
	if (u->memory && !u->memory_swap && u->memory > swap_of(c))
		return err_set(e, EINVAL, "Memory limit should be smaller than already set "
			"memoryswap limit, update the memoryswap at the same time");
	if (u->nano_cpus && (c->cpu_period || c->cpu_quota))
		return err_set(e, EINVAL,
			"Conflicting options: Nano CPUs cannot be updated as CPU %s has already "
			"been set", c->cpu_period ? "Period" : "Quota");
	if ((u->cpu_period || u->cpu_quota) && c->nano_cpus)
		return err_set(e, EINVAL,
			"Conflicting options: CPU %s cannot be updated as NanoCPUs has already "
			"been set", u->cpu_period ? "Period" : "Quota");
	return 0;
}

static void take(int64_t *mine, int64_t asked)
{
	if (asked)
		*mine = asked;
}

static void merge(const struct update *u, struct container_config *c)
{
	int64_t swap = swap_of(c);

	if (u->memory)
		c->memory_swap = swap; /* what was "twice the memory" stays the number it was */
	take(&c->memory, u->memory);
	take(&c->memory_swap, u->memory_swap);
	take(&c->memory_reservation, u->memory_reservation);
	take(&c->nano_cpus, u->nano_cpus);
	take(&c->cpu_quota, u->cpu_quota);
	take(&c->cpu_period, u->cpu_period);
	take(&c->cpu_shares, u->cpu_shares);
	take(&c->blkio_weight, u->blkio_weight);
	take(&c->pids_limit, u->pids_limit);
	if (u->cpuset_cpus && *u->cpuset_cpus)
		c->cpuset_cpus = u->cpuset_cpus;
	if (u->cpuset_mems && *u->cpuset_mems)
		c->cpuset_mems = u->cpuset_mems;
	if (u->restart_policy) {
		c->restart_policy = u->restart_policy;
		c->restart_max = u->restart_max;
	}
}

/* --- 3: the live group ------------------------------------------------------------------------ */

static void say_warning(void *arg, const char *text)
{
	engine_warn(arg, "%s", text);
}

/* Only what was asked for is written; what belongs together goes together. */
static void limits_make(const struct update *u, const struct container_config *c,
	struct cgroup_limits *l)
{
	cgroup_limits_init(l);
	plan_limits_of(c, l);
	l->memory_swappiness = -1;
	l->oom_kill_disable = false;
	if (!u->memory && !u->memory_swap)
		l->memory = l->memory_swap = 0;
	if (!u->memory_reservation)
		l->memory_reservation = 0;
	if (!u->nano_cpus && !u->cpu_quota && !u->cpu_period)
		l->nano_cpus = l->cpu_quota = l->cpu_period = 0;
	if (!u->cpu_shares)
		l->cpu_shares = 0;
	if (!u->blkio_weight)
		l->blkio_weight = 0;
	if (!u->pids_limit)
		l->pids = 0;
	if (!u->cpuset_cpus || !*u->cpuset_cpus)
		l->cpuset_cpus = "";
	if (!u->cpuset_mems || !*u->cpuset_mems)
		l->cpuset_mems = "";
}

static int group_change(struct engine *g, const struct update *u, const struct container *c,
	struct err *e)
{
	const struct warn w = { say_warning, g };
	auto_cgroup struct cgroup cg = CGROUP_INIT;
	struct cgroup_limits l;
	char path[CGROUP_PATH_MAX];
	int rc;

	cgpath_of(g->store, c, path);
	rc = cgroup_open(&cg, path, e);
	limits_make(u, &c->config, &l);
	return rc < 0 ? rc : cgroup_update(&cg, &l, &w, e);
}

/* --- all of it -------------------------------------------------------------------------------- */

static int change(struct engine *g, const char *id, const struct update *u, struct err *e)
{
	auto_amend struct amend a = AMEND_INIT;
	int rc = amend_begin(g, id, &a, e);

	if (rc >= 0)
		rc = check_record(u, &a.c.config, e);
	if (rc < 0)
		return rc;
	merge(u, &a.c.config);
	if (a.monitor >= 0)
		rc = group_change(g, u, &a.c, e);
	if (rc >= 0)
		rc = amend_commit(g, &a, e);
	if (rc >= 0)
		event_container(g->store, &a.c, "update", NULL);
	return rc;
}

static int online_cpus(char *text, size_t size)
{
	bool set[CPU_MAX];
	int n = 0;

	if (file_read_small(AT_FDCWD, "/sys/devices/system/cpu/online", text, size) <= 0 ||
	    list_read(text, set) < 0)
		return 0;
	for (int i = 0; i < CPU_MAX; i++)
		n += set[i];
	return n;
}

int engine_update(struct engine *g, const char *id, const struct update *u, struct err *e)
{
	char online[256];
	int n = online_cpus(online, sizeof(online)), rc;

	rc = update_check(u, n ? online : NULL, n, e);
	if (rc < 0)
		return rc;
	rc = change(g, id, u, e);
	return rc < 0 && rc != -ENOENT ? err_wrap(e, "Cannot update container %s", id) : rc;
}
