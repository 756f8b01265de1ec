// SPDX-License-Identifier: MIT
/* images.c - images, image ls: which images there are.
 *
 * config IMAGES
 *	bool "images: which images there are"
 *	default y
 *	help
 *	  docker images and docker image ls, with Docker's filters and formats.
 */
#include <stdio.h>

#include "applets/applet.h"
#include "applets/image/imagecli.h"
#include "applets/table.h"
#include "core/base/num.h"
#include "core/fmt/human.h"
#include "core/fmt/pattern.h"
#include "core/os/clock.h"

struct images_opts {
	bool all, digests, no_trunc, quiet;
	const char *format;
	struct strv filters;
};

#define O struct images_opts
static const struct opt images_table[] = {
	OPT_FLAG(O, all, 'a', "all", "Show all images (default hides intermediate images)"),
	OPT_FLAG(O, digests, 0, "digests", "Show digests"),
	OPT_LIST_OK(O, filters, 'f', "filter", "filter",
		    "Filter output based on conditions provided", image_filter_check),
	OPT_TEXT(O, format, 0, "format", "string", "Pretty-print images using a Go template"),
	OPT_FLAG(O, no_trunc, 0, "no-trunc", "Don't truncate output"),
	OPT_FLAG(O, quiet, 'q', "quiet", "Only show image IDs"),
	OPT_END
};
#undef O

/* What the filters ask for. */
struct wanted {
	struct strv labels, references;
	int dangling;		/* -1 not said, 0, 1 */
	int64_t before_ns, since_ns;	/* 0: not said */
};

static const struct table_column columns[] = {
	{ "ID", "IMAGE ID" }, { "Repository", "REPOSITORY" }, { "Tag", "TAG" },
	{ "Digest", "DIGEST" }, { "CreatedSince", "CREATED" }, { "CreatedAt", "CREATED AT" },
	{ "Size", "SIZE" }, { "Containers", "CONTAINERS" }, { "VirtualSize", "SIZE" },
	{ "SharedSize", "SHARED SIZE" }, { "UniqueSize", "UNIQUE SIZE" }, { NULL, NULL }
};

static int64_t made_ns(const struct image_info *im)
{
	int64_t ns;

	return clock_parse(im->created, &ns, NULL) < 0 ? CLOCK_NEVER : ns;
}

/* --- filters -------------------------------------------------------------- */

static int time_of(const struct store *st, const char *text, int64_t *ns, struct arena *mem,
		   struct err *e)
{
	char id[IMAGE_ID_LEN + 1];
	struct image_info info;
	int rc = image_arg(st, text, id, e);

	if (rc == 0)
		rc = image_info(st, id, &info, mem, e);
	if (rc == 0)
		*ns = made_ns(&info);
	return rc;
}

static int one_filter(const struct store *st, const char *text, struct wanted *w, struct arena *mem,
		      struct err *e)
{
	const char *name, *value;
	bool yes;
	int rc = image_filter_split(text, &value, mem, &name, e);

	if (rc < 0)
		return rc;
	if (strcmp(name, "label") == 0) {
		strv_add(&w->labels, value, mem);
	} else if (strcmp(name, "reference") == 0) {
		strv_add(&w->references, value, mem);
	} else if (strcmp(name, "before") == 0) {
		rc = time_of(st, value, &w->before_ns, mem, e);
	} else if (strcmp(name, "since") == 0) {
		rc = time_of(st, value, &w->since_ns, mem, e);
	} else if (strcmp(name, "dangling") == 0) {
		if (num_bool(value, &yes, NULL) < 0)
			return err_set(e, EINVAL, "Invalid filter 'dangling=[%.64s]'", value);
		w->dangling = yes;
	} else {
		rc = err_set(e, EINVAL, "Invalid filter '%.64s'", name);
	}
	return rc;
}

static bool labels_fit(const struct store *st, const struct image_info *im, const struct wanted *w,
		       struct arena *mem)
{
	struct image_config c;

