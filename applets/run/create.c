// SPDX-License-Identifier: MIT
/* create.c - create a container without starting it.
 *
 * config CREATE
 *	bool "create: make a container without starting it"
 *	default y
 *	help
 *	  docker create: all flags of run, and the container is only recorded.
 */
#include <stdio.h>

#include "applets/run/runopts.h"
#include "applets/session.h"

#define O struct run_opts
static const struct opt create_table[] = {
	OPT_ROWS(run_rows_to_detach),
	OPT_ROWS(run_rows_to_pull),
	RUN_OPTS_TO_SIG_PROXY(O, "creating"),
	OPT_ROWS(run_rows_rest),
	OPT_END
};
#undef O

static int create_run(const struct ctx *ctx, int argc, const char **argv, struct err *e)
{
	auto_session struct session s = SESSION_INIT;
	struct container c;
	struct run_opts o;
	int at, rc;

	run_opts_init(&o);
	at = cmd_parse(ctx, argc, argv, &o, e);
	if (at < 0)
		return at;
	rc = session_open(ctx, &s, e);
	if (rc == 0)
		rc = run_create(ctx, &s.g, &o, argc - at, argv + at, &c, e);
	if (rc == 0)
		puts(c.id);
	return rc;
}

static const struct cmd create_cmds[] = {
	{ "create", "[OPTIONS] IMAGE [COMMAND] [ARG...]", "Create a new container", create_run,
	  create_table, .min = 1, .max = ARGS_ANY, .front = true, .group = "container" },
	{ 0 }
};

const struct applet create_applet = {
	.name = "create",
	.cmds = create_cmds,
};
