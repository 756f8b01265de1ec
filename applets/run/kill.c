// SPDX-License-Identifier: MIT
/* kill.c - send a signal to containers.
 *
 * config KILL
 *	bool "kill: send a signal to containers"
 *	default y
 *	help
 *	  docker kill: SIGKILL, or the signal of --signal.
 */
#include "applets/run/targets.h"
#include "core/base/num.h"
#include "core/fmt/signame.h"

struct kill_opts {
	const char *signal;
};

#define O struct kill_opts
static const struct opt kill_table[] = {
	OPT_TEXT(O, signal, 's', "signal", "string",
		 "Signal to send to the container (default \"KILL\")"),
	OPT_END
};
#undef O

enum { SIGNAL_MAX = 64 };

static int kill_one(struct session *s, const char *ref, const void *opts, struct err *e)
{
	const struct kill_opts *o = opts;
	char id[CONTAINER_ID_LEN + 1];
	int64_t n;
	int signo, rc;

	if (num_int10(o->signal, &n, NULL) == 0 && n > SIGNAL_MAX)
		return err_set(e, EINVAL, "Cannot kill container: %s: The linux daemon does not "
					  "support signal %lld", ref, (long long)n);
	rc = signame_parse(o->signal, e);
	if (rc < 0)
		return rc;
	signo = rc;
	rc = container_find(&s->store, ref, id, e);
	if (rc == 0)
		rc = engine_kill(&s->g, id, signo, e);
	return rc < 0 ? err_wrap(e, "Cannot kill container: %s", ref) : 0;
}

static int kill_run(const struct ctx *ctx, int argc, const char **argv, struct err *e)
{
	struct kill_opts o = { .signal = "KILL" };
	int at = cmd_parse(ctx, argc, argv, &o, e);

	return at < 0 ? at : targets_each(ctx, argc - at, argv + at, kill_one, &o, e);
}

static const struct cmd kill_cmds[] = {
	{ "kill", "[OPTIONS] CONTAINER [CONTAINER...]", "Kill one or more running containers",
	  kill_run, kill_table, .min = 1, .max = ARGS_ANY, .group = "container" },
	{ 0 }
};

const struct applet kill_applet = {
	.name = "kill",
	.cmds = kill_cmds,
};
