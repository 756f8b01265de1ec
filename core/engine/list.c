// SPDX-License-Identifier: MIT
#include "core/engine/list.h"

#include <ctype.h>

#include "build/gen/config.h"
#include "core/base/num.h"
#include "core/fmt/human.h"
#include "core/fmt/pattern.h"
#include "core/fmt/hostport.h"
#include "core/store/image.h"

/* --- filters, taken apart --- */

enum filter_type {
	F_ID,
	F_NAME,
	F_LABEL,
	F_EXITED,
	F_STATUS,
	F_ANCESTOR,
	F_BEFORE,
	F_SINCE,
	F_VOLUME,
	F_NETWORK,
	F_PUBLISH,
	F_EXPOSE,
	F_HEALTH,
	F_TASK,
	F_ISOLATION,
	F_TYPES,
};

static const char *const filter_names[F_TYPES] = {
	"id",	  "name",    "label",	"exited", "status", "ancestor", "before",    "since",
	"volume", "network", "publish", "expose", "health", "is-task",	"isolation",
};

struct filter {
	enum filter_type type;
	const char *value;
	struct pattern *re;	/* F_ID, F_NAME; in the engine's arena */
	int64_t n;		/* F_EXITED: the code; F_BEFORE, F_SINCE: when that one was made */
	struct hostport ports;	/* F_PUBLISH, F_EXPOSE: first to last */
	struct strv layers;	/* F_ANCESTOR */
	char image[IMAGE_ID_LEN + 1];
};

struct filters {
	struct filter *v;
	size_t n;
	bool given[F_TYPES];
};

static bool needs_record(enum filter_type t)
{
	return t == F_LABEL || t == F_VOLUME || t == F_NETWORK || t == F_PUBLISH || t == F_EXPOSE ||
	       t == F_ANCESTOR;
}

static int invalid(const struct filter *f, struct err *e)
{
	return err_set(e, EINVAL, "Invalid filter '%s=%.100s'", filter_names[f->type], f->value);
}

static bool one_of(const char *value, const char *const *list)
{
	for (; *list; list++) {
		if (strcmp(value, *list) == 0)
			return true;
	}
	return false;
}

static int filter_regex(struct engine *g, struct filter *f, struct err *e)
{
	if (!CFG_PATTERN)
		return 0;
	f->re = pattern_new(f->value, g->mem, NULL);
	return f->re ? 0 : invalid(f, e);
}

static int filter_time(struct engine *g, struct filter *f, struct err *e)
{
	char id[CONTAINER_ID_LEN + 1];
	struct container_state st = { .created_ns = 0 };
	int rc = container_find(g->store, f->value, id, e);

	if (rc == -ENOENT)
		return err_set(e, ENOENT, "no such container %s", f->value);
	if (rc == 0)
		rc = container_state_load(g->store, id, &st, g->mem, e);
	f->n = st.created_ns;
	return rc;
}

/* An image that is not there has no containers. */
static int filter_image(struct engine *g, struct filter *f, struct err *e)
{
	struct image_config *c = arena_get(g->mem, sizeof(*c));

	if (image_find(g->store, f->value, f->image, NULL) < 0)
		return 0;
	if (image_config(g->store, f->image, c, g->mem, e) == 0)
		f->layers = c->diff_ids;
	return 0;
}

/* "80", "80-90", with "/udp". */
static int filter_ports(struct filter *f, struct err *e)
{
	size_t n = strcspn(f->value, "/");
	auto_str struct str text = STR_INIT;

	if (!CFG_BRIDGES)
		return err_set(e, ENOTSUP, "no ports are published here (needs CONFIG_BRIDGES)");
	str_addf(&text, ":%.*s:1%s", (int)n, f->value, f->value[n] ? f->value + n : "/tcp");
	if (hostport_read(text.s, &f->ports, NULL) == 0 && f->ports.first)
		return 0;
	return err_set(e, EINVAL, "error while looking up for %s %.100s: strconv.ParseUint: "
		       "parsing \"%.*s\": invalid syntax", filter_names[f->type], f->value,
		       (int)(n < 100 ? n : 100), f->value);
}

static int filter_check(struct engine *g, struct filter *f, struct err *e)
{
	static const char *const status[] = {
		"created", "restarting", "running", "removing", "paused", "exited", "dead", NULL,
	};
	static const char *const health[] = { "starting", "healthy", "unhealthy", "none", NULL };
	bool yes;

	switch (f->type) {
	case F_ID: case F_NAME:
		return filter_regex(g, f, e);
	case F_BEFORE: case F_SINCE:
		return filter_time(g, f, e);
	case F_ANCESTOR:
		return filter_image(g, f, e);
	case F_STATUS:
		return one_of(f->value, status) ? 0 : invalid(f, e);
	case F_EXITED:
		if (num_int10(f->value, &f->n, NULL) == 0)
			return 0;
		return err_set(e, EINVAL, "strconv.Atoi: parsing \"%.100s\": invalid syntax",
			       f->value);
	case F_HEALTH:
		return one_of(f->value, health) ? 0 :
		       err_set(e, EINVAL, "Unrecognised filter value for health: %.100s", f->value);
	case F_PUBLISH: case F_EXPOSE:
		return filter_ports(f, e);
	case F_TASK:
		if (num_bool(f->value, &yes, NULL) == 0) {
			f->n = yes;
			return 0;
		}
		return err_set(e, EINVAL, "Invalid filter 'is-task=[%.100s]'", f->value);
	default:
		return 0;
	}
}

