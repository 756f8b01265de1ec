// SPDX-License-Identifier: MIT
/* stop.c - end containers gently, then not.
 *
 * config STOP
 *	bool "stop: end containers gently, then not"
 *	default y
 *	help
 *	  docker stop: the stop signal, and SIGKILL after some seconds.
 */
#include "applets/run/targets.h"

struct stop_opts {
	int64_t time;
};

#define O struct stop_opts
static const struct opt stop_table[] = {
	OPT_INT(O, time, 't', "time", "Seconds to wait for stop before killing it (default 10)"),
	OPT_END
};
#undef O

static int stop_one(struct session *s, const char *ref, const void *opts, struct err *e)
{
	const struct stop_opts *o = opts;
	char id[CONTAINER_ID_LEN + 1];
	int rc = container_find(&s->store, ref, id, e);

	return rc < 0 ? rc : engine_stop(&s->g, id, o->time, e);
}

static int stop_run(const struct ctx *ctx, int argc, const char **argv, struct err *e)
{
	struct stop_opts o = { .time = OPT_UNSET };
	int at = cmd_parse(ctx, argc, argv, &o, e);

	if (at < 0)
		return at;
	o.time = targets_time(o.time);
	return targets_each(ctx, argc - at, argv + at, stop_one, &o, e);
}

static const struct cmd stop_cmds[] = {
	{ "stop", "[OPTIONS] CONTAINER [CONTAINER...]", "Stop one or more running containers",
	  stop_run, stop_table, .min = 1, .max = ARGS_ANY, .group = "container" },
	{ 0 }
};

const struct applet stop_applet = {
	.name = "stop",
	.cmds = stop_cmds,
};
