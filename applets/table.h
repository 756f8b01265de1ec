// SPDX-License-Identifier: MIT
/* table.h - rows of a list command, as --format asks: Docker's "table …" or any template.
 *
 * A row is a JSON object of strings, one a column, or of objects of strings for what is asked
 * for by name ({{.Label "x"}}). Cells may hold anything (names and commands
 * come from images): controls are escaped before the columns are measured (Z85). */
#pragma once

#include "core/fmt/json.h"
#include "core/fmt/template.h"

struct table_column {
	const char *key;	/* "CreatedSince" */
	const char *header;	/* "CREATED"; NULL: what it is asked for by */
};

struct table {
	const struct template *row;
	bool columns;		/* begins with "table": headers, and columns aligned */
	const char *type;	/* what a row is called in errors: "*formatter.imageContext" */
	struct str text;	/* owned: what was printed so far */
	struct str line;	/* owned: room for a row, used again */
};

/* A format as it was typed, in mem: a shell hands over \t and \n as they stand. */
const char *table_unescape(const char *format, struct arena *mem);

/* Get ready.
 *
 * format   as the user gave it, or NULL; "table" alone stands for `usual`
 * usual    the command's own, "table {{.ID}}\t{{.Name}}"
 * type     what a row is called in errors
 * columns  what rows have; a NULL key ends them
 *
 * 0, or -code for main.c ("template parsing error: …"). */
NODISCARD int table_begin(struct table *t, const char *format, const char *usual,
			  const char *type, const struct table_column *columns,
			  struct arena *mem, struct err *e);

/* Add one row; takes `row` over. */
NODISCARD int table_row(struct table *t, json_t *row, struct err *e);

/* Print to standard output. */
void table_end(struct table *t);
