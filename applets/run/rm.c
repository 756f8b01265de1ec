// SPDX-License-Identifier: MIT
/* rm.c - remove containers.
 *
 * config RM
 *	bool "rm: remove containers"
 *	default y
 *	help
 *	  docker rm. A running container is removed by force only.
 */
#include "applets/run/targets.h"

struct rm_opts {
	bool force, link, volumes;
};

#define O struct rm_opts
static const struct opt rm_table[] = {
	OPT_FLAG(O, force, 'f', "force", "Force the removal of a running container (uses SIGKILL)"),
	OPT_FLAG(O, link, 'l', "link", "Remove the specified link"),
	OPT_FLAG(O, volumes, 'v', "volumes",
		 "Remove anonymous volumes associated with the container"),
	OPT_END
};
#undef O

/* What is not there is no failure for --force, and then nothing is echoed. */
static int rm_missing(const struct rm_opts *o, const char *ref, struct err *e)
{
	if (!o->force)
		return cli_fail(e, "Error: No such container: %s", ref);
	err_line("Error: No such container: %s", ref);
	return 1;
}

/* Docker's client takes the slashes off: what is left must be something. */
static const char *trimmed(const char *ref, struct arena *mem)
{
	size_t n;

	ref += strspn(ref, "/");
	for (n = strlen(ref); n && ref[n - 1] == '/'; n--)
		;
	return strv_dup(ref, n, mem);
}

static int rm_one(struct session *s, const char *typed, const void *opts, struct err *e)
{
	const char *ref = trimmed(typed, s->g.mem);
	const struct rm_opts *o = opts;
	char id[CONTAINER_ID_LEN + 1];
	int rc = *ref ? container_find(&s->store, ref, id, e) : 0;

	if (!*ref)
		return cli_fail(e, "Container name cannot be empty");
	if (rc == 0 && o->link)
		return err_set(e, EBUSY,
			       "Conflict, cannot remove the default link name of the container");
	if (rc == 0)
		rc = engine_remove(&s->g, id, o->force, o->volumes, e);
	return rc == -ENOENT ? rm_missing(o, ref, e) : rc;
}

static int rm_run(const struct ctx *ctx, int argc, const char **argv, struct err *e)
{
	struct rm_opts o = { 0 };
	auto_session struct session s = SESSION_INIT;
	int at = cmd_parse(ctx, argc, argv, &o, e), rc;

	if (at < 0)
		return at;
	rc = targets_each(ctx, argc - at, argv + at, rm_one, &o, e);
	/* While we are at removing: what crashes left without a record goes too. */
	if (session_open(ctx, &s, NULL) >= 0)
		(void)!engine_reconcile(&s.g, NULL, NULL);
	return rc;
}

static const struct cmd rm_cmds[] = {
	{ "rm", "[OPTIONS] CONTAINER [CONTAINER...]", "Remove one or more containers", rm_run,
	  rm_table, .min = 1, .max = ARGS_ANY, .group = "container" },
	{ 0 }
};

const struct applet rm_applet = {
	.name = "rm",
	.cmds = rm_cmds,
};
