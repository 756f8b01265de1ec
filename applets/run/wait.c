// SPDX-License-Identifier: MIT
/* wait.c - wait until containers end and print their exit codes.
 *
 * config WAIT
 *	bool "wait: wait until containers end"
 *	default y
 *	help
 *	  docker wait: one exit code a line, in the order the containers were named.
 */
#include <stdio.h>

#include "applets/run/targets.h"

static int wait_one(struct session *s, const char *ref, const void *opts, struct err *e)
{
	char id[CONTAINER_ID_LEN + 1];
	int code, rc = container_find(&s->store, ref, id, e);

	(void)opts;
	if (rc == 0)
		rc = engine_wait(&s->g, id, &code, e);
	if (rc < 0)
		return rc;
	printf("%d\n", code);
	fflush(stdout);
	return 1;
}

static int wait_run(const struct ctx *ctx, int argc, const char **argv, struct err *e)
{
	int at = cmd_parse(ctx, argc, argv, NULL, e);

	return at < 0 ? at : targets_each(ctx, argc - at, argv + at, wait_one, NULL, e);
}

static const struct cmd wait_cmds[] = {
	{ "wait", "CONTAINER [CONTAINER...]",
	  "Block until one or more containers stop, then print their exit codes", wait_run, NULL,
	  .min = 1, .max = ARGS_ANY, .group = "container" },
	{ 0 }
};

const struct applet wait_applet = {
	.name = "wait",
	.cmds = wait_cmds,
};
