// SPDX-License-Identifier: MIT
/* save.c - save: images into an archive that docker, podman and skopeo load.
 *
 * config SAVE
 *	bool "save: images into an archive"
 *	default y
 *	help
 *	  docker save and docker image save, in the layout of docker 20.10.
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "applets/applet.h"
#include "core/engine/save.h"
#include "core/os/rand.h"

struct save_opts {
	const char *output;
};

#define O struct save_opts
static const struct opt save_table[] = {
	OPT_TEXT(O, output, 'o', "output", "string", "Write to a file, instead of STDOUT"),
	OPT_END
};
#undef O

/* What stands there must be a file or nothing, and its directory must be there. */
static int check_output(const char *path, bool *plain, struct err *e)
{
	auto_str struct str dir = STR_INIT;
	const char *slash = strrchr(path, '/');
	struct stat sb;

	*plain = stat(path, &sb) < 0 || S_ISREG(sb.st_mode);
	if (!slash)
		return 0;
	str_add(&dir, path, slash == path ? 1 : slash - path);
	if (stat(dir.s, &sb) < 0 || !S_ISDIR(sb.st_mode))
		return cli_fail(e, "failed to save image: invalid output path: directory "
				"\"%s\" does not exist", dir.s);
	return 0;
}

/* A regular file gets its name when it is whole. */
static int save_to_file(struct store *st, const struct strv *refs, const char *path, struct err *e)
{
	auto_str struct str temp = STR_INIT;
	auto_close int fd = -1;
	char hex[17];
	bool plain;
	int rc = check_output(path, &plain, e);

	if (rc < 0)
		return rc;
	if (plain)
		str_addf(&temp, "%s.%s.tmp", path, rand_hex(hex, 8));
	else
		str_puts(&temp, path);
	fd = open(temp.s, O_WRONLY | O_CLOEXEC | (plain ? O_CREAT | O_EXCL : 0), 0600);
	if (fd < 0) {
		err_sys(e, "open %s", temp.s);
		return cli_fail(e, "failed to save image: open %s: %s", path,
			strerror(e ? e->code : 0));
	}
	rc = engine_save(st, refs, fd, e);
	if (rc == 0 && plain && rename(temp.s, path) < 0)
		rc = err_sys(e, "rename %s", temp.s);
	if (rc < 0 && plain)
		unlink(temp.s);
	return rc;
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
	return o.output ? save_to_file(&st, &refs, o.output, e) : engine_save(&st, &refs, 1, e);
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
