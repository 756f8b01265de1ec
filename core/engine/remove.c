// SPDX-License-Identifier: MIT
/* remove.c - take a container away.
 *
 *   1 a running one: refused, or with force its monitor is asked to kill it; one that does
 *     not answer is killed with its container (ask_kill)
 *   2 take the lock, so that nobody starts it meanwhile
 *   3 what a monitor that died left: processes and control group
 *   4 the record, the name, the directories, in that order: a crash leaves a directory
 *     without a record, which engine_reconcile takes away
 *
 * Nothing is written, so a full disk is no hindrance. */
#include "build/gen/config.h"
#include "core/engine/ask.h"
#include "core/engine/endpoints.h"
#include "core/engine/event.h"
#include "core/engine/reconcile.h"
#include "core/engine/volumes.h"
#include "core/os/clock.h"

#include <signal.h>

enum {
	EXIT_MS = 10000, /* after SIGKILL */
	LOCK_TRY_MS = 200,
};

/* Docker's sentence. */
static int refuse(const struct container_state *st, struct err *e)
{
	bool paused = st->status == CONTAINER_PAUSED;

	return err_set(e, EBUSY,
		"You cannot remove a %s container %s. %s before attempting removal or force remove",
		container_status_text(st->status), st->id,
		paused ? "Unpause and then stop the container" : "Stop the container");
}

/* SIGKILL by its monitor, as a stop, so that no restart policy has its say. */
static int kill_asked(struct engine *g, const char *id, struct err *e)
{
	static const unsigned char now[5] = { SIGKILL };
	auto_close int fd = ask_connect(g, id, WIRE_WANT_EXIT, e);
	int code, rc = fd < 0 ? fd : ask_done(fd, WIRE_STOP, now, sizeof(now), ASK_ANSWER_MS, e);

	if (rc >= 0)
		rc = ask_exit(fd, EXIT_MS, &code, e);
	return rc == -EBUSY || rc == -ECONNRESET ? 0 : rc; /* it ended before we came */
}

static int end_first(struct engine *g, const struct container_state *st, bool force, struct err *e)
{
	int rc;

	if (!container_runs(st))
		return 0;
	if (!force)
		return refuse(st, e);
	rc = kill_asked(g, st->id, e);
	return rc == -ETIMEDOUT ? ask_kill(g, st, e) : rc;
}

/* End it if it runs, and take its lock; again while others are at work on it. *lock is negative
 * where none can be had because the disk is full: then no monitor can be started either. */
static int hold_ended(struct engine *g, const char *id, bool force, struct container_state *st,
	int *lock, struct err *e)
{
	int64_t end = clock_mono_ms() + ASK_LOCK_MS;

	for (;;) {
		int rc = container_state_load(g->store, id, st, g->mem, e);

		if (rc >= 0)
			rc = end_first(g, st, force, e);
		if (rc < 0)
			return rc;
		*lock = container_lock_wait(g->store, id, LOCK_TRY_MS, e);
		if (*lock >= 0 || *lock == -ENOSPC || *lock == -EDQUOT)
			return 0;
		if (*lock != -ETIMEDOUT)
			return *lock;
		if (clock_mono_ms() > end)
			return err_set(e, EBUSY, "removal of container %s is already in progress",
				id);
	}
}

static bool ended_well(const struct container_state *st)
{
	return !st->lost && !st->damaged &&
		(st->status == CONTAINER_CREATED || st->status == CONTAINER_EXITED);
}

int engine_remove(struct engine *g, const char *id, bool force, bool volumes, struct err *e)
{
	auto_close int lock = -1;
	struct container_state st;
	struct container c;
	bool known;
	int rc = hold_ended(g, id, force, &st, &lock, e);

	if (rc < 0)
		return rc;
	if (!container_recorded(g->store, id)) { /* --rm, or another command, was faster */
		rc = container_remove(g->store, id, "", e);
		return rc < 0 || force ? rc : err_set(e, ENOENT, "No such container: %s", id);
	}
	if (!ended_well(&st)) {
		rc = reconcile_kill(g, &st, e);
		if (rc < 0)
			return rc;
	}
	known = container_load(g->store, id, &c, g->mem, NULL) >= 0;
	if (CFG_BRIDGES && known && !ended_well(&st)) /* its monitor did not */
		endpoints_forget(g, &c);
	rc = volumes || st.auto_remove ? volumes_remove_with(g, id, st.name, e)
				       : container_remove(g->store, id, st.name, e);
	if (rc >= 0 && known)
		event_container(g->store, &c, "destroy", NULL);
	if (rc >= 0 && !*st.name) /* a damaged record does not know its name */
		(void)!container_names_sweep(g->store, NULL);
	return rc;
}
