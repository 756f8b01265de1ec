// SPDX-License-Identifier: MIT
/* prune.c - container prune, system prune: take away what nobody uses.
 *
 * system prune takes stopped containers, networks that none is in, then images without a name
 * (-a: all that no container is made of), and with --volumes the volumes that no container has.
 *
 * config PRUNE
 *	bool "container prune, system prune: take away what nobody uses"
 *	default y
 *	help
 *	  docker container prune and docker system prune.
 */
#include <stdio.h>

#include "applets/image/imagecli.h"
#include "applets/session.h"
#include "core/engine/imagerm.h"
#include "core/engine/networks.h"
#include "core/engine/prune.h"
#include "core/engine/volumes.h"
#include "core/fmt/human.h"
#include "core/os/clock.h"

struct prune_opts {
	bool all, force, volumes;
	struct strv filters;
};

#define O struct prune_opts
static const struct opt container_table[] = {
	OPT_LIST_OK(O, filters, 0, "filter", "filter",
		    "Provide filter values (e.g. 'until=<timestamp>')", image_filter_check),
	OPT_FLAG(O, force, 'f', "force", "Do not prompt for confirmation"),
	OPT_END
};
static const struct opt system_table[] = {
	OPT_FLAG(O, all, 'a', "all", "Remove all unused images not just dangling ones"),
	OPT_LIST_OK(O, filters, 0, "filter", "filter",
		    "Provide filter values (e.g. 'label=<key>=<value>')", image_filter_check),
	OPT_FLAG(O, force, 'f', "force", "Do not prompt for confirmation"),
	OPT_FLAG(O, volumes, 0, "volumes", "Prune volumes"),
	OPT_END
};
#undef O

/* One list of what went: a title before the first, an empty line after the last. */
struct gone {
	const char *title;
	bool any;
};

static void gone_begin(struct gone *l)
{
	if (!l->any)
		printf("Deleted %s:\n", l->title);
	l->any = true;
}

static void gone_line(void *arg, const char *what)
{
	gone_begin(arg);
	printf("%s\n", what);
}

static void gone_text(void *arg, const char *what)	/* which may be anything */
{
	gone_begin(arg);
	out_safe(what, strlen(what));
	putchar('\n');
}

static void gone_image(void *arg, bool untagged, const char *what)
{
	auto_str struct str line = STR_INIT;

	gone_begin(arg);
	str_addf(&line, "%s: %s\n", untagged ? "untagged" : "deleted", what);
	out_safe(line.s, line.len);
}

static void gone_end(const struct gone *l)
{
	if (l->any)
		putchar('\n');
}

static void total_line(uint64_t bytes)
{
	auto_str struct str size = STR_INIT;

	human_size((int64_t)bytes, 4, &size);
	printf("Total reclaimed space: %s\n", size.s);
}

static int containers(struct session *s, const struct prune_filters *f, uint64_t *total,
		      struct err *e)
{
	struct gone l = { "Containers", false };
	uint64_t bytes;
	int rc = engine_container_prune(&s->g, f, gone_line, &l, &bytes, e);

	gone_end(&l);
	*total += bytes;
	return rc;
}

static int volumes(struct session *s, const struct prune_filters *f, uint64_t *total,
		   struct err *e)
{
	struct gone l = { "Volumes", false };
	uint64_t bytes;
	int rc = engine_volume_prune(&s->g, &f->with, &f->without, gone_line, &l, &bytes, e);

	gone_end(&l);
	*total += bytes;
	return rc;
}

static int networks(struct session *s, const struct prune_filters *f, struct err *e)
{
	struct gone l = { "Networks", false };
	int rc = engine_network_prune(&s->g, f, gone_text, &l, e);

	gone_end(&l);
	return rc;
}

static int images(struct session *s, const struct prune_filters *f, bool all, uint64_t *total,
		  struct err *e)
{
	const struct image_prune how = { .all = all, .until_ns = f->until_ns, .labels = f->with,
					 .not_labels = f->without };
	struct gone l = { "Images", false };
	uint64_t bytes;
	int rc = engine_image_prune(&s->store, &how, gone_image, &l, &bytes, e);

	gone_end(&l);
	*total += bytes;
	return rc;
}

static int container_run(const struct ctx *ctx, int argc, const char **argv, struct err *e)
{
	auto_session struct session s = SESSION_INIT;
	struct prune_filters f = { 0 };
	struct prune_opts o = { 0 };
	uint64_t total = 0;
	int rc = cmd_parse(ctx, argc, argv, &o, e);

	if (rc < 0)
		return rc;
	if (o.force || confirmed("stopped containers")) {
		rc = prune_filters_read(&o.filters, clock_real_ns(), &f, ctx->mem, e);
		if (rc == 0)
			rc = session_open(ctx, &s, e);
		if (rc == 0)
			rc = containers(&s, &f, &total, e);
		if (rc < 0)
			return rc;
		session_warnings(&s);
	}
	total_line(total);
	return 0;
}

static void warning(const struct prune_opts *o, struct str *b)
{
	str_puts(b, "WARNING! This will remove:\n  - all stopped containers\n"
		    "  - all networks not used by at least one container\n");
	if (o->volumes)
		str_puts(b, "  - all volumes not used by at least one container\n");
	str_puts(b, o->all ? "  - all images without at least one container associated to them\n"
			     "  - all build cache\n"
			   : "  - all dangling images\n  - all dangling build cache\n");
	if (o->filters.n)
		str_puts(b, "\n  Items to be pruned will be filtered with:\n");
	for (size_t i = 0; i < o->filters.n; i++)
		str_addf(b, "  - %s\n", o->filters.v[i]);
}

static int prune_all(struct session *s, const struct prune_opts *o, struct err *e)
{
	struct prune_filters f = { 0 };
	uint64_t total = 0;
	int rc = prune_filters_read(&o->filters, clock_real_ns(), &f, s->g.mem, e);

	if (rc == 0)
		rc = containers(s, &f, &total, e);
	if (CFG_NETWORK && rc == 0)
		rc = networks(s, &f, e);
	if (rc == 0 && o->volumes)
		rc = volumes(s, &f, &total, e);
	if (rc == 0)
		rc = images(s, &f, o->all, &total, e);
	session_warnings(s);
	if (rc == 0)
		total_line(total);
	return rc;
}

static int system_run(const struct ctx *ctx, int argc, const char **argv, struct err *e)
{
	auto_session struct session s = SESSION_INIT;
	auto_str struct str text = STR_INIT;
	struct prune_opts o = { 0 };
	int rc = cmd_parse(ctx, argc, argv, &o, e);

	if (rc < 0)
		return rc;
	for (size_t i = 0; o.volumes && i < o.filters.n; i++) {
		if (strncmp(o.filters.v[i], "until=", 6) == 0)
			return cli_fail(e, "ERROR: The \"until\" filter is not supported with "
					"\"--volumes\"");
	}
	warning(&o, &text);
	if (!o.force) {
		puts(text.s);
		if (!answered_yes())
			return 0;
	}
	rc = session_open(ctx, &s, e);
	return rc < 0 ? rc : prune_all(&s, &o, e);
}

static const struct cmd prune_cmds[] = {
	{ NULL, "[OPTIONS]", "Remove all stopped containers", container_run, container_table,
	  .min = 0, .max = 0, .group = "container", .as = "prune" },
	{ NULL, "[OPTIONS]", "Remove unused data", system_run, system_table, .min = 0, .max = 0,
	  .group = "system", .as = "prune" },
	{ 0 }
};

const struct applet prune_applet = {
	.name = "prune",
	.cmds = prune_cmds,
};
