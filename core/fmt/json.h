// SPDX-License-Identifier: MIT
/* json.h - one value tree for JSON, measured before it is believed.
 *
 * The tree is jansson's `json_t`; files that build or walk values may call jansson's own
 * json_object(), json_array_append_new() … through this header, which is the only one to
 * include <jansson.h>. What comes from outside enters through json_parse and no other way.
 * Names here that take a path say it in their errors ("config.Env[3] is not a string").
 *
 * What an attacker controls: every byte given to json_parse. It refuses more than its limits,
 * depth (jansson recurses), duplicate keys (Z35), bytes after the value, invalid UTF-8,
 * \u0000, and numbers past 64 bits. */
#pragma once

#include <jansson.h>

#include "core/base/arena.h"
#include "core/base/err.h"
#include "core/base/str.h"
#include "core/base/strv.h"

enum {
	JSON_BYTES_MAX = 4 << 20,	/* of one document from outside */
	JSON_DEPTH_MAX = 64,
	JSON_TEXTS_MAX = 16384,		/* strings in one list, or keys in one map of strings */
	/* A value in memory is up to 240 bytes, however short its text. */
	JSON_VALUES_MIN = 65536,	/* commas and brackets that any document may have, */
	JSON_VALUE_BYTES = 32,		/* or one for so many bytes of its `max`, if that is more */
};

#define auto_json	__attribute__((cleanup(json_release)))
void json_release(json_t **v);		/* frees; *v is NULL again */

/* Parse exactly one object or array. `max` bytes at most (JSON_BYTES_MAX for what comes
 * from outside). NULL on failure: "line 3 column 7: …". The caller owns the value. */
NODISCARD json_t *json_parse(const char *text, size_t len, size_t max, struct err *e);

/* The value at a dotted path below `v` ("" for v itself); NULL when a step is missing or null. */
json_t *json_at(const json_t *v, const char *path);

/* Getters. A value that is missing or null leaves *out as the caller set it and returns 0;
 * one of another type is -EBADMSG and the error names the path. Strings are copied to mem. */
NODISCARD int json_text(const json_t *v, const char *path, const char **out, struct arena *mem,
			struct err *e);
NODISCARD int json_int(const json_t *v, const char *path, int64_t *out, struct err *e);
NODISCARD int json_bool(const json_t *v, const char *path, bool *out, struct err *e);

/* A list of strings. At most JSON_TEXTS_MAX. */
NODISCARD int json_strv(const json_t *v, const char *path, struct strv *out, struct arena *mem,
			struct err *e);

/* An object whose values do not matter: its keys, in order ("Volumes": {"/data": {}}). */
NODISCARD int json_keys(const json_t *v, const char *path, struct strv *out, struct arena *mem,
			struct err *e);

/* An object of strings, as KEY=VALUE, in order. */
NODISCARD int json_pairs(const json_t *v, const char *path, struct strv *out, struct arena *mem,
			 struct err *e);

/* The object or array at path: *out borrowed from v; NULL when missing or null. */
NODISCARD int json_object_at(const json_t *v, const char *path, json_t **out, struct err *e);
NODISCARD int json_array_at(const json_t *v, const char *path, json_t **out, struct err *e);

/* Building: each takes over nothing and never fails (memory running out ends the process). */
void json_put(json_t *obj, const char *key, json_t *v);		/* takes v over */
void json_put_text(json_t *obj, const char *key, const char *text);	/* NULL: JSON null */
void json_put_int(json_t *obj, const char *key, int64_t n);
void json_put_bool(json_t *obj, const char *key, bool b);
json_t *json_from_strv(const struct strv *v);		/* ["a","b"] */
json_t *json_from_keys(const struct strv *v);		/* {"a":{},"b":{}} */
json_t *json_from_pairs(const struct strv *v);		/* KEY=VALUE; the last of a key wins */
json_t *json_sorted(json_t *o);	/* takes o over; its keys in order, as Go prints a map */
json_t *json_or_null(json_t *v);	/* takes v over; an empty list or map becomes null */

enum json_how {
	JSON_PLAIN = 0,		/* one line, no spaces */
	JSON_PRETTY = 1u << 0,	/* four spaces a level, as `docker inspect` */
	JSON_HTML = 1u << 1,	/* <, > and & as \u003c …, as Go's json.Marshal */
	JSON_SORTED = 1u << 2,	/* keys in byte order, as Go prints maps */
};

/* Append `v` as text, keys in the order they were put. Bytes match Go's encoder: control
 * characters and U+2028/2029 escaped, floats shortest. DEL, C1 and bidirectional controls are
 * escaped too (the same value, but harmless on a terminal: Z85). Any value is allowed. */
void json_print(const json_t *v, unsigned how, struct str *out);
