// SPDX-License-Identifier: MIT
/* volume.c - volumes: directories that outlive containers.
 *
 * config VOLUME
 *	bool "volume: named volumes"
 *	default y
 *	help
 *	  docker volume create, ls, inspect, rm and prune.
 */
#include <stdio.h>
#include <stdlib.h>

#include "applets/inspection.h"
#include "applets/run/targets.h"
#include "applets/table.h"
#include "core/base/num.h"
#include "core/engine/volumes.h"
#include "core/fmt/human.h"
#include "core/os/clock.h"

enum { SECONDS_LEN = 19 };	/* 2026-11-20T14:03:09 */

struct create_opts {
	const char *driver;
	const char *name;	/* the flag of Docker's first versions */
	struct strv labels, options;
};

#define O struct create_opts
static const struct opt create_table[] = {
	OPT_TEXT(O, driver, 'd', "driver", "string",
		 "Specify volume driver name (default \"local\")"),
	OPT_LIST(O, labels, 0, "label", "list", "Set metadata for a volume"),
	OPT_TEXT(O, name, 0, "name", "string", NULL),
	OPT_LIST(O, options, 'o', "opt", "map", "Set driver specific options (default map[])"),
	OPT_END
};
#undef O

struct list_opts {
	bool quiet;
	const char *format;
	struct strv filters;
};

#define O struct list_opts
static const struct opt list_table[] = {
	OPT_LIST(O, filters, 'f', "filter", "filter",
		 "Provide filter values (e.g. 'dangling=true')"),
	OPT_TEXT(O, format, 0, "format", "string", "Pretty-print volumes using a Go template"),
	OPT_FLAG(O, quiet, 'q', "quiet", "Only display volume names"),
	OPT_END
};
#undef O

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

struct rm_opts {
	bool force;
};

#define O struct rm_opts
static const struct opt rm_table[] = {
	OPT_FLAG(O, force, 'f', "force", "Force the removal of one or more volumes"),
	OPT_END
};
#undef O

struct prune_opts {
	bool force;
	struct strv filters;
};

#define O struct prune_opts
static const struct opt prune_table[] = {
	OPT_LIST(O, filters, 0, "filter", "filter", "Provide filter values (e.g. 'label=<label>')"),
	OPT_FLAG(O, force, 'f', "force", "Do not prompt for confirmation"),
	OPT_END
};
#undef O

/* --- create ----------------------------------------------------------------------------- */

/* KEY alone is KEY=. */
static struct strv pairs(const struct strv *given, struct arena *mem)
{
	struct strv out = { 0 };

	for (size_t i = 0; i < given->n; i++) {
		const char *s = given->v[i];

		strv_add(&out, strv_textf(mem, "%s%s", s, strchr(s, '=') ? "" : "="), mem);
	}
	return out;
}

static int create_run(const struct ctx *ctx, int argc, const char **argv, struct err *e)
{
	auto_session struct session s = SESSION_INIT;
	struct create_opts o = { .driver = "", .name = "" };
	struct volume v;
	int at = cmd_parse(ctx, argc, argv, &o, e), rc;

	if (at < 0)
		return at;
	if (at < argc && *o.name)
		return cli_fail(e, "conflicting options: either specify --name or provide "
				"positional arg, not both");
	v = (struct volume){ .name = at < argc ? argv[at] : o.name,
			     .driver = o.driver,
			     .labels = pairs(&o.labels, ctx->mem),
			     .options = pairs(&o.options, ctx->mem) };
	rc = session_open(ctx, &s, e);
	if (rc >= 0)
		rc = engine_volume_create(&s.g, &v, e);
	if (rc < 0)
		return rc;
	printf("%s\n", v.name);
	return 0;
}

/* --- ls --------------------------------------------------------------------------------- */

struct wanted {
	struct strv names, labels, drivers;
	int dangling;		/* -1 not said, 0, 1 */
};

static int one_filter(const char *text, struct wanted *w, struct arena *mem, struct err *e)
{
	const char *eq = strchr(text, '='), *value = eq ? eq + 1 : "";
	const char *name = strv_dup(text, strcspn(text, "="), mem);
	bool yes;

	if (!eq)
		return cli_fail(e, "bad format of filter (expected name=value)");
	if (strcmp(name, "name") == 0)
		strv_add(&w->names, value, mem);
	else if (strcmp(name, "label") == 0)
		strv_add(&w->labels, value, mem);
	else if (strcmp(name, "driver") == 0)
		strv_add(&w->drivers, value, mem);
	else if (strcmp(name, "dangling") != 0)
		return err_set(e, EINVAL, "Invalid filter '%.64s'", name);
	else if (num_bool(value, &yes, NULL) < 0)
		return err_set(e, EINVAL, "Invalid filter 'dangling=[%.64s]'", value);
	else
		w->dangling = yes;
	return 0;
}

