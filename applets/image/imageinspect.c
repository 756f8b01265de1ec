// SPDX-License-Identifier: MIT
/* imageinspect.c - image inspect: all that is known of images.
 *
 * config IMAGEINSPECT
 *	bool "image inspect: all that is known of images"
 *	default y
 *	help
 *	  docker image inspect.
 */
#include "applets/inspection.h"
#include "core/engine/imageinspect.h"

struct inspect_opts {
	const char *format;
};

#define O struct inspect_opts
static const struct opt inspect_table[] = {
	OPT_TEXT(O, format, 'f', "format", "string",
		 "Format the output using the given Go template"),
	OPT_END
};
#undef O

static const char *const maps[] = { "Labels", "Volumes", "ExposedPorts", NULL };
static const char *const lists[] = {
	"RepoTags", "RepoDigests", "Env", "Cmd", "Entrypoint", "OnBuild", "Shell", "Layers", NULL
};
static const char *const optional[] = { "Healthcheck", "ExposedPorts", "Variant", NULL };
static const struct template_names names = { .maps = maps, .lists = lists, .optional = optional };

static int inspect_run(const struct ctx *ctx, int argc, const char **argv, struct err *e)
{
	auto_inspection struct inspection in = INSPECTION_INIT;
	auto_store struct store st = STORE_INIT;
	struct inspect_opts o = { 0 };
	int at = cmd_parse(ctx, argc, argv, &o, e);
	int rc = at < 0 ? at : inspection_begin(&in, o.format, ctx->mem, e);

	if (rc >= 0)
		rc = ctx_store(ctx, &st, e);
	if (rc < 0)
		return rc;
	for (; at < argc; at++) {
		struct err why = { 0 };
		json_t *doc = engine_image_inspect(&st, argv[at], &why);

		if (doc)
			inspection_add(&in, doc, &names, "ID");
		else
			inspection_error(&in, "%s: %s",
					 why.code == ENOENT ? "Error"
							    : "Error response from daemon",
					 why.msg);
	}
	return inspection_end(&in);
}

static const struct cmd imageinspect_cmds[] = {
	{ NULL, "[OPTIONS] IMAGE [IMAGE...]", "Display detailed information on one or more images",
	  inspect_run, inspect_table, .min = 1, .max = ARGS_ANY, .group = "image",
	  .as = "inspect" },
	{ 0 }
};

const struct applet imageinspect_applet = {
	.name = "imageinspect",
	.cmds = imageinspect_cmds,
};
