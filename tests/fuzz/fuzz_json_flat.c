// SPDX-License-Identifier: MIT
/* What is read as flat means the same to the whole parser. */
#include "core/fmt/json.h"
#include "core/fmt/json_flat.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool same(const struct json_field *f, const json_t *v, struct arena *mem)
{
	const char *text;

	switch (f->kind) {
	case JSON_FLAT_TEXT:
		text = json_flat_text(f, mem);
		return json_is_string(v) && strcmp(text, json_string_value(v)) == 0;
	case JSON_FLAT_INT:
		return json_is_integer(v) && json_integer_value(v) == f->n;
	case JSON_FLAT_BOOL:
		return json_is_boolean(v) && json_is_true(v) == f->n;
	case JSON_FLAT_NULL:
		return json_is_null(v);
	}
	return false;
}

/* A key may have escapes too. */
static const char *key_of(const struct json_field *f, struct arena *mem)
{
	const struct json_field key = { .text = f->key, .text_len = f->key_len };

	return json_flat_text(&key, mem);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_arena struct arena mem = { 0 };
	const char *text = (const char *)data;
	struct json_flat f = { .at = text, .end = text + size };
	struct err e = { 0 };
	struct json_field got;
	json_t *v;
	int rc;

	while ((rc = json_flat_next(&f, &got)) > 0)
		;
	if (rc < 0)
		return 0;
	v = json_parse(text, size, SIZE_MAX, &e);
	if (!v && strstr(e.msg, "duplicate"))
		return 0;
	if (!v)
		abort();
	f = (struct json_flat){ .at = text, .end = text + size };
	while (json_flat_next(&f, &got) > 0) {
		if (!same(&got, json_object_get(v, key_of(&got, &mem)), &mem))
			abort();
	}
	json_decref(v);
	return 0;
}