static bool is_wanted(const struct wanted *w, const struct volume *v, const struct strv *used)
{
	bool name = !w->names.n;

	for (size_t i = 0; i < w->names.n; i++)
		name |= strstr(v->name, w->names.v[i]) != NULL;
	for (size_t i = 0; i < w->labels.n; i++) {
		if (!strv_has_pair(&v->labels, w->labels.v[i]))
			return false;
	}
	if (w->drivers.n && !strv_has(&w->drivers, v->driver))
		return false;
	return name && (w->dangling < 0 || w->dangling == !strv_has(used, v->name));
}

static json_t *row_of(const struct volume *v, const char *format)
{
	auto_str struct str labels = STR_INIT;
	json_t *row = json_object(), *by_name = json_object();

	for (size_t i = 0; i < v->labels.n; i++) {
		const char *l = v->labels.v[i], *eq = strchr(l, '=');

		str_addf(&labels, "%s%s", i ? "," : "", l);
		json_object_setn_new(by_name, l, (size_t)(eq - l), json_string(eq + 1));
	}
	json_put_text(row, "Driver", v->driver);
	json_put_text(row, "Labels", labels.s);
	json_put_text(row, "Links", "N/A");
	json_put_text(row, "Mountpoint", v->mountpoint);
	json_put_text(row, "Name", v->name);
	json_put_text(row, "Scope", "local");
	json_put_text(row, "Size", "N/A");
	if (strstr(format, ".Label "))
		json_put(row, "Label", by_name);
	else
		json_decref(by_name);
	return row;
}

static int print_rows(struct session *s, const struct wanted *w, const char *format,
		      struct table *t, struct err *e)
{
	struct strv names, used = { 0 };
	int rc = volume_list(&s->store, &names, s->g.mem, e);

	if (rc >= 0 && w->dangling >= 0)
		rc = engine_volumes_used(&s->g, &used, e);
	for (size_t i = 0; rc >= 0 && i < names.n; i++) {
		struct volume v;

		if (volume_load(&s->store, names.v[i], &v, s->g.mem, NULL) >= 0 &&
		    is_wanted(w, &v, &used))
			rc = table_row(t, row_of(&v, format), e);
	}
	return rc;
}

static int list_run(const struct ctx *ctx, int argc, const char **argv, struct err *e)
{
	static const struct table_column columns[] = {
		{ "Driver", "DRIVER" }, { "Labels", "LABELS" },
		{ "Links", "LINKS" },	{ "Mountpoint", "MOUNTPOINT" },
		{ "Name", "VOLUME NAME" }, { "Scope", "SCOPE" },
		{ "Size", "SIZE" },	{ "Label", NULL },
		{ NULL, NULL }
	};
	auto_session struct session s = SESSION_INIT;
	struct list_opts o = { 0 };
	struct wanted w = { .dangling = -1 };
	struct table t;
	int rc = cmd_parse(ctx, argc, argv, &o, e);

	for (size_t i = 0; i < o.filters.n && rc >= 0; i++)
		rc = one_filter(o.filters.v[i], &w, ctx->mem, e);
	if (rc >= 0)
		rc = session_open(ctx, &s, e);
	if (rc >= 0)
		rc = table_begin(&t, o.format,
				 o.quiet ? "{{.Name}}" : "table {{.Driver}}\t{{.Name}}",
				 "*formatter.volumeContext", columns, ctx->mem, e);
	if (rc < 0)
		return rc;
	rc = print_rows(&s, &w, o.format ? o.format : "", &t, e);
	table_end(&t);
	return rc;
}

/* --- inspect ---------------------------------------------------------------------------- */

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* As Go prints a map. */
static json_t *sorted_pairs(const struct strv *given)
{
	if (given->n)
		qsort(given->v, given->n, sizeof(*given->v), by_text);
	return json_from_pairs(given);
}

static json_t *document(const struct volume *v)
{
	json_t *o = json_object();
	char when[CLOCK_TEXT_MAX];

	clock_format(v->created_ns, when);
	strcpy(when + SECONDS_LEN, "Z");
	json_put_text(o, "CreatedAt", when);
	json_put_text(o, "Driver", v->driver);
	json_put(o, "Labels", sorted_pairs(&v->labels));
	json_put_text(o, "Mountpoint", v->mountpoint);
	json_put_text(o, "Name", v->name);
	json_put(o, "Options", sorted_pairs(&v->options));
	json_put_text(o, "Scope", "local");
	return o;
}

