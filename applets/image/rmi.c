// SPDX-License-Identifier: MIT
/* rmi.c - rmi, image prune: take images away.
 *
 * config RMI
 *	bool "rmi, image prune: take images away"
 *	default y
 *	help
 *	  docker rmi, docker image rm and docker image prune.
 */
#include <stdio.h>

#include "applets/applet.h"
#include "applets/image/imagecli.h"
#include "core/base/num.h"
#include "core/engine/imagerm.h"
#include "core/fmt/human.h"
#include "core/fmt/when.h"
#include "core/os/clock.h"

struct rmi_opts {
	bool force, no_prune;
};

#define O struct rmi_opts
static const struct opt rmi_table[] = {
	OPT_FLAG(O, force, 'f', "force", "Force removal of the image"),
	OPT_FLAG(O, no_prune, 0, "no-prune", "Do not delete untagged parents"),
	OPT_END
};
#undef O

/* Every image is tried; what failed is said at the end, as Docker does. */
static int rmi_run(const struct ctx *ctx, int argc, const char **argv, struct err *e)
{
	auto_store struct store st = STORE_INIT;
	auto_str struct str errors = STR_INIT;
	struct rmi_opts o = { 0 };
	bool fatal = false;
	unsigned flags;
	int at = cmd_parse(ctx, argc, argv, &o, e);
	int rc = at < 0 ? at : ctx_store(ctx, &st, e);

	if (rc < 0)
		return rc;
	flags = (o.force ? IMAGE_RM_FORCE : 0) | (o.no_prune ? IMAGE_RM_NO_PRUNE : 0);
	for (; at < argc; at++) {
		struct err why = { 0 };

		rc = engine_image_remove(&st, argv[at], flags, image_gone_line, NULL, &why);
		if (rc == 0)
			continue;
		fatal |= rc != -ENOENT;
		str_addf(&errors, "%s%s: %s", errors.len ? "\n" : "",
			 rc == -ENOENT ? "Error" : "Error response from daemon", why.msg);
	}
	if (errors.len)
		err_line("%s", errors.s);
	return errors.len && (!o.force || fatal);
}

/* --- image prune ---------------------------------------------------------- */

struct prune_opts {
	bool all, force;
	struct strv filters;
};

#define O struct prune_opts
static const struct opt prune_table[] = {
	OPT_FLAG(O, all, 'a', "all", "Remove all unused images, not just dangling ones"),
	OPT_LIST_OK(O, filters, 0, "filter", "filter",
		    "Provide filter values (e.g. 'until=<timestamp>')", image_filter_check),
	OPT_FLAG(O, force, 'f', "force", "Do not prompt for confirmation"),
	OPT_END
};
#undef O

static int prune_filters(const struct prune_opts *o, struct image_prune *how, struct arena *mem,
			 struct err *e)
{
	bool yes;
	int rc = 0;

	for (size_t i = 0; i < o->filters.n && rc == 0; i++) {
		const char *name, *value;

		rc = image_filter_split(o->filters.v[i], &value, mem, &name, e);
		if (rc < 0)
			return rc;
		if (strcmp(name, "label") == 0)
			strv_add(&how->labels, value, mem);
		else if (strcmp(name, "label!") == 0)
			strv_add(&how->not_labels, value, mem);
		else if (strcmp(name, "until") == 0)
			rc = when_parse(value, clock_real_ns(), &how->until_ns, e);
		else if (strcmp(name, "dangling") == 0 && num_bool(value, &yes, NULL) == 0)
			how->all = !yes;
		else
			rc = err_set(e, EINVAL, "Invalid filter '%.64s'",
				     strcmp(name, "dangling") ? name : o->filters.v[i]);
	}
	return rc;
}

static void prune_line(void *arg, bool untagged, const char *what)
{
	auto_str struct str line = STR_INIT;
	bool *any = arg;

	str_addf(&line, "%s%s: %s\n", *any ? "" : "Deleted Images:\n",
		 untagged ? "untagged" : "deleted", what);
	*any = true;
	out_safe(line.s, line.len);
}

static int prune_run(const struct ctx *ctx, int argc, const char **argv, struct err *e)
{
	auto_store struct store st = STORE_INIT;
	auto_str struct str size = STR_INIT;
	struct prune_opts o = { 0 };
	struct image_prune how = { 0 };
	uint64_t reclaimed = 0;
	bool any = false;
	int rc = cmd_parse(ctx, argc, argv, &o, e);

	if (rc < 0)
		return rc;
	how.all = o.all;
	rc = prune_filters(&o, &how, ctx->mem, e);
	if (rc < 0)
		return rc;
	if (o.force ||
	    confirmed(how.all ? "images without at least one container associated to them"
			      : "dangling images")) {
		rc = ctx_store(ctx, &st, e);
		if (rc == 0)
			rc = engine_image_prune(&st, &how, prune_line, &any, &reclaimed, e);
		if (rc < 0)
			return rc;
	}
	human_size(reclaimed, 4, &size);
	printf("%sTotal reclaimed space: %s\n", any ? "\n" : "", size.s);
	return 0;
}

static const struct cmd rmi_cmds[] = {
	{ "rmi", "[OPTIONS] IMAGE [IMAGE...]", "Remove one or more images", rmi_run, rmi_table,
	  .min = 1, .max = ARGS_ANY, .group = "image", .as = "rm", .aliases = "rmi, remove" },
	{ NULL, "[OPTIONS]", "Remove unused images", prune_run, prune_table, .min = 0, .max = 0,
	  .group = "image", .as = "prune" },
	{ 0 }
};

const struct applet rmi_applet = {
	.name = "rmi",
	.cmds = rmi_cmds,
};
