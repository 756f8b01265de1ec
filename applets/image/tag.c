// SPDX-License-Identifier: MIT
/* tag.c - tag: one more name for an image.
 *
 * config TAG
 *	bool "tag: one more name for an image"
 *	default y
 *	help
 *	  docker tag and docker image tag.
 */
#include "applets/applet.h"
#include "applets/image/imagecli.h"
#include "core/engine/event.h"

/* As it was typed, with its tag. */
static void tagged(const struct store *st, const char *id, const char *text)
{
	auto_str struct str name = STR_INIT;
	const char *last = strrchr(text, '/');

	str_addf(&name, "%s%s", text, strchr(last ? last : text, ':') ? "" : ":latest");
	event_image(st, id, "tag", name.s);
}

static int tag_run(const struct ctx *ctx, int argc, const char **argv, struct err *e)
{
	auto_store struct store st = STORE_INIT;
	char id[IMAGE_ID_LEN + 1];
	struct reference name;
	struct err why = { 0 };
	int at = cmd_parse(ctx, argc, argv, NULL, e), rc;

	if (at < 0)
		return at;
	if (reference_parse(argv[at + 1], &name, &why) < 0)
		return cli_fail(e, "Error parsing reference: \"%.200s\" is not a valid "
				"repository/tag: %s", argv[at + 1], why.msg);
	if (name.digest[0])
		return cli_fail(e, "refusing to create a tag with a digest reference");
	reference_default_tag(&name);
	rc = ctx_store(ctx, &st, e);
	if (rc == 0)
		rc = image_arg(&st, argv[at], id, e);
	if (rc == 0)
		rc = image_tag(&st, id, &name, e);
	if (rc == 0)
		tagged(&st, id, argv[at + 1]);
	return rc;
}

static const struct cmd tag_cmds[] = {
	{ "tag", "SOURCE_IMAGE[:TAG] TARGET_IMAGE[:TAG]",
	  "Create a tag TARGET_IMAGE that refers to SOURCE_IMAGE", tag_run, NULL,
	  .min = 2, .max = 2, .group = "image" },
	{ 0 }
};

const struct applet tag_applet = {
	.name = "tag",
	.cmds = tag_cmds,
};
