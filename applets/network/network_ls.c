// SPDX-License-Identifier: MIT
/* network_ls.c - network ls: which networks there are. */
#include "applets/image/imagecli.h"
#include "applets/network/network.h"
#include "applets/session.h"
#include "applets/table.h"
#include "core/engine/networks.h"
#include "core/fmt/pattern.h"
#include "core/os/clock.h"

enum { SHORT_ID = 12 };

struct ls_opts {
	bool quiet, no_trunc;
	const char *format;
	struct strv filters;
};

#define O struct ls_opts
const struct opt network_ls_table[] = {
	OPT_LIST_OK(O, filters, 'f', "filter", "filter",
		    "Provide filter values (e.g. 'driver=bridge')", image_filter_check),
	OPT_TEXT(O, format, 0, "format", "string", "Pretty-print networks using a Go template"),
	OPT_FLAG(O, no_trunc, 0, "no-trunc", "Do not truncate the output"),
	OPT_FLAG(O, quiet, 'q', "quiet", "Only display network IDs"),
	OPT_END
};
#undef O

enum { F_DANGLING, F_DRIVER, F_ID, F_LABEL, F_NAME, F_SCOPE, F_TYPE, F_KINDS };

struct wanted {
	struct strv v[F_KINDS];
	struct arena *mem;
};

static int filter_check(int kind, const char *value, struct err *e)
{
	static const char *const bools[] = { "true", "1", "false", "0" };

	if (kind == F_TYPE && strcmp(value, "custom") != 0 && strcmp(value, "builtin") != 0)
		return err_set(e, EINVAL, "invalid filter: 'type'='%.64s'", value);
	for (size_t i = 0; kind == F_DANGLING && i < countof(bools); i++) {
		if (strcmp(value, bools[i]) == 0)
			return 0;
	}
	return kind != F_DANGLING ? 0 :
		err_set(e, EINVAL, "invalid value for filter 'dangling', must be \"true\" (or "
			"\"1\"), or \"false\" (or \"0\")");
}

static int filters_read(const struct strv *texts, struct wanted *w, struct err *e)
{
	static const char *const names[F_KINDS] = { "dangling", "driver", "id", "label", "name",
						    "scope", "type" };
	int rc = 0;

	for (size_t i = 0; i < texts->n && rc == 0; i++) {
		const char *name, *value;
		int k = 0;

		rc = image_filter_split(texts->v[i], &value, w->mem, &name, e);
		if (rc < 0)
			break;
		while (k < F_KINDS && strcmp(names[k], name) != 0)
			k++;
		if (k == F_KINDS)
			return err_set(e, EINVAL, "Invalid filter '%.64s'", name);
		rc = filter_check(k, value, e);
		if (rc == 0)
			strv_add(&w->v[k], value, w->mem);
	}
	return rc;
}

static bool one_matches(const struct wanted *w, int kind, const char *text)
{
	const struct strv *l = &w->v[kind];

	for (size_t i = 0; i < l->n; i++) {
		struct pattern *p = CFG_PATTERN ? pattern_new(l->v[i], w->mem, NULL) : NULL;

		if (p ? pattern_matches(p, text) : strstr(text, l->v[i]) != NULL)
			return true;
	}
	return !l->n;
}

/* Its containers are looked for only when it is asked. 1, 0, or -errno. */
static int is_dangling_wanted(struct session *s, const struct wanted *w, const struct network *n,
			      struct err *e)
{
	const struct strv *l = &w->v[F_DANGLING];
	struct endpoint *eps;
	bool yes;
	int count;

	if (!l->n)
		return 1;
	yes = strchr("t1", *l->v[l->n - 1]) != NULL;
	if (network_is_predefined(n->name))
		return !yes;
	count = engine_network_endpoints(&s->g, n, &eps, e);
	return count < 0 ? count : yes == (count == 0);
}

