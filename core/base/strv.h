// SPDX-License-Identifier: MIT
/* strv.h - a list of texts, in the order given.
 *
 * The array is borrowed from the arena it was made in; the texts are borrowed from
 * wherever they came (argv, the same arena). It may be copied by assignment; of two
 * copies only one may be added to afterwards. {0} is an empty list. */
#pragma once

#include "core/base/arena.h"

struct strv {
	const char **v;		/* n texts; NULL when n is 0 */
	size_t n;
};

/* An empty list with room for n texts: for who fills v himself. Only lists that were made here
 * or by strv_add may be added to, for n says how much room there is. */
struct strv strv_make(size_t n, struct arena *mem);

/* Add one text; the text itself is not copied. */
void strv_add(struct strv *l, const char *text, struct arena *mem);

/* Copy `len` bytes into the arena, with a final 0. */
char *strv_dup(const char *text, size_t len, struct arena *mem);

/* Print into the arena. */
const char *strv_textf(struct arena *mem, const char *fmt, ...) PRINTF(2, 3);

/* The value of the last "KEY=VALUE" (or bare "KEY": "") with this key, or NULL. */
const char *strv_value(const struct strv *l, const char *key);

/* Is this very text in the list? */
bool strv_has(const struct strv *l, const char *text);

/* Is there a "KEY=VALUE" as `want` asks: "KEY", whatever its value, or "KEY=VALUE"? */
bool strv_has_pair(const struct strv *l, const char *want);
