// SPDX-License-Identifier: MIT
#include "core/fmt/json.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/auxv.h>

void json_release(json_t **v)
{
	json_decref(*v);
	*v = NULL;
}

/* jansson allocates by malloc(3) and tells by NULL; here that ends the process. */
static json_t *need(json_t *v)
{
	if (!v)
		abort();
	return v;
}

/* jansson recurses once a level, and makes an object of each value: both are counted before it
 * sees the text. */
static int check_shape(const char *s, size_t len, size_t max, struct err *e)
{
	size_t values = 0, most = max / JSON_VALUE_BYTES;
	bool quoted = false;
	int depth = 0;

	if (most < JSON_VALUES_MIN)
		most = JSON_VALUES_MIN;
	for (size_t i = 0; i < len; i++) {
		char c = s[i];

		if (quoted) {
			if (c == '\\')
				i++;
			else if (c == '"')
				quoted = false;
			continue;
		}
		if (c == '"')
			quoted = true;
		else if (c == '[' || c == '{')
			depth++;
		else if (c == ']' || c == '}')
			depth--;
		values += c == ',' || c == '[' || c == '{';
		if (values > most)
			return err_set(e, E2BIG, "JSON of more than %zu values", most);
		if (depth > JSON_DEPTH_MAX)
			return err_set(e, E2BIG, "JSON nested deeper than %d", JSON_DEPTH_MAX);
	}
	return 0;
}

/* jansson would read /dev/urandom (U07), at its first object, for what makes its hashes
 * unforeseeable; the kernel gave this process 16 random bytes at exec. The libc has taken them
 * for its own secrets, so they are not used as they are. */
static __attribute__((constructor)) void seed(void)
{
	uint64_t r[2] = { 0 };

	if (getauxval(AT_RANDOM))
		memcpy(r, (const void *)getauxval(AT_RANDOM), sizeof(r));
	r[0] = (r[0] ^ (r[1] << 32 | r[1] >> 32)) * 0x9e3779b97f4a7c15;
	json_object_seed((size_t)(r[0] >> 32) | 1); /* 0 would mean: read it */
}

json_t *json_parse(const char *text, size_t len, size_t max, struct err *e)
{
	json_error_t je;
	json_t *v;

	if (len > max) {
		err_set(e, E2BIG, "JSON of %zu bytes, more than %zu", len, max);
		return NULL;
	}
	if (check_shape(text, len, max, e) < 0)
		return NULL;
	v = json_loadb(text, len, JSON_REJECT_DUPLICATES, &je);
	if (!v)
		err_set(e, EBADMSG, "line %d column %d: %s", je.line, je.column, je.text);
	return v;
}

json_t *json_at(const json_t *v, const char *path)
{
	while (v && *path) {
		size_t n = strcspn(path, ".");

		v = json_object_getn(v, path, n);
		path += n + (path[n] == '.');
	}
	return json_is_null(v) ? NULL : (json_t *)v;
}

static int wrong(const char *path, const char *want, struct err *e)
{
	return err_set(e, EBADMSG, "%s is not %s", *path ? path : "the document", want);
}

int json_text(const json_t *v, const char *path, const char **out, struct arena *mem, struct err *e)
{
	v = json_at(v, path);
	if (!v)
		return 0;
	if (!json_is_string(v))
		return wrong(path, "a string", e);
	*out = strv_dup(json_string_value(v), json_string_length(v), mem);
	return 0;
}

int json_int(const json_t *v, const char *path, int64_t *out, struct err *e)
{
	v = json_at(v, path);
	if (!v)
		return 0;
	if (!json_is_integer(v))
		return wrong(path, "a whole number", e);
	*out = json_integer_value(v);
	return 0;
}

int json_bool(const json_t *v, const char *path, bool *out, struct err *e)
{
	v = json_at(v, path);
	if (!v)
		return 0;
	if (!json_is_boolean(v))
		return wrong(path, "true or false", e);
	*out = json_is_true(v);
	return 0;
}

int json_object_at(const json_t *v, const char *path, json_t **out, struct err *e)
{
	*out = json_at(v, path);
	return *out && !json_is_object(*out) ? wrong(path, "an object", e) : 0;
}

int json_array_at(const json_t *v, const char *path, json_t **out, struct err *e)
{
	*out = json_at(v, path);
	return *out && !json_is_array(*out) ? wrong(path, "a list", e) : 0;
}

static int check_count(size_t n, const char *path, struct err *e)
{
	if (n > JSON_TEXTS_MAX)
		return err_set(e, E2BIG, "%s has %zu entries, more than %d", path, n,
			JSON_TEXTS_MAX);
	return 0;
}

int json_strv(const json_t *v, const char *path, struct strv *out, struct arena *mem, struct err *e)
{
	struct strv got;
	json_t *list, *item;
	size_t i;
	int rc = json_array_at(v, path, &list, e);

	if (rc < 0 || !list)
		return rc;
	rc = check_count(json_array_size(list), path, e);
	if (rc < 0)
		return rc;
	got = strv_make(json_array_size(list), mem);
	json_array_foreach(list, i, item) {
		if (!json_is_string(item))
			return err_set(e, EBADMSG, "%s[%zu] is not a string", path, i);
		got.v[got.n++] = strv_dup(json_string_value(item), json_string_length(item), mem);
	}
	*out = got;
	return 0;
}

