// SPDX-License-Identifier: MIT
/* pause.c - let containers stand still, and go on.
 *
 * The kernel's freezer does it: cgroup v1's, or cgroup v2's from Linux 5.2. Memory, files and
 * connections stay as they are. Without one the sentence names what is missing.
 *
 * config PAUSE
 *	bool "pause, unpause: let containers stand still"
 *	default y
 *	help
 *	  docker pause and docker unpause, by the freezer cgroup.
 */
#include "applets/run/targets.h"

static int pause_one(struct session *s, const char *ref, const void *opts, struct err *e)
{
	const bool *on = opts;
	char id[CONTAINER_ID_LEN + 1];
	int rc = container_find(&s->store, ref, id, e);

	return rc < 0 ? rc : engine_pause(&s->g, id, *on, e);
}

static int pause_all(const struct ctx *ctx, int argc, const char **argv, bool on, struct err *e)
{
	int at = cmd_parse(ctx, argc, argv, NULL, e);

	return at < 0 ? at : targets_each(ctx, argc - at, argv + at, pause_one, &on, e);
}

static int pause_run(const struct ctx *ctx, int argc, const char **argv, struct err *e)
{
	return pause_all(ctx, argc, argv, true, e);
}

static int unpause_run(const struct ctx *ctx, int argc, const char **argv, struct err *e)
{
	return pause_all(ctx, argc, argv, false, e);
}

static const struct cmd pause_cmds[] = {
	{ "pause", "CONTAINER [CONTAINER...]",
	  "Pause all processes within one or more containers", pause_run, NULL, .min = 1,
	  .max = ARGS_ANY, .group = "container" },
	{ "unpause", "CONTAINER [CONTAINER...]",
	  "Unpause all processes within one or more containers", unpause_run, NULL, .min = 1,
	  .max = ARGS_ANY, .group = "container" },
	{ 0 }
};

const struct applet pause_applet = {
	.name = "pause",
	.cmds = pause_cmds,
};