	if (w->labels.n == 0)
		return true;
	if (image_config(st, im->id, &c, mem, NULL) < 0)
		return false;
	for (size_t i = 0; i < w->labels.n; i++) {
		if (!strv_has_pair(&c.labels, w->labels.v[i]))
			return false;
	}
	return true;
}

/* A pattern is of the whole shown name, or of its repository. */
static bool name_fits(const char *name, const struct wanted *w)
{
	const char *shown = reference_familiar_name(name);
	auto_str struct str repo = STR_INIT;
	const char *end = strchr(shown, '@');

	if (w->references.n == 0)
		return true;
	if (!end)
		end = strrchr(shown, ':');
	str_add(&repo, shown, end ? (size_t)(end - shown) : strlen(shown));
	for (size_t i = 0; i < w->references.n; i++) {
		if (pattern_glob(w->references.v[i], shown) ||
		    pattern_glob(w->references.v[i], repo.s))
			return true;
	}
	return false;
}

/* Names that are to be shown; an image whose names all went is not. */
static bool names_fit(struct image_info *im, const struct wanted *w, struct arena *mem)
{
	struct strv kept = { 0 };

	if (w->references.n == 0)
		return true;
	for (size_t i = 0; i < im->names.n; i++) {
		if (name_fits(im->names.v[i], w))
			strv_add(&kept, im->names.v[i], mem);
	}
	im->names = kept;
	return kept.n > 0;
}

static bool is_parent(const struct image_info *list, size_t n, const char *id)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(list[i].parent, id) == 0)
			return true;
	}
	return false;
}

static bool is_wanted(const struct store *st, struct image_info *list, size_t n,
		      struct image_info *im, const struct wanted *w, bool all, struct arena *mem)
{
	bool nameless = im->names.n == 0;

	if (nameless && !all && is_parent(list, n, im->id))
		return false;
	if (w->dangling >= 0 && w->dangling != nameless)
		return false;
	if (w->before_ns && made_ns(im) >= w->before_ns)
		return false;
	if (w->since_ns && made_ns(im) <= w->since_ns)
		return false;
	return labels_fit(st, im, w, mem) && names_fit(im, w, mem);
}

/* --- rows ----------------------------------------------------------------- */

static void put_str(json_t *row, const char *key, struct str *text)
{
	json_put_text(row, key, text->s);
	str_reset(text);
}

static void put_times(json_t *row, const struct image_info *im)
{
	auto_str struct str text = STR_INIT;

	if (strlen(im->created) >= 19)	/* 2026-11-20T11:54:19… */
		str_addf(&text, "%.10s %.8s +0000 UTC", im->created, im->created + 11);
	put_str(row, "CreatedAt", &text);
	image_ago(im->created, &text);
	put_str(row, "CreatedSince", &text);
}

static int add_row(struct table *t, const struct image_info *im, const struct images_opts *o,
		   const char *repo, const char *tag, const char *digest, struct err *e)
{
	auto_str struct str text = STR_INIT;
	json_t *row = json_object();

	json_put_text(row, "Containers", "N/A");
	put_times(row, im);
	json_put_text(row, "Digest", digest);
	str_addf(&text, "%.*s", o->no_trunc ? IMAGE_ID_LEN : 12, im->id + (o->no_trunc ? 0 : 7));
	put_str(row, "ID", &text);
	json_put_text(row, "Repository", repo);
	json_put_text(row, "SharedSize", "N/A");
	human_size(im->size, 3, &text);
	put_str(row, "Size", &text);
	json_put_text(row, "Tag", tag);
	json_put_text(row, "UniqueSize", "N/A");
	human_size(im->size, 4, &text);
	put_str(row, "VirtualSize", &text);
	return table_row(t, row, e);
}

