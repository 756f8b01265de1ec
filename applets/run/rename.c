// SPDX-License-Identifier: MIT
/* rename.c - give a container another name.
 *
 * config RENAME
 *	bool "rename: give a container another name"
 *	default y
 *	help
 *	  docker rename, of running and of stopped containers.
 */
#include "applets/session.h"

static bool blank(const char *s)
{
	return !s[strspn(s, " \t\r\n\v\f")];
}

static int rename_run(const struct ctx *ctx, int argc, const char **argv, struct err *e)
{
	auto_session struct session s = SESSION_INIT;
	char id[CONTAINER_ID_LEN + 1];
	struct err why = { 0 };
	int at = cmd_parse(ctx, argc, argv, NULL, e), rc;

	if (at < 0)
		return at;
	if (blank(argv[at]) || blank(argv[at + 1]))
		return cli_fail(e, "Error: Neither old nor new names may be empty");
	rc = session_open(ctx, &s, e);
	if (rc < 0)
		return rc;
	rc = container_find(&s.store, argv[at], id, &why);
	if (rc >= 0)
		rc = engine_rename(&s.g, id, argv[at + 1], &why);
	if (rc >= 0)
		return 0;
	err_line("Error response from daemon: %s", why.msg);
	return cli_fail(e, "Error: failed to rename container named %s", argv[at]);
}

static const struct cmd rename_cmds[] = {
	{ "rename", "CONTAINER NEW_NAME", "Rename a container", rename_run, NULL, .min = 2,
	  .max = 2, .group = "container" },
	{ 0 }
};

const struct applet rename_applet = {
	.name = "rename",
	.cmds = rename_cmds,
};