int json_keys(const json_t *v, const char *path, struct strv *out, struct arena *mem, struct err *e)
{
	struct strv got;
	json_t *map, *item;
	const char *key;
	int rc = json_object_at(v, path, &map, e);

	if (rc < 0 || !map)
		return rc;
	rc = check_count(json_object_size(map), path, e);
	if (rc < 0)
		return rc;
	got = strv_make(json_object_size(map), mem);
	json_object_foreach(map, key, item)
		got.v[got.n++] = strv_dup(key, strlen(key), mem);
	*out = got;
	return 0;
}

int json_pairs(const json_t *v, const char *path, struct strv *out, struct arena *mem,
	       struct err *e)
{
	struct strv got;
	json_t *map, *item;
	const char *key;
	int rc = json_object_at(v, path, &map, e);

	if (rc < 0 || !map)
		return rc;
	rc = check_count(json_object_size(map), path, e);
	if (rc < 0)
		return rc;
	got = strv_make(json_object_size(map), mem);
	json_object_foreach(map, key, item) {
		size_t klen = strlen(key), vlen = json_string_length(item);
		char *pair;

		if (!json_is_string(item))
			return err_set(e, EBADMSG, "%s[\"%.64s\"] is not a string", path, key);
		pair = arena_get(mem, klen + 1 + vlen + 1);
		memcpy(pair, key, klen);
		pair[klen] = '=';
		memcpy(pair + klen + 1, json_string_value(item), vlen);
		got.v[got.n++] = pair;
	}
	*out = got;
	return 0;
}

/* --- building ------------------------------------------------------------- */

void json_put(json_t *obj, const char *key, json_t *v)
{
	if (json_object_set_new(obj, key, need(v)) < 0)
		abort();	/* no memory, or a key of ours that is not UTF-8 */
}

/* Text that is not UTF-8 (argv may be anything) keeps its good bytes. */
static json_t *text_value(const char *text, size_t len)
{
	json_t *v = json_stringn(text, len);
	auto_str struct str clean = STR_INIT;

	if (v)
		return v;
	for (size_t i = 0; i < len; i++) {
		if (text[i] & 0x80)
			str_puts(&clean, "\xef\xbf\xbd");	/* U+FFFD, as Go does */
		else
			str_add(&clean, &text[i], 1);
	}
	return need(json_stringn(clean.s, clean.len));
}

void json_put_text(json_t *obj, const char *key, const char *text)
{
	json_put(obj, key, text ? text_value(text, strlen(text)) : json_null());
}

void json_put_int(json_t *obj, const char *key, int64_t n)
{
	json_put(obj, key, json_integer(n));
}

void json_put_bool(json_t *obj, const char *key, bool b)
{
	json_put(obj, key, json_boolean(b));
}

json_t *json_from_strv(const struct strv *v)
{
	json_t *list = need(json_array());

	for (size_t i = 0; i < v->n; i++) {
		if (json_array_append_new(list, text_value(v->v[i], strlen(v->v[i]))) < 0)
			abort();
	}
	return list;
}

static void put_key(json_t *map, const char *key, size_t len, json_t *v)
{
	auto_str struct str name = STR_INIT;
	json_t *clean = text_value(key, len);

	str_add(&name, json_string_value(clean), json_string_length(clean));
	json_decref(clean);
	json_put(map, name.s, v);
}

json_t *json_from_keys(const struct strv *v)
{
	json_t *map = need(json_object());

	for (size_t i = 0; i < v->n; i++)
		put_key(map, v->v[i], strlen(v->v[i]), json_object());
	return map;
}

json_t *json_from_pairs(const struct strv *v)
{
	json_t *map = need(json_object());

	for (size_t i = 0; i < v->n; i++) {
		size_t n = strcspn(v->v[i], "=");
		const char *value = v->v[i] + n + (v->v[i][n] == '=');

		put_key(map, v->v[i], n, text_value(value, strlen(value)));
	}
	return map;
}

static int by_key(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

json_t *json_sorted(json_t *o)
{
	size_t n = json_object_size(o), i = 0;
	const char **keys = calloc(n + 1, sizeof(*keys)), *key;
	json_t *out = json_object(), *v;

	if (!keys)
		abort();
	json_object_foreach(o, key, v)
	{
		keys[i++] = key;
	}
	qsort(keys, n, sizeof(*keys), by_key);
	for (i = 0; i < n; i++)
		json_put(out, keys[i], json_incref(json_object_get(o, keys[i])));
	free(keys);
	json_decref(o);
	return out;
}

json_t *json_or_null(json_t *v)
{
	if (json_array_size(v) + json_object_size(v) > 0)
		return v;
	json_decref(v);
	return json_null();
}
