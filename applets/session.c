// SPDX-License-Identifier: MIT
#include "applets/session.h"

#include "build/gen/config.h"
#include "core/engine/health.h"
#include "core/engine/stub.h"

int session_open(const struct ctx *ctx, struct session *s, struct err *e)
{
	int rc = ctx_store(ctx, &s->store, e);

	s->g = (struct engine){ .store = &s->store, .mem = ctx->mem };
	s->argv = ctx->argv;
	return rc;
}

void session_release(struct session *s)
{
	store_release(&s->store);
}

void session_warnings(struct session *s)
{
	for (size_t i = 0; i < s->g.warnings.n; i++)
		err_line("WARNING: %s", s->g.warnings.v[i]);
	s->g.warnings.n = 0;
}

int session_find(struct session *s, const char *ref, char id[static CONTAINER_ID_LEN + 1],
	struct err *e)
{
	int rc = container_find(&s->store, ref, id, e);

	if (rc == -ENOENT)
		return err_set(e, CLI_E_PLAIN, "Error: No such container: %s", ref);
	return rc;
}

int session_seal(const struct session *s, const struct container_config *c, struct err *e)
{
	bool probes = CFG_HEALTH && health_wanted(&c->health);

	return *c->pid_mode || probes ? self_seal(s->argv, e) : 0;
}
