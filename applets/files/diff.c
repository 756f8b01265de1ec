// SPDX-License-Identifier: MIT
/* diff.c - diff: what a container changed in its image.
 *
 * One line a file: A (added), C (changed) or D (deleted), and its path; in the order of paths.
 *
 * config DIFF
 *	bool "diff: what a container changed"
 *	default y
 *	help
 *	  docker diff and docker container diff.
 */
#include <stdio.h>

#include "applets/session.h"
#include "core/base/text.h"
#include "core/engine/diff.h"

static int diff_run(const struct ctx *ctx, int argc, const char **argv, struct err *e)
{
	static const char letters[] = { [CHANGE_MODIFY] = 'C', [CHANGE_ADD] = 'A',
					[CHANGE_DELETE] = 'D' };
	auto_session struct session s = SESSION_INIT;
	auto_changes struct changes found = { 0 };
	char id[CONTAINER_ID_LEN + 1];
	int at = cmd_parse(ctx, argc, argv, NULL, e);
	int rc = at < 0 ? at : session_open(ctx, &s, e);

	if (rc == 0 && !*argv[at])
		return cli_fail(e, "Container name cannot be empty");
	if (rc == 0)
		rc = container_find(&s.store, argv[at], id, e);
	if (rc == 0)
		rc = engine_diff(&s.g, id, &found, e);
	for (size_t i = 0; i < found.n; i++) {
		auto_str struct str line = STR_INIT;

		/* a newline in a name is escaped too: one line a file */
		text_safe(&line, found.v[i].path, strlen(found.v[i].path));
		printf("%c %s\n", letters[found.v[i].kind], line.s);
	}
	return rc;
}

static const struct cmd diff_cmds[] = {
	{ "diff", "CONTAINER",
	  "Inspect changes to files or directories on a container's filesystem", diff_run, NULL,
	  .min = 1, .max = 1, .group = "container" },
	{ 0 }
};

const struct applet diff_applet = {
	.name = "diff",
	.cmds = diff_cmds,
};