/* The part before ":tag" or "@digest", and where that begins. */
static const char *split_name(const char *name, const char **rest, struct arena *mem)
{
	const char *shown = reference_familiar_name(name), *at = strchr(shown, '@');
	size_t n = at ? (size_t)(at - shown) : (size_t)(strrchr(shown, ':') - shown);

	*rest = shown + n;
	return strv_dup(shown, n, mem);
}

/* One row a tag; a repository that has only a digest gets one too. With --digests each tag
 * is shown with each digest of its repository. */
static int add_names(struct table *t, const struct image_info *im, const struct images_opts *o,
		     struct arena *mem, struct err *e)
{
	int rc = 0;

	for (size_t i = 0; i < im->names.n && rc == 0; i++) {
		const char *rest, *other, *repo = split_name(im->names.v[i], &rest, mem);
		bool paired = false;

		for (size_t k = 0; k < im->names.n && rc == 0; k++) {
			if (k == i || strcmp(split_name(im->names.v[k], &other, mem), repo) != 0 ||
			    *other == *rest)
				continue;
			paired = true;
			if (*rest == ':' && o->digests)
				rc = add_row(t, im, o, repo, rest + 1, other + 1, e);
		}
		if (rc < 0 || (paired && (o->digests || *rest == '@')))
			continue;
		rc = add_row(t, im, o, repo, *rest == ':' ? rest + 1 : "<none>",
			     *rest == '@' ? rest + 1 : "<none>", e);
	}
	if (im->names.n == 0)
		rc = add_row(t, im, o, "<none>", "<none>", "<none>", e);
	return rc;
}

static int newest_first(const void *a, const void *b)
{
	const struct image_info *x = a, *y = b;
	int64_t m = made_ns(x), n = made_ns(y);

	return m != n ? (m < n ? 1 : -1) : strcmp(x->id, y->id);
}

/* --quiet counts for tables only, and gives every image once a name, as Docker does. */
static const char *usual_format(const struct images_opts *o)
{
	if (o->quiet)
		return "{{.ID}}";
	if (o->digests)
		return "table {{.Repository}}\t{{.Tag}}\t{{.Digest}}\t{{.ID}}\t{{.CreatedSince}}\t"
		       "{{.Size}}";
	return "table {{.Repository}}\t{{.Tag}}\t{{.ID}}\t{{.CreatedSince}}\t{{.Size}}";
}

static int images_run(const struct ctx *ctx, int argc, const char **argv, struct err *e)
{
	auto_store struct store st = STORE_INIT;
	struct images_opts o = { 0 };
	struct wanted w = { .dangling = -1 };
	struct image_info *list;
	struct table t;
	size_t n;
	int at = cmd_parse(ctx, argc, argv, &o, e);
	int rc = at < 0 ? at : ctx_store(ctx, &st, e);

	for (size_t i = 0; i < o.filters.n && rc == 0; i++)
		rc = one_filter(&st, o.filters.v[i], &w, ctx->mem, e);
	if (rc == 0 && at < argc)
		strv_add(&w.references, argv[at], ctx->mem);
	if (rc == 0)
		rc = image_list(&st, &list, &n, ctx->mem, e);
	if (rc == 0)
		rc = table_begin(&t, o.format, usual_format(&o),
				 "*formatter.imageContext", columns, ctx->mem, e);
	if (rc < 0)
		return rc;
	qsort(list, n, sizeof(*list), newest_first);
	for (size_t i = 0; i < n && rc == 0; i++) {
		if (is_wanted(&st, list, n, &list[i], &w, o.all, ctx->mem))
			rc = add_names(&t, &list[i], &o, ctx->mem, e);
	}
	table_end(&t);
	return rc;
}

static const struct cmd images_cmds[] = {
	{ "images", "[OPTIONS] [REPOSITORY[:TAG]]", "List images", images_run, images_table,
	  .min = 0, .max = 1, .group = "image", .as = "ls", .aliases = "list" },
	{ 0 }
};

const struct applet images_applet = {
	.name = "images",
	.cmds = images_cmds,
};
