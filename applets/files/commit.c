// SPDX-License-Identifier: MIT
/* commit.c - commit: what a container changed becomes an image.
 *
 * A running container stands still meanwhile (-p=false: it does not). What is mounted in the
 * container is not part of the image.
 *
 * config COMMIT
 *	bool "commit: a container's changes become an image"
 *	default y
 *	help
 *	  docker commit and docker container commit, with --change.
 */
#include <stdio.h>

#include "applets/bar.h"
#include "applets/session.h"
#include "core/engine/commit.h"
#include "core/fmt/reference.h"
#include "core/os/clock.h"

struct commit_opts {
	const char *author, *message;
	struct strv changes;
	bool pause;
};

#define O struct commit_opts
static const struct opt commit_table[] = {
	OPT_TEXT(O, author, 'a', "author", "string",
		 "Author (e.g., \"John Hannibal Smith <hannibal@a-team.com>\")"),
	OPT_LIST(O, changes, 'c', "change", "list",
		 "Apply Dockerfile instruction to the created image"),
	OPT_TEXT(O, message, 'm', "message", "string", "Commit message"),
	OPT_FLAG(O, pause, 'p', "pause", "Pause container during commit (default true)"),
	OPT_END
};
#undef O

static int read_name(const char *text, struct str *out, struct err *e)
{
	struct err why = { 0 };
	struct reference r;

	if (reference_parse(text, &r, &why) < 0)
		return cli_fail(e, "%s", why.msg);
	if (r.digest[0])
		return cli_fail(e, "refusing to create a tag with a digest reference");
	reference_default_tag(&r);
	reference_text(&r, out);
	return 0;
}

static int commit_run(const struct ctx *ctx, int argc, const char **argv, struct err *e)
{
	auto_session struct session s = SESSION_INIT;
	auto_str struct str name = STR_INIT;
	struct commit_opts o = { .author = "", .message = "", .pause = true };
	struct commit_request r;
	struct bar bar;
	char id[CONTAINER_ID_LEN + 1], image[IMAGE_ID_LEN + 1];
	int at = cmd_parse(ctx, argc, argv, &o, e);
	int rc = at < 0 ? at : 0;

	if (rc == 0 && at + 1 < argc && *argv[at + 1])
		rc = read_name(argv[at + 1], &name, e);
	if (rc == 0)
		rc = session_open(ctx, &s, e);
	if (rc == 0)
		rc = container_find(&s.store, argv[at], id, e);
	if (rc < 0)
		return rc;
	r = (struct commit_request){
		.id = id, .name = name.s, .author = o.author, .message = o.message,
		.changes = o.changes, .pause = o.pause, .now_ns = clock_real_ns(),
	};
	r.progress = bar_begin(&bar, "Committing", 0, false);
	rc = engine_commit(&s.g, &r, image, e);
	bar_clear(&bar);
	session_warnings(&s);
	if (rc == 0)
		puts(image);
	return rc;
}

static const struct cmd commit_cmds[] = {
	{ "commit", "[OPTIONS] CONTAINER [REPOSITORY[:TAG]]",
	  "Create a new image from a container's changes", commit_run, commit_table, .min = 1,
	  .max = 2, .group = "container" },
	{ 0 }
};

const struct applet commit_applet = {
	.name = "commit",
	.cmds = commit_cmds,
};
