// SPDX-License-Identifier: MIT
#include "core/engine/amend.h"

#include "core/engine/ask.h"
#include "core/os/clock.h"

enum { HOLD_NAP_MS = 10 };	/* between the lock and the monitor's socket */

/* The lock, or the monitor that has it; again while it is neither: about to start, or to end. */
static int hold(struct engine *g, const char *id, struct amend *a, struct err *e)
{
	int64_t end = clock_mono_ms() + ASK_LOCK_MS;

	for (;;) {
		a->lock = container_lock(g->store, id, e);
		if (a->lock != -EBUSY)
			return a->lock < 0 ? a->lock : 0;
		a->monitor = ask_connect(g, id, 0, e);
		if (a->monitor != -EBUSY)
			return a->monitor < 0 ? a->monitor : 0;
		if (clock_mono_ms() > end)
			return err_set(e, EBUSY, "container %.12s is in use by another command",
				id);
		clock_sleep_ms(HOLD_NAP_MS);
	}
}

int amend_begin(struct engine *g, const char *id, struct amend *a, struct err *e)
{
	int rc = engine_reconcile(g, id, e);

	if (rc >= 0)
		rc = a->gate = container_gate(g->store, id, ASK_LOCK_MS, e);
	if (rc >= 0)
		rc = hold(g, id, a, e);
	return rc < 0 ? rc : container_load(g->store, id, &a->c, g->mem, e);
}

static void names_of(struct amend *a)
{
	a->c.state.name = a->c.name;
}

/* It ended before it was told: now its record is ours, or that of another monitor. */
static int hold_again(struct engine *g, struct amend *a, struct err *e)
{
	int rc;

	close_at(&a->monitor);
	rc = hold(g, a->c.id, a, e);
	if (rc >= 0)
		rc = container_state_load(g->store, a->c.id, &a->c.state, g->mem, e);
	names_of(a);
	return rc;
}

int amend_commit(struct engine *g, struct amend *a, struct err *e)
{
	int rc;

	names_of(a);
	rc = container_record_save(g->store, &a->c, e);
	while (rc >= 0 && a->lock < 0) {
		rc = ask_answer(a->monitor, WIRE_RELOAD, "", 0, ASK_ANSWER_MS, e);
		if (rc != -EPIPE)
			return rc;
		rc = hold_again(g, a, e);
	}
	return rc < 0 ? rc : container_state_save(g->store, &a->c.state, true, e);
}

void amend_release(struct amend *a)
{
	close_at(&a->gate);
	close_at(&a->lock);
	close_at(&a->monitor);
	a->gate = a->lock = a->monitor = -1;
}