/* "NAME = value": the name loses blanks and case, the value its blanks. */
static int filter_parse(struct engine *g, const char *text, struct filters *all, struct err *e)
{
	struct filter *f = &all->v[all->n];
	size_t n = strcspn(text, "="), t, len;
	char *name = strv_dup(text, n, g->mem);
	const char *value = text[n] ? text + n + 1 : "";

	for (size_t i = 0; i < n; i++)
		name[i] = tolower((unsigned char)name[i]);
	while (n && isspace((unsigned char)name[n - 1]))
		name[--n] = 0;
	value += strspn(value, " \t");
	for (len = strlen(value); len && isspace((unsigned char)value[len - 1]); len--)
		;
	for (t = 0; t < F_TYPES && strcmp(filter_names[t], name) != 0; t++)
		;
	if (t == F_TYPES)
		return err_set(e, EINVAL, "Invalid filter '%.100s'", name);
	*f = (struct filter){ .type = t, .value = strv_dup(value, len, g->mem) };
	all->given[t] = true;
	all->n++;
	return filter_check(g, f, e);
}

static int filters_parse(struct engine *g, const struct strv *texts, struct filters *f,
			 struct err *e)
{
	int rc = 0;

	if (texts->n > LIST_FILTERS_MAX)
		return err_set(e, E2BIG, "more than %d filters", LIST_FILTERS_MAX);
	f->v = arena_get(g->mem, (texts->n + 1) * sizeof(*f->v));
	for (size_t i = 0; i < texts->n && rc == 0; i++) {
		if (*texts->v[i])
			rc = filter_parse(g, texts->v[i], f, e);
	}
	return rc;
}

/* --- does a container fit? --- */

static bool matches(const struct filter *f, const char *text)
{
	return CFG_PATTERN ? pattern_matches(f->re, text) : strstr(text, f->value) != NULL;
}

static bool name_fits(const struct filter *f, const char *name)
{
	auto_str struct str slash = STR_INIT;

	str_addf(&slash, "/%s", name);
	return matches(f, name) || matches(f, slash.s);
}

static bool label_fits(const struct filter *f, const struct container *c)
{
	return strv_has_pair(&c->config.labels, f->value);
}

static bool ancestor_fits(const struct filter *f, const struct container *c)
{
	if (!f->image[0] || strcmp(f->image, c->image_id) == 0)
		return f->image[0];
	if (!f->layers.n || f->layers.n > c->layers.n)
		return false;
	for (size_t i = 0; i < f->layers.n; i++) {
		if (strcmp(f->layers.v[i], c->layers.v[i]) != 0)
			return false;
	}
	return true;
}

static bool volume_fits(const struct filter *f, const struct container *c)
{
	for (size_t i = 0; i < c->points_n; i++) {
		if (strcmp(c->points[i].target, f->value) == 0 ||
		    strcmp(c->points[i].source, f->value) == 0)
			return true;
	}
	return false;
}

/* A port of the container, or when `outside` of the host, is one of "80", "80-90/udp". */
static bool port_fits(const struct filter *f, const struct strv *ports, bool outside)
{
	for (size_t i = 0; CFG_BRIDGES && i < ports->n; i++) {
		auto_str struct str text = STR_INIT;
		struct hostport p;
		uint16_t port;

		str_addf(&text, "%s%s", outside ? "" : "::", ports->v[i]);
		if (hostport_read(text.s, &p, NULL) < 0)
			continue;
		port = outside ? p.first : p.port;
		if (port >= f->ports.first && port <= f->ports.last && p.proto == f->ports.proto)
			return true;
	}
	return false;
}

static bool network_fits(const struct filter *f, const struct container *c)
{
	const char *mode = c->config.network_mode;

	for (size_t i = 0; i < c->nets_n; i++) {
		if (strcmp(c->nets[i].network, f->value) == 0 ||
		    (*f->value && strncmp(c->nets[i].network_id, f->value, strlen(f->value)) == 0))
			return true;
	}
	return !c->nets_n && (strcmp(mode, f->value) == 0 ||
		(strcmp(f->value, "none") == 0 && strcmp(mode, "default") == 0));
}

