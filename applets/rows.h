// SPDX-License-Identifier: MIT
/* rows.h - all applets of this binary and the rows of their commands: who is reached how. */
#pragma once

#include "applets/applet.h"

/* Calls for every row of every applet until one says stop; that one, or NULL. */
typedef bool row_fn(const struct applet *a, const struct cmd *c, void *arg);
const struct cmd *rows_each(row_fn *fn, void *arg);

/* A management command: none of its rows has its own name. */
bool rows_is_group(const struct applet *a);

/* The group a row is in: its own, or its applet's; NULL for none. And its name there. */
const char *rows_group(const struct applet *a, const struct cmd *c);
const char *rows_name(const struct cmd *c);

/* By the command's own name; by its group's (name NULL: any of the group). NULL: none. */
const struct cmd *rows_find(const char *name);
const struct cmd *rows_find_in(const char *group, const char *name);

/* What a management command is for; "" for none. */
const char *rows_brief(const char *group);

/* The program's own options; in main.c. */
extern const struct opt rows_global[];
