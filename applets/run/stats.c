// SPDX-License-Identifier: MIT
/* stats.c - what containers use, now and again.
 *
 * A reading is two looks a moment apart, because the processor's share is a difference. The
 * table is drawn anew each second, from the top of the screen, until the command is ended.
 *
 * config STATS
 *	bool "stats: what containers use"
 *	default y
 *	help
 *	  docker stats, live or once, with Docker's columns and formats.
 */
#include "core/engine/stats.h"

#include <stdio.h>

#include "applets/session.h"
#include "applets/table.h"
#include "core/engine/list.h"
#include "core/fmt/human.h"
#include "core/os/clock.h"

struct stats_opts {
	bool all, no_stream, no_trunc;
	const char *format;
};

#define O struct stats_opts
static const struct opt stats_table[] = {
	OPT_FLAG(O, all, 'a', "all", "Show all containers (default shows just running)"),
	OPT_TEXT(O, format, 0, "format", "string", "Pretty-print images using a Go template"),
	OPT_FLAG(O, no_stream, 0, "no-stream",
		 "Disable streaming stats and only pull the first result"),
	OPT_FLAG(O, no_trunc, 0, "no-trunc", "Do not truncate output"),
	OPT_END
};
#undef O

enum { WINDOW_MS = 500, DRAW_MS = 1000 };

static const struct table_column columns[] = {
	{ "BlockIO", "BLOCK I/O" }, { "CPUPerc", "CPU %" }, { "Container", "CONTAINER" },
	{ "ID", "CONTAINER ID" }, { "MemPerc", "MEM %" }, { "MemUsage", "MEM USAGE / LIMIT" },
	{ "Name", "NAME" }, { "NetIO", "NET I/O" }, { "PIDs", "PIDS" }, { NULL, NULL },
};

static const char usual[] = "table {{.ID}}\t{{.Name}}\t{{.CPUPerc}}\t{{.MemUsage}}\t{{.MemPerc}}\t"
			    "{{.NetIO}}\t{{.BlockIO}}\t{{.PIDs}}";

struct view {
	const struct ctx *ctx;
	struct session *s;
	const struct stats_opts *o;
	struct strv named;	/* ids asked for; none: all that run, or all */
	struct strv refs;	/* how they were asked for */
	struct stats *list;	/* in `now` */
	size_t n;
	struct arena mem[2];	/* of this reading and of the one before */
	int now;
};

/* --- rows ------------------------------------------------------------------------------ */

static void put(json_t *row, const char *key, struct str *b)
{
	json_put_text(row, key, b->s);
	str_reset(b);
}

static void put_pair(json_t *row, const char *key, uint64_t x, uint64_t y)
{
	auto_str struct str b = STR_INIT;

	human_size((int64_t)x, 3, &b);
	str_puts(&b, " / ");
	human_size((int64_t)y, 3, &b);
	put(row, key, &b);
}

/* In the order `{{json .}}` shows them. */
static json_t *make_row(const struct view *v, const struct stats *s)
{
	auto_str struct str b = STR_INIT;
	json_t *row = json_object();

	put_pair(row, "BlockIO", s->read_bytes, s->write_bytes);
	str_addf(&b, "%.2f%%", s->cpu_percent);
	put(row, "CPUPerc", &b);
	json_put_text(row, "Container", s->ref);
	str_addf(&b, "%.*s", v->o->no_trunc ? CONTAINER_ID_LEN : CONTAINER_SHORT_LEN, s->id);
	put(row, "ID", &b);
	str_addf(&b, "%.2f%%",
		 s->memory_limit ? 100.0 * (double)s->memory / (double)s->memory_limit : 0);
	put(row, "MemPerc", &b);
	human_bytes((int64_t)s->memory, &b);
	str_puts(&b, " / ");
	human_bytes((int64_t)s->memory_limit, &b);
	put(row, "MemUsage", &b);
	json_put_text(row, "Name", s->name);
	put_pair(row, "NetIO", s->received, s->sent);
	str_addf(&b, "%llu", (unsigned long long)s->pids);
	put(row, "PIDs", &b);
	return row;
}

static int draw(struct view *v, struct err *e)
{
	const char *format = v->o->format && *v->o->format ? v->o->format : NULL;
	struct table t;
	int rc = table_begin(&t, format, usual, "*container.statsContext", columns,
			     &v->mem[v->now], e);

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < v->n && rc == 0; i++)
		rc = table_row(&t, make_row(v, &v->list[i]), e);
	if (rc < 0)
		return rc;
	if (!v->o->no_stream)
		fputs("\033[2J\033[H", stdout);
	table_end(&t);
	fflush(stdout);
	return 0;
}

/* --- which ------------------------------------------------------------------------------- */