static bool fits(const struct filter *f, const struct container_state *st,
		 const struct container *c)
{
	switch (f->type) {
	case F_ID:
		return matches(f, st->id);
	case F_NAME:
		return name_fits(f, st->name);
	case F_STATUS:
		return strcmp(container_status_text(st->status), f->value) == 0;
	case F_EXITED:
		return st->status == CONTAINER_EXITED && st->exit_code == f->n;
	case F_BEFORE:
		return st->created_ns < f->n;
	case F_SINCE:
		return st->created_ns > f->n;
	case F_HEALTH:
		return strcmp(*st->health ? st->health : "none", f->value) == 0;
	case F_TASK:
		return f->n == 0;
	case F_LABEL:
		return label_fits(f, c);
	case F_ANCESTOR:
		return ancestor_fits(f, c);
	case F_VOLUME:
		return volume_fits(f, c);
	case F_NETWORK:
		return network_fits(f, c);
	case F_PUBLISH:
		return port_fits(f, &c->config.ports, true);
	case F_EXPOSE:
		return port_fits(f, &c->config.exposed_ports, false);
	case F_ISOLATION: case F_TYPES:
		return strcmp(f->value, "default") == 0 || !*f->value;
	}
	return false;
}

/* Values of one name are alternatives; every label must be there. */
static bool all_fit(const struct filters *all, const struct container_state *st,
		    const struct container *c)
{
	for (int t = 0; t < F_TYPES; t++) {
		bool any = false, every = true;

		for (size_t i = 0; i < all->n; i++) {
			bool yes = all->v[i].type == (enum filter_type)t && fits(&all->v[i], st, c);

			any |= yes;
			every &= yes || all->v[i].type != (enum filter_type)t;
		}
		if (all->given[t] && !(t == F_LABEL ? every : any))
			return false;
	}
	return true;
}

static bool is_up(const struct container_state *st)
{
	return st->status == CONTAINER_RUNNING || st->status == CONTAINER_PAUSED ||
	       st->status == CONTAINER_RESTARTING;
}

static int newest_first(const void *a, const void *b)
{
	const struct container_state *x = a, *y = b;

	if (x->created_ns != y->created_ns)
		return x->created_ns < y->created_ns ? 1 : -1;
	return strcmp(x->id, y->id);
}

/* Does this one belong in the list? A record that cannot be read fits no filter on it. */
static bool wanted(struct engine *g, const struct list_query *q, const struct filters *f,
		   const struct container_state *st)
{
	struct container c = { .image_id = "", .config.network_mode = "" };
	bool record = false;

	if (!q->all && q->last <= 0 && !f->given[F_STATUS] && !is_up(st))
		return false;
	for (int t = 0; t < F_TYPES; t++)
		record |= f->given[t] && needs_record(t);
	if (record && container_load(g->store, st->id, &c, g->mem, NULL) < 0)
		return false;
	return all_fit(f, st, &c);
}

int engine_list(struct engine *g, const struct list_query *q, struct container_state **out,
		struct err *e)
{
	struct filters f = { 0 };
	struct container_state *list;
	struct strv ids;
	int n = 0, kept = 0, rc = filters_parse(g, &q->filters, &f, e);

	if (rc == 0)
		rc = container_list(g->store, &ids, g->mem, e);
	if (rc < 0)
		return rc;
	*out = list = arena_get(g->mem, (ids.n + 1) * sizeof(*list));
	for (size_t i = 0; i < ids.n; i++)
		n += container_state_load(g->store, ids.v[i], &list[n], g->mem, NULL) == 0;
	qsort(list, n, sizeof(*list), newest_first);
	for (int i = 0; i < n && (q->last <= 0 || kept < q->last); i++) {
		if (wanted(g, q, &f, &list[i]))
			list[kept++] = list[i];
	}
	return kept;
}

/* --- words --- */

static void ago(int64_t ns, struct str *out)
{
	human_duration(ns, out);
	str_puts(out, " ago");
}

static void status_up(const struct container_state *st, int64_t now_ns, struct str *out)
{
	str_puts(out, "Up ");
	human_duration(now_ns - st->started_ns, out);
	if (st->status == CONTAINER_PAUSED)
		str_puts(out, " (Paused)");
	else if (strcmp(st->health, "starting") == 0)
		str_puts(out, " (health: starting)");
	else if (*st->health && strcmp(st->health, "none") != 0)
		str_addf(out, " (%s)", st->health);
}

void list_status(const struct container_state *st, int64_t now_ns, struct str *out)
{
	if (st->damaged) {
		str_puts(out, "Dead (its record is damaged)");
		return;
	}
	switch (st->status) {
	case CONTAINER_RUNNING: case CONTAINER_PAUSED:
		status_up(st, now_ns, out);
		break;
	case CONTAINER_RESTARTING:
		str_addf(out, "Restarting (%d) ", st->exit_code);
		ago(now_ns - st->finished_ns, out);
		break;
	case CONTAINER_REMOVING:
		str_puts(out, "Removal In Progress");
		break;
	case CONTAINER_DEAD:
		str_puts(out, "Dead");
		break;
	case CONTAINER_CREATED:
		str_puts(out, "Created");
		break;
	case CONTAINER_EXITED:
		str_addf(out, "Exited (%d) ", st->exit_code);
		ago(now_ns - st->finished_ns, out);
		break;
	}
}
