// SPDX-License-Identifier: MIT
/* export.c - export: a container's whole root as one tar.
 *
 * What is mounted in the container is not in the archive, its mount points are. A container
 * may run meanwhile.
 *
 * config EXPORT
 *	bool "export: a container's root as a tar"
 *	default y
 *	help
 *	  docker export and docker container export.
 */
#include <unistd.h>

#include "applets/bar.h"
#include "applets/outfile.h"
#include "applets/session.h"
#include "core/engine/export.h"

struct export_opts {
	const char *output;
};

#define O struct export_opts
static const struct opt export_table[] = {
	OPT_TEXT(O, output, 'o', "output", "string", "Write to a file, instead of STDOUT"),
	OPT_END
};
#undef O

static int export_to(struct session *s, const char *ref, int fd, struct err *e)
{
	char id[CONTAINER_ID_LEN + 1];
	struct bar bar;
	int rc = container_find(&s->store, ref, id, e);

	if (rc < 0)
		return rc;
	rc = engine_export(&s->g, id, fd, bar_begin(&bar, "Exporting", 0, false), e);
	bar_clear(&bar);
	return rc;
}

static int export_run(const struct ctx *ctx, int argc, const char **argv, struct err *e)
{
	auto_session struct session s = SESSION_INIT;
	auto_outfile struct outfile out = OUTFILE_INIT;
	struct export_opts o = { 0 };
	int at = cmd_parse(ctx, argc, argv, &o, e), rc;

	if (at < 0)
		return at;
	if (!o.output && isatty(1))
		return cli_fail(e, "cowardly refusing to save to a terminal. Use the -o flag or "
				"redirect");
	rc = o.output ? outfile_open(&out, "failed to export container", o.output, e) : 0;
	if (rc == 0)
		rc = session_open(ctx, &s, e);
	if (rc == 0)
		rc = export_to(&s, argv[at], o.output ? out.fd : 1, e);
	return rc < 0 || !o.output ? rc : outfile_done(&out, e);
}

static const struct cmd export_cmds[] = {
	{ "export", "[OPTIONS] CONTAINER", "Export a container's filesystem as a tar archive",
	  export_run, export_table, .min = 1, .max = 1, .group = "container" },
	{ 0 }
};

const struct applet export_applet = {
	.name = "export",
	.cmds = export_cmds,
};
