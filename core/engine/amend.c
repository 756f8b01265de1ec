// SPDX-License-Identifier: MIT
#include "core/engine/amend.h"

#include "core/engine/ask.h"
#include "core/os/clock.h"

enum {
	GATE_MS = 30000,	/* a restart may hold it as long as a stop takes */
	HOLD_MS = 10000,	/* between the lock and the monitor's socket */
	HOLD_NAP_MS = 10,
};

/* The lock, or the monitor that has it; again while it is neither: about to start, or to end. */
static int hold(struct engine *g, const char *id, struct amend *a, struct err *e)
{
	int64_t end = clock_mono_ms() + HOLD_MS;

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
		rc = a->gate = container_gate(g->store, id, GATE_MS, e);
	if (rc >= 0)
		rc = hold(g, id, a, e);
	return rc < 0 ? rc : container_load(g->store, id, &a->c, g->mem, e);
}

static void names_of(struct amend *a)
{
	a->c.state.name = a->c.name;
}

/* It ended before it was told: now its record is ours. */
static int commit_late(struct engine *g, struct amend *a, struct err *e)
{
	int rc;

	a->lock = container_lock_wait(g->store, a->c.id, HOLD_MS, e);
	if (a->lock < 0)
		return a->lock;
	rc = container_state_load(g->store, a->c.id, &a->c.state, g->mem, e);
	if (rc < 0)
		return rc;
	names_of(a);
	return container_state_save(g->store, &a->c.state, true, e);
}

int amend_commit(struct engine *g, struct amend *a, struct err *e)
{
	int rc;

	names_of(a);
	rc = container_record_save(g->store, &a->c, e);
	if (rc < 0)
		return rc;
	if (a->lock >= 0)
		return container_state_save(g->store, &a->c.state, true, e);
	rc = ask_answer(a->monitor, WIRE_RELOAD, "", 0, ASK_ANSWER_MS, e);
	return rc == -EPIPE ? commit_late(g, a, e) : rc;
}

void amend_release(struct amend *a)
{
	close_at(&a->gate);
	close_at(&a->lock);
	close_at(&a->monitor);
	a->gate = a->lock = a->monitor = -1;
}
