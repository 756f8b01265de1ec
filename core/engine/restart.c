// SPDX-License-Identifier: MIT
/* restart.c - a container's next life, and its next name.
 *
 * Restart: the gate is held from the stop to the start, so that what is stopped is what is
 * started. The plan is made anew: namespaces of other containers are looked up again, and a
 * container that is gone meanwhile is an error, never another one's namespace (Z14).
 *
 * Rename: the new name is reserved, the record written, the old name given up, in that order.
 * A crash leaves the container one name too many; whoever wants that name gets it, because the
 * record says another (container_name_take). */
#include "core/engine/amend.h"

#include "core/base/str.h"
#include "core/engine/ask.h"
#include "core/engine/event.h"

int engine_restart(struct engine *g, const char *id, int64_t timeout_s, struct err *e)
{
	auto_close int gate = container_gate(g->store, id, ASK_LOCK_MS, e);
	struct container c;
	int status, rc = gate < 0 ? gate : ask_stop(g, id, timeout_s, true, e);

	if (rc >= 0)
		rc = container_load(g->store, id, &c, g->mem, e);
	g->gate = gate;
	if (rc >= 0)
		rc = engine_start(g, &c, 0, NULL, &status, e);
	g->gate = 0;
	if (rc >= 0)
		event_container(g->store, &c, "restart", NULL);
	return rc < 0 ? err_wrap(e, "Cannot restart container %s", id) : 0;
}

static int name_reserve(struct engine *g, const char *name, const char *id, struct err *e)
{
	int rc = container_name_check(name, e);

	if (rc < 0 && e && strncmp(e->msg, "Invalid", 7) == 0)
		return err_set(e, EINVAL, "Error when allocating new name: Invalid container name "
			"(/%s), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed", name);
	if (rc >= 0)
		rc = container_name_take(g->store, name, id, e);
	return rc < 0 ? err_wrap(e, "Error when allocating new name") : 0;
}

static void renamed(struct engine *g, const struct container *c, const char *old)
{
	auto_str struct str was = STR_INIT;

	str_addf(&was, "/%s", old);
	event_container(g->store, c, "rename", "oldName", was.s, NULL);
}

int engine_rename(struct engine *g, const char *id, const char *name, struct err *e)
{
	auto_amend struct amend a = AMEND_INIT;
	const char *old;
	int rc = amend_begin(g, id, &a, e);

	if (rc < 0)
		return rc;
	name += name[0] == '/';
	old = a.c.name;
	if (strcmp(name, old) == 0)
		return err_set(e, EINVAL,
			"Renaming a container with the same name as its current name");
	rc = name_reserve(g, name, id, e);
	if (rc < 0)
		return rc;
	a.c.name = name;
	rc = amend_commit(g, &a, e);
	container_name_drop(g->store, rc < 0 ? name : old, id);
	if (rc >= 0)
		renamed(g, &a.c, old);
	return rc;
}
