// SPDX-License-Identifier: MIT
/* history.c - history: how an image was made.
 *
 * config HISTORY
 *	bool "history: how an image was made"
 *	default y
 *	help
 *	  docker history and docker image history.
 */
#include "applets/applet.h"
#include "applets/image/imagecli.h"
#include "applets/table.h"
#include "core/base/text.h"
#include "core/fmt/human.h"
#include "core/store/layer.h"

enum { BY_WIDTH = 45 };		/* columns of CREATED BY */

struct history_opts {
	bool human, no_trunc, quiet;
	const char *format;
};

#define O struct history_opts
static const struct opt history_table[] = {
	OPT_TEXT(O, format, 0, "format", "string", "Pretty-print images using a Go template"),
	OPT_FLAG(O, human, 'H', "human",
		 "Print sizes and dates in human readable format (default true)"),
	OPT_FLAG(O, no_trunc, 0, "no-trunc", "Don't truncate output"),
	OPT_FLAG(O, quiet, 'q', "quiet", "Only show image IDs"),
	OPT_END
};
#undef O

static const struct table_column columns[] = {
	{ "ID", "IMAGE" }, { "CreatedSince", "CREATED" }, { "CreatedAt", "CREATED AT" },
	{ "CreatedBy", "CREATED BY" }, { "Size", "SIZE" }, { "Comment", "COMMENT" }, { NULL, NULL }
};

/* Bytes of the layer that a step made; 0 when it is not known. */
static int64_t layer_size(const struct store *st, const char *diff_id)
{
	struct layer_info info;
	struct digest d;

	if (digest_parse(&d, diff_id, strlen(diff_id), NULL) < 0 ||
	    layer_info(st, &d, &info, NULL) < 0)
		return 0;
	return info.size;
}

static void put_str(json_t *row, const char *key, struct str *text)
{
	json_put_text(row, key, text->s);
	str_reset(text);
}

/* Tabs are columns here, so they become blanks. */
static void put_by(json_t *row, const char *by, bool whole)
{
	auto_str struct str flat = STR_INIT, cut = STR_INIT;

	str_puts(&flat, by);
	for (size_t i = 0; i < flat.len; i++) {
		if (flat.s[i] == '\t')
			flat.s[i] = ' ';
	}
	if (whole)
		str_add(&cut, flat.s, flat.len);
	else
		text_ellipsis(&cut, flat.s, BY_WIDTH);
	json_put_text(row, "CreatedBy", cut.s);
}

static int add_step(struct table *t, const char *id, const struct image_history *h, int64_t size,
		    const struct history_opts *o, struct err *e)
{
	auto_str struct str text = STR_INIT;
	json_t *row = json_object();

	json_put_text(row, "Comment", h->comment);
	if (strlen(h->created) >= 19)
		str_addf(&text, "%.19sZ", h->created);
	put_str(row, "CreatedAt", &text);
	put_by(row, h->created_by, o->no_trunc);
	image_ago(h->created, &text);
	put_str(row, "CreatedSince", &text);
	if (id[0])
		str_addf(&text, "%.*s", o->no_trunc ? IMAGE_ID_LEN : 12,
			id + (o->no_trunc ? 0 : 7));
	else
		str_puts(&text, "<missing>");
	put_str(row, "ID", &text);
	if (o->human)
		human_size(size, 3, &text);
	else
		str_addf(&text, "%lld", (long long)size);
	put_str(row, "Size", &text);
	return table_row(t, row, e);
}

/* The image a step ended in: known only for what was built here. */
static const char *parent_of(const struct store *st, const char *id, struct arena *mem)
{
	struct image_info info;

	return id[0] && image_info(st, id, &info, mem, NULL) == 0 ? info.parent : "";
}

static int add_steps(const struct store *st, struct table *t, const char *id,
		     const struct image_config *c, const struct history_opts *o, struct arena *mem,
		     struct err *e)
{
	size_t layer = 0;
	int rc = 0;

	for (size_t i = 0; i < c->history_n; i++)
		layer += !c->history[i].empty_layer;
	for (size_t i = c->history_n; i > 0 && rc == 0; i--) {
		const struct image_history *h = &c->history[i - 1];
		int64_t size = h->empty_layer ? 0 : layer_size(st, c->diff_ids.v[--layer]);

		rc = add_step(t, id, h, size, o, e);
		id = parent_of(st, id, mem);
	}
	return rc;
}

static const char *usual_format(const struct history_opts *o)
{
	if (o->quiet)
		return "{{.ID}}";
	if (!o->human)
		return "table {{.ID}}\t{{.CreatedAt}}\t{{.CreatedBy}}\t{{.Size}}\t{{.Comment}}";
	return "table {{.ID}}\t{{.CreatedSince}}\t{{.CreatedBy}}\t{{.Size}}\t{{.Comment}}";
}

static int history_run(const struct ctx *ctx, int argc, const char **argv, struct err *e)
{
	auto_store struct store st = STORE_INIT;
	struct history_opts o = { .human = true };
	char id[IMAGE_ID_LEN + 1];
	struct image_config c;
	struct table t;
	int at = cmd_parse(ctx, argc, argv, &o, e);
	int rc = at < 0 ? at : ctx_store(ctx, &st, e);

	if (rc == 0)
		rc = image_arg(&st, argv[at], id, e);
	if (rc == 0)
		rc = image_config(&st, id, &c, ctx->mem, e);
	if (rc == 0)
		rc = table_begin(&t, o.format, usual_format(&o),
				 "*formatter.historyContext", columns, ctx->mem, e);
	if (rc < 0)
		return rc;
	rc = add_steps(&st, &t, id, &c, &o, ctx->mem, e);
	table_end(&t);
	return rc;
}

static const struct cmd history_cmds[] = {
	{ "history", "[OPTIONS] IMAGE", "Show the history of an image", history_run, history_table,
	  .min = 1, .max = 1, .group = "image" },
	{ 0 }
};

const struct applet history_applet = {
	.name = "history",
	.cmds = history_cmds,
};