/* The reading before, so that the processor's share can be told. */
static void keep_cpu(struct stats *s, const struct stats *before, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(before[i].id, s->id) == 0) {
			s->cpu_ns = before[i].cpu_ns;
			s->at_ns = before[i].at_ns;
		}
	}
}

static void take(struct view *v, const struct container_state *st, const char *ref,
		 struct arena *mem)
{
	struct stats *s = &v->list[v->n++];

	*s = (struct stats){ .name = strv_dup(st->name, strlen(st->name), mem) };
	memcpy(s->id, st->id, sizeof(s->id));
	s->ref = ref ? ref : s->id;
}

static int which_all(struct view *v, struct arena *mem, struct err *e)
{
	const struct list_query q = { .all = v->o->all };
	struct engine g = { .store = &v->s->store, .mem = mem };
	struct container_state *list;
	int n = engine_list(&g, &q, &list, e);

	if (n < 0)
		return n;
	v->list = arena_get(mem, ((size_t)n + 1) * sizeof(*v->list));
	for (int i = 0; i < n; i++)
		take(v, &list[i], NULL, mem);
	return 0;
}

/* Those that were removed meanwhile are left out. */
static int which_named(struct view *v, struct arena *mem)
{
	struct container_state st;

	v->list = arena_get(mem, (v->named.n + 1) * sizeof(*v->list));
	for (size_t i = 0; i < v->named.n; i++) {
		if (container_state_load(&v->s->store, v->named.v[i], &st, mem, NULL) >= 0)
			take(v, &st, v->refs.v[i], mem);
	}
	return 0;
}

/* One reading of all. */
static int look(struct view *v, struct stats_reader *r, struct err *e)
{
	const struct stats *before = v->list;
	size_t before_n = v->n;
	struct arena *mem = &v->mem[v->now = !v->now];
	int rc;

	arena_release(mem);
	v->n = 0;
	rc = v->named.n ? which_named(v, mem) : which_all(v, mem, e);
	for (size_t i = 0; i < v->n && rc >= 0; i++) {
		keep_cpu(&v->list[i], before, before_n);
		stats_read(r, &v->list[i]);
	}
	return rc;
}

static bool any_runs(const struct view *v)
{
	for (size_t i = 0; i < v->n; i++) {
		if (v->list[i].runs)
			return true;
	}
	return false;
}

static int watch(struct view *v, struct stats_reader *r, struct err *e)
{
	int rc = look(v, r, e);

	if (rc >= 0 && any_runs(v)) {
		clock_sleep_ms(WINDOW_MS);
		rc = look(v, r, e);
	}
	if (rc >= 0)
		rc = draw(v, e);
	while (rc >= 0 && !v->o->no_stream && (v->n || !v->named.n)) {
		clock_sleep_ms(DRAW_MS);
		rc = look(v, r, e);
		if (rc >= 0)
			rc = draw(v, e);
	}
	return rc;
}

/* All that are missing are told, and then nothing is shown. */
static int find_named(struct view *v, int n, const char **refs, struct err *e)
{
	auto_str struct str missing = STR_INIT;

	for (int i = 0; i < n; i++) {
		char id[CONTAINER_ID_LEN + 1];
		struct err why = { 0 };

		if (container_find(&v->s->store, refs[i], id, &why) < 0) {
			str_addf(&missing, "%sError response from daemon: %s",
				 missing.len ? "\n" : "", why.msg);
			continue;
		}
		if (strv_has(&v->named, id))
			continue;
		strv_add(&v->named, strv_dup(id, CONTAINER_ID_LEN, v->ctx->mem), v->ctx->mem);
		strv_add(&v->refs, refs[i], v->ctx->mem);
	}
	return missing.len ? cli_fail(e, "%s", missing.s) : 0;
}

static int stats_run(const struct ctx *ctx, int argc, const char **argv, struct err *e)
{
	auto_session struct session s = SESSION_INIT;
	struct stats_opts o = { 0 };
	struct view v = { .ctx = ctx, .s = &s, .o = &o };
	struct stats_reader r = { .cgroup = CGROUP_INIT };
	int at = cmd_parse(ctx, argc, argv, &o, e), rc = at;

	if (rc >= 0)
		rc = session_open(ctx, &s, e);
	if (rc >= 0)
		rc = find_named(&v, argc - at, argv + at, e);
	if (rc >= 0)
		rc = stats_open(&r, &s.g, e);
	if (rc >= 0)
		rc = watch(&v, &r, e);
	stats_close(&r);
	arena_release(&v.mem[0]);
	arena_release(&v.mem[1]);
	return rc;
}

static const struct cmd stats_cmds[] = {
	{ "stats", "[OPTIONS] [CONTAINER...]",
	  "Display a live stream of container(s) resource usage statistics", stats_run,
	  stats_table, .min = 0, .max = ARGS_ANY, .group = "container" },
	{ 0 }
};

const struct applet stats_applet = {
	.name = "stats",
	.cmds = stats_cmds,
};
