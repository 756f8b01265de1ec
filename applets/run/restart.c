// SPDX-License-Identifier: MIT
/* restart.c - end containers and start them again.
 *
 * config RESTART
 *	bool "restart: end containers and start them again"
 *	default y
 *	help
 *	  docker restart. One that does not run is started.
 */
#include "applets/run/targets.h"

struct restart_opts {
	int64_t time;
};

#define O struct restart_opts
static const struct opt restart_table[] = {
	OPT_INT(O, time, 't', "time",
		"Seconds to wait for stop before killing the container (default 10)"),
	OPT_END
};
#undef O

static int restart_one(struct session *s, const char *ref, const void *opts, struct err *e)
{
	const struct restart_opts *o = opts;
	char id[CONTAINER_ID_LEN + 1];
	int rc = container_find(&s->store, ref, id, e);

	return rc < 0 ? rc : engine_restart(&s->g, id, o->time, e);
}

/* Before the first is stopped: some of them may need us sealed, and that begins all anew. */
static int seal_for_all(const struct ctx *ctx, int n, const char **refs, struct err *e)
{
	auto_session struct session s = SESSION_INIT;
	char id[CONTAINER_ID_LEN + 1];
	struct container c;
	int rc = session_open(ctx, &s, e);

	for (int i = 0; i < n && rc >= 0; i++) {
		if (container_find(&s.store, refs[i], id, NULL) >= 0 &&
		    container_load(&s.store, id, &c, s.g.mem, NULL) >= 0)
			rc = session_seal(&s, &c.config, e);
	}
	return rc;
}

static int restart_run(const struct ctx *ctx, int argc, const char **argv, struct err *e)
{
	struct restart_opts o = { .time = OPT_UNSET };
	int at = cmd_parse(ctx, argc, argv, &o, e), rc;

	if (at < 0)
		return at;
	o.time = targets_time(o.time);
	rc = seal_for_all(ctx, argc - at, argv + at, e);
	return rc < 0 ? rc : targets_each(ctx, argc - at, argv + at, restart_one, &o, e);
}

static const struct cmd restart_cmds[] = {
	{ "restart", "[OPTIONS] CONTAINER [CONTAINER...]", "Restart one or more containers",
	  restart_run, restart_table, .min = 1, .max = ARGS_ANY, .group = "container" },
	{ 0 }
};

const struct applet restart_applet = {
	.name = "restart",
	.cmds = restart_cmds,
};