static int inspect_run(const struct ctx *ctx, int argc, const char **argv, struct err *e)
{
	static const char *const maps[] = { "Labels", "Options", NULL };
	static const char *const none[] = { NULL };
	static const struct template_names names = {
		.maps = maps, .lists = none, .optional = none
	};
	auto_inspection struct inspection in = INSPECTION_INIT;
	auto_session struct session s = SESSION_INIT;
	struct inspect_opts o = { 0 };
	int at = cmd_parse(ctx, argc, argv, &o, e);
	int rc = at < 0 ? at : inspection_begin(&in, o.format, ctx->mem, e);

	if (rc >= 0)
		rc = session_open(ctx, &s, e);
	if (rc < 0)
		return rc;
	for (int i = at; i < argc; i++) {
		struct err why;
		struct volume v;

		rc = volume_load(&s.store, argv[i], &v, ctx->mem, &why);
		if (rc == -ENOENT)
			inspection_error(&in, "Error: No such volume: %s", argv[i]);
		else if (rc < 0)
			inspection_error(&in, "Error response from daemon: %s", why.msg);
		else
			inspection_add(&in, document(&v), &names, NULL);
	}
	return inspection_end(&in);
}

/* --- rm, prune -------------------------------------------------------------------------- */

static int rm_one(struct session *s, const char *name, const void *opts, struct err *e)
{
	const struct rm_opts *o = opts;
	int rc = engine_volume_remove(&s->g, name, e);

	if (rc == -ENOENT)
		return o->force ? 0 : cli_fail(e, "Error: No such volume: %s", name);
	return rc;
}

static int rm_run(const struct ctx *ctx, int argc, const char **argv, struct err *e)
{
	struct rm_opts o = { 0 };
	int at = cmd_parse(ctx, argc, argv, &o, e);

	return at < 0 ? at : targets_each(ctx, argc - at, argv + at, rm_one, &o, e);
}

static void gone_line(void *arg, const char *name)
{
	bool *any = arg;

	printf("%s%s\n", *any ? "" : "Deleted Volumes:\n", name);
	*any = true;
}

static int prune_filters(const struct prune_opts *o, struct strv *with, struct strv *without,
			 struct arena *mem, struct err *e)
{
	for (size_t i = 0; i < o->filters.n; i++) {
		const char *f = o->filters.v[i], *value = strchr(f, '=');

		if (!value)
			return cli_fail(e, "bad format of filter (expected name=value)");
		if (strncmp(f, "label!=", 7) == 0)
			strv_add(without, value + 1, mem);
		else if (strncmp(f, "label=", 6) == 0)
			strv_add(with, value + 1, mem);
		else
			return err_set(e, EINVAL, "Invalid filter '%.*s'", (int)(value - f), f);
	}
	return 0;
}

static int prune_run(const struct ctx *ctx, int argc, const char **argv, struct err *e)
{
	auto_session struct session s = SESSION_INIT;
	auto_str struct str size = STR_INIT;
	struct prune_opts o = { 0 };
	struct strv with = { 0 }, without = { 0 };
	uint64_t bytes = 0;
	bool any = false;
	int rc = cmd_parse(ctx, argc, argv, &o, e);

	if (rc >= 0)
		rc = prune_filters(&o, &with, &without, ctx->mem, e);
	if (rc < 0)
		return rc;
	if (o.force || confirmed("local volumes not used by at least one container")) {
		rc = session_open(ctx, &s, e);
		if (rc >= 0)
			rc = engine_volume_prune(&s.g, &with, &without, gone_line, &any, &bytes, e);
		session_warnings(&s);
		if (rc < 0)
			return rc;
	}
	human_size((int64_t)bytes, 4, &size);
	printf("%sTotal reclaimed space: %s\n", any ? "\n" : "", size.s);
	return 0;
}

static const struct cmd volume_cmds[] = {
	{ "create", "[OPTIONS] [VOLUME]", "Create a volume", create_run, create_table, .min = 0,
	  .max = 1 },
	{ "inspect", "[OPTIONS] VOLUME [VOLUME...]",
	  "Display detailed information on one or more volumes", inspect_run, inspect_table,
	  .min = 1, .max = ARGS_ANY },
	{ "ls", "[OPTIONS]", "List volumes", list_run, list_table, .min = 0, .max = 0,
	  .aliases = "list" },
	{ "prune", "[OPTIONS]", "Remove all unused local volumes", prune_run, prune_table, .min = 0,
	  .max = 0 },
	{ "rm", "[OPTIONS] VOLUME [VOLUME...]", "Remove one or more volumes", rm_run, rm_table,
	  .min = 1, .max = ARGS_ANY, .aliases = "remove" },
	{ 0 }
};

const struct applet volume_applet = {
	.name = "volume",
	.brief = "Manage volumes",
	.cmds = volume_cmds,
};
