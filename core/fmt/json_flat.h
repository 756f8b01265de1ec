// SPDX-License-Identifier: MIT
/* json_flat.h - one flat object, read field by field without a tree.
 *
 * For small records of our own that are read by the hundred: a tree of them is 30 allocations
 * each. It takes less than JSON: what json_print writes with JSON_PLAIN, and of that no lists, no
 * objects in it, no fractions, no byte past ASCII. All else is "not flat", which json_parse may
 * still read. Duplicate keys are not looked for. */
#pragma once

#include "core/base/arena.h"
#include "core/base/err.h"

struct json_flat {
	const char *at, *end; /* borrowed: from { to the end of the text */
	bool open; /* past the { */
};

enum json_flat_kind { JSON_FLAT_TEXT, JSON_FLAT_INT, JSON_FLAT_BOOL, JSON_FLAT_NULL };

struct json_field {
	const char *key, *text; /* borrowed, not terminated; text still has its escapes */
	size_t key_len, text_len;
	int64_t n; /* of an INT; 0 or 1 of a BOOL */
	enum json_flat_kind kind;
};

/* The next field. 1, 0 after the last one, -EBADMSG when the text is not flat. */
NODISCARD int json_flat_next(struct json_flat *f, struct json_field *out);

/* A copy of a TEXT's value without its escapes. */
const char *json_flat_text(const struct json_field *f, struct arena *mem);
