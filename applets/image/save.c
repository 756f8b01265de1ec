// SPDX-License-Identifier: MIT
/* save.c - save: images into an archive that docker, podman and skopeo load.
 *
 * config SAVE
 *	bool "save: images into an archive"
 *	default y
 *	help
 *	  docker save and docker image save, in the layout of docker 20.10.
 */
#include <unistd.h>

#include "applets/applet.h"
#include "applets/bar.h"
#include "applets/outfile.h"
#include "core/engine/save.h"
#include "core/kern/userns.h"

struct save_opts {
	const char *output;
};

#define O struct save_opts
static const struct opt save_table[] = {
	OPT_TEXT(O, output, 'o', "output", "string", "Write to a file, instead of STDOUT"),
	OPT_END
};
#undef O

static int save_to(struct store *st, const struct strv *refs, int fd, struct err *e)
{
	struct bar bar;
	int rc;

	(void)!userns_own_files(NULL); /* without it the modes in layers count */
	rc = engine_save(st, refs, fd, bar_begin(&bar, "Saving", 0, false), e);
	bar_clear(&bar);
	return rc;
}

static int save_to_file(struct store *st, const struct strv *refs, const char *path, struct err *e)
{
	auto_outfile struct outfile out = OUTFILE_INIT;
	int rc = outfile_open(&out, "failed to save image", path, e);

	if (rc == 0)
		rc = save_to(st, refs, out.fd, e);
	return rc < 0 ? rc : outfile_done(&out, e);
}

static int save_run(const struct ctx *ctx, int argc, const char **argv, struct err *e)
{
	auto_store struct store st = STORE_INIT;
	struct save_opts o = { 0 };
	struct strv refs;
	int at = cmd_parse(ctx, argc, argv, &o, e), rc;

	if (at < 0)
		return at;
	if (!o.output && isatty(1))
		return cli_fail(e, "cowardly refusing to save to a terminal. Use the -o flag or "
				"redirect");
	rc = ctx_store(ctx, &st, e);
	if (rc < 0)
		return rc;
	refs = (struct strv){ argv + at, argc - at };
	return o.output ? save_to_file(&st, &refs, o.output, e) : save_to(&st, &refs, 1, e);
}

static const struct cmd save_cmds[] = {
	{ "save", "[OPTIONS] IMAGE [IMAGE...]",
	  "Save one or more images to a tar archive (streamed to STDOUT by default)", save_run,
	  save_table, .min = 1, .max = ARGS_ANY, .group = "image" },
	{ 0 }
};

const struct applet save_applet = {
	.name = "save",
	.cmds = save_cmds,
};