static int is_wanted(struct session *s, const struct wanted *w, const struct network *n,
		     struct err *e)
{
	const char *type = network_is_predefined(n->name) ? "builtin" : "custom";

	for (size_t i = 0; i < w->v[F_LABEL].n; i++) {
		if (!strv_has_pair(&n->labels, w->v[F_LABEL].v[i]))
			return 0;
	}
	if ((w->v[F_DRIVER].n && !strv_has(&w->v[F_DRIVER], n->driver)) ||
	    (w->v[F_SCOPE].n && !strv_has(&w->v[F_SCOPE], n->scope)) ||
	    (w->v[F_TYPE].n && !strv_has(&w->v[F_TYPE], type)) ||
	    !one_matches(w, F_ID, n->id) || !one_matches(w, F_NAME, n->name))
		return 0;
	return is_dangling_wanted(s, w, n, e);
}

static const char *created_text(const struct network *n, struct arena *mem)
{
	char when[CLOCK_TEXT_MAX];

	clock_format(n->created_ns, when);
	return strv_textf(mem, "%.10s %.*s +0000 UTC", when, (int)strlen(when) - 12, when + 11);
}

static json_t *row_of(const struct network *n, const struct ls_opts *o, struct arena *mem)
{
	auto_str struct str labels = STR_INIT;
	json_t *row = json_object(), *by_name = json_object();

	for (size_t i = 0; i < n->labels.n; i++) {
		const char *l = n->labels.v[i], *eq = strchr(l, '=');

		str_addf(&labels, "%s%s", i ? "," : "", l);
		json_object_setn_new(by_name, l, (size_t)(eq - l), json_string(eq + 1));
	}
	json_put_text(row, "CreatedAt", created_text(n, mem));
	json_put_text(row, "Driver", n->driver);
	json_put_text(row, "ID", o->no_trunc ? n->id : strv_dup(n->id, SHORT_ID, mem));
	json_put_text(row, "IPv6", n->ipv6 ? "true" : "false");
	json_put_text(row, "Internal", n->internal ? "true" : "false");
	json_put_text(row, "Labels", labels.s);
	json_put_text(row, "Name", n->name);
	json_put_text(row, "Scope", n->scope);
	if (o->format && strstr(o->format, ".Label "))
		json_put(row, "Label", by_name);
	else
		json_decref(by_name);
	return row;
}

int network_ls_run(const struct ctx *ctx, int argc, const char **argv, struct err *e)
{
	static const struct table_column columns[] = {
		{ "CreatedAt", "CREATED AT" }, { "Driver", "DRIVER" },
		{ "ID", "NETWORK ID" },	{ "IPv6", "IPV6" },
		{ "Internal", "INTERNAL" }, { "Labels", "LABELS" },
		{ "Name", "NAME" },	{ "Scope", "SCOPE" },
		{ "Label", NULL },	{ NULL, NULL }
	};
	static const char usual[] = "table {{.ID}}\t{{.Name}}\t{{.Driver}}\t{{.Scope}}";
	auto_session struct session s = SESSION_INIT;
	struct wanted w = { .mem = ctx->mem };
	struct ls_opts o = { 0 };
	struct network *all;
	struct table t;
	int rc = cmd_parse(ctx, argc, argv, &o, e), n;

	if (rc >= 0)
		rc = filters_read(&o.filters, &w, e);
	if (rc >= 0)
		rc = session_open(ctx, &s, e);
	if (rc >= 0)
		rc = table_begin(&t, o.format, o.quiet ? "{{.ID}}" : usual,
				 "*network.networkContext", columns, ctx->mem, e);
	if (rc < 0)
		return rc;
	n = rc = engine_networks(&s.g, &all, e);
	for (int i = 0; i < n && rc >= 0; i++) {
		rc = is_wanted(&s, &w, &all[i], e);
		if (rc == 1)
			rc = table_row(&t, row_of(&all[i], &o, ctx->mem), e);
	}
	table_end(&t);
	return rc < 0 ? rc : 0;
}
