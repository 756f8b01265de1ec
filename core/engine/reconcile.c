// SPDX-License-Identifier: MIT
/* reconcile.c - put right what a crash left.
 *
 * A record that says "running" while nobody holds the container's lock: its monitor was
 * killed, or the machine went down.
 *   1 take the lock; look again, another command may have been faster
 *   2 kill what is left in the control group and remove it. The first process died with its
 *     monitor, and with a pid namespace of its own all others did; without one they live on
 *   3 record the end: 137 when its monitor died, 255 when the machine did; a --rm container
 *     is removed instead
 * A --rm container that has ended and that no command is about to start again (see gate in
 * container.h): a restart that did not get through. It is removed.
 *
 * A directory without a record that nobody holds: a create or a remove that did not get
 * through. It is removed. Mounts need nothing: they went with the container's namespace.
 *
 * Nothing here believes a pid alone (Z11): the group is found by its name, which goes with
 * a reboot, and only where there are no groups the first process by its start time. */
#include "build/gen/config.h"
#include "core/engine/ask.h"
#include "core/engine/cgpath.h"
#include "core/engine/endpoints.h"
#include "core/engine/event.h"
#include "core/engine/reconcile.h"
#include "core/engine/volumes.h"
#include "core/os/clock.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

enum {
	KILL_MS = 60000,
	YOUNG_S = 5, /* a directory this young may be a create that has not taken its lock yet */
};

int reconcile_kill(struct engine *g, const struct container_state *st, struct err *e)
{
	auto_cgroup struct cgroup cg = CGROUP_INIT;
	char path[CGROUP_PATH_MAX];
	int rc;

	cgpath_find(g->store, st->id, path);
	rc = cgroup_open(&cg, path, e);
	if (rc < 0)
		return rc;
	cg.above_too = cgpath_is_own(g->store, path);
	if (cg.mode == CGROUP_NONE) {
		ask_kill_first(st);
		return 0;
	}
	rc = cgroup_kill(&cg, KILL_MS, e);
	if (rc < 0 && rc != -ENOENT && rc != -ENOTSUP)
		return rc;
	return cgroup_remove(&cg, e);
}

/* What its monitor would have told. */
static void tell_end(struct engine *g, const struct container_state *st)
{
	struct container c;

	if (container_load(g->store, st->id, &c, g->mem, NULL) < 0)
		return;
	if (CFG_BRIDGES)
		endpoints_forget(g, &c);
	event_number(g->store, &c, "die", "exitCode", st->exit_code);
	event_volumes(g->store, &c, "unmount");
	if (st->auto_remove)
		event_container(g->store, &c, "destroy", NULL);
}

static int record_end(struct engine *g, struct container_state *st, struct err *e)
{
	tell_end(g, st);
	if (st->auto_remove)
		return volumes_remove_with(g, st->id, st->name, e);
	st->status = CONTAINER_EXITED;
	st->pid = st->monitor_pid = 0;
	st->pid_start = 0;
	st->finished_ns = clock_real_ns();
	return container_state_save(g->store, st, true, e);
}

/* `lost` is what was read before the lock was ours: it knows which end to record. */
static int reconcile_lost(struct engine *g, const struct container_state *lost, struct err *e)
{
	auto_close int lock = container_lock(g->store, lost->id, e);
	struct container_state st;
	int rc;

	if (lock < 0)
		return lock == -EBUSY ? 0 : lock;
	rc = container_state_load(g->store, lost->id, &st, g->mem, e);
	if (rc < 0 || !container_runs(&st)) /* the lock is ours, so it is told as it stands */
		return rc == -ENOENT ? 0 : rc;
	rc = reconcile_kill(g, &st, e);
	if (rc < 0)
		return rc;
	st.exit_code = lost->exit_code;
	return record_end(g, &st, e);
}

static bool changed_lately(int dir)
{
	int64_t now = clock_real_ns() / 1000000000;
	struct stat st;

	return dir >= 0 && fstat(dir, &st) == 0 && now >= st.st_mtime &&
		now - st.st_mtime < YOUNG_S;
}

/* Is there something, and for long enough? */
static bool left_behind(struct store *s, const char *id)
{
	auto_close int live = container_state_dir(s, id, false, NULL);
	auto_close int dir = container_dir(s, id, false, NULL);

	return (live >= 0 || dir >= 0) && !changed_lately(live) && !changed_lately(dir);
}

static int reconcile_orphan(struct engine *g, const char *id, struct err *e)
{
	struct container_state st = { .pid = 0 };
	auto_close int lock = -1;
	int rc;

	if (container_locked(g->store, id) || !left_behind(g->store, id))
		return 0;
	lock = container_lock(g->store, id, e);
	if (lock < 0)
		return lock == -EBUSY ? 0 : lock;
	if (container_recorded(g->store, id))
		return 0;
	snprintf(st.id, sizeof(st.id), "%s", id);
	rc = reconcile_kill(g, &st, e);
	return rc < 0 ? rc : container_remove(g->store, id, "", e);
}

/* A --rm container that was stopped to be started again, by a command that did not come to it. */
static int reconcile_kept(struct engine *g, const char *id, struct err *e)
{
	auto_close int gate = container_gate(g->store, id, 0, NULL), lock = -1;
	struct container_state st;
	int rc;

	if (gate < 0)
		return 0;
	lock = container_lock(g->store, id, e);
	if (lock < 0)
		return lock == -EBUSY ? 0 : lock;
	rc = container_state_load(g->store, id, &st, g->mem, e);
	if (rc < 0 || st.status != CONTAINER_EXITED)
		return rc == -ENOENT ? 0 : rc;
	return container_remove(g->store, id, st.name, e);
}

static int reconcile_one(struct engine *g, const char *id, struct err *e)
{
	struct container_state st;
	int rc;

	if (!container_recorded(g->store, id))
		return reconcile_orphan(g, id, e);
	rc = container_state_load(g->store, id, &st, g->mem, e);
	if (rc < 0)
		return rc == -ENOENT ? 0 : rc;
	if (st.auto_remove && st.status == CONTAINER_EXITED && !st.lost && !st.damaged)
		return reconcile_kept(g, id, e);
	return st.lost ? reconcile_lost(g, &st, e) : 0;
}

/* All of them, whatever happens to one; the first error is told. */
static int reconcile_all(struct engine *g, struct err *e)
{
	struct strv ids;
	int first = container_list_dirs(g->store, &ids, g->mem, e);

	if (first < 0)
		return first;
	for (size_t i = 0; i < ids.n; i++) {
		int rc = reconcile_one(g, ids.v[i], first < 0 ? NULL : e);

		first = first < 0 ? first : rc;
	}
	return first < 0 ? first : container_names_sweep(g->store, e);
}

int engine_reconcile(struct engine *g, const char *id, struct err *e)
{
	return id ? reconcile_one(g, id, e) : reconcile_all(g, e);
}
