// SPDX-License-Identifier: MIT
/* top.c - the processes of a container.
 *
 * ps's options are understood, and no ps is needed, neither on the host nor in the image. The
 * numbers are the host's.
 *
 * config TOP
 *	bool "top: the processes of a container"
 *	default y
 *	help
 *	  docker top, with the options of ps: -ef, aux, -o and others.
 */
#include "core/engine/top.h"

#include <stdio.h>

#include "applets/session.h"
#include "core/base/text.h"

enum { CELL_LEAST = 20, CELL_GAP = 3 };	/* Docker's table of this command */

/* Characters, as a terminal shows most of them. */
static size_t columns_of(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += (*s & 0xc0) != 0x80;
	return n;
}

static const char *safe(const char *cell, struct arena *mem)
{
	auto_str struct str b = STR_INIT;

	text_safe(&b, cell, strlen(cell));
	return strv_dup(b.s, b.len, mem);
}

static void row_print(const struct strv *cells, const size_t *width)
{
	for (size_t i = 0; i < cells->n; i++) {
		size_t n = columns_of(cells->v[i]);

		fputs(cells->v[i], stdout);
		if (i + 1 < cells->n)
			printf("%*s", (int)(width[i] - n), "");
	}
	putchar('\n');
}

static void row_measure(struct strv *cells, size_t *width, size_t max, struct arena *mem)
{
	for (size_t i = 0; i < cells->n && i < max; i++) {
		size_t n;

		cells->v[i] = safe(cells->v[i], mem);
		n = columns_of(cells->v[i]) + CELL_GAP;
		if (i + 1 < cells->n && n > width[i])
			width[i] = n;
	}
}

static void top_print(struct top *t, struct arena *mem)
{
	size_t *width = arena_get(mem, (t->titles.n + 1) * sizeof(*width));

	for (size_t i = 0; i < t->titles.n; i++)
		width[i] = CELL_LEAST;
	row_measure(&t->titles, width, t->titles.n, mem);
	for (size_t i = 0; i < t->n; i++)
		row_measure(&t->row[i].cells, width, t->titles.n, mem);
	row_print(&t->titles, width);
	for (size_t i = 0; i < t->n; i++)
		row_print(&t->row[i].cells, width);
}

static int top_run(const struct ctx *ctx, int argc, const char **argv, struct err *e)
{
	auto_session struct session s = SESSION_INIT;
	struct strv options = { 0 };
	char id[CONTAINER_ID_LEN + 1];
	struct top t;
	int at = cmd_parse(ctx, argc, argv, NULL, e), rc = at;

	if (rc >= 0)
		rc = session_open(ctx, &s, e);
	if (rc >= 0)
		rc = container_find(&s.store, argv[at], id, e);
	for (int i = at + 1; i < argc && rc >= 0; i++)
		strv_add(&options, argv[i], ctx->mem);
	if (rc >= 0)
		rc = engine_top(&s.g, id, &options, &t, e);
	if (rc < 0)
		return rc;
	top_print(&t, ctx->mem);
	return 0;
}

static const struct cmd top_cmds[] = {
	{ "top", "CONTAINER [ps OPTIONS]", "Display the running processes of a container", top_run,
	  NULL, .min = 1, .max = ARGS_ANY, .front = true, .group = "container" },
	{ 0 }
};

const struct applet top_applet = {
	.name = "top",
	.cmds = top_cmds,
};
