// SPDX-License-Identifier: MIT
#include "core/fmt/json_flat.h"

enum { DIGITS_MAX = 19 }; /* of an int64_t */

/* The closing quote of the string that begins at p, NULL when there is none, or what it would
 * take a whole parser to judge comes first. */
static const char *quote_find(const char *p, const char *end)
{
	for (; p < end && *p != '"'; p++) {
		if ((unsigned char)*p < 0x20 || (unsigned char)*p >= 0x7f)
			return NULL;
		if (*p == '\\' && (++p == end || !*p || !strchr("\"\\nrt", *p)))
			return NULL;
	}
	return p < end ? p : NULL;
}

static bool take_word(struct json_flat *f, const char *word)
{
	size_t n = strlen(word);

	if ((size_t)(f->end - f->at) < n || memcmp(f->at, word, n) != 0)
		return false;
	f->at += n;
	return true;
}

static bool take_string(struct json_flat *f, const char **s, size_t *len)
{
	const char *end;

	if (!take_word(f, "\""))
		return false;
	end = quote_find(f->at, f->end);
	if (!end)
		return false;
	*s = f->at;
	*len = (size_t)(end - f->at);
	f->at = end + 1;
	return true;
}

static bool take_int(struct json_flat *f, int64_t *out)
{
	bool minus = take_word(f, "-");
	const char *from = f->at;
	uint64_t n = 0;

	for (; f->at < f->end && *f->at >= '0' && *f->at <= '9'; f->at++) {
		if (f->at - from == DIGITS_MAX)
			return false;
		n = n * 10 + (uint64_t)(*f->at - '0');
	}
	if (n > INT64_MAX)
		return false;
	*out = minus ? -(int64_t)n : (int64_t)n;
	return f->at > from && (*from != '0' || f->at == from + 1);
}

static bool take_value(struct json_flat *f, struct json_field *out)
{
	char c = f->at < f->end ? *f->at : 0;

	out->n = c == 't';
	switch (c) {
	case '"':
		out->kind = JSON_FLAT_TEXT;
		return take_string(f, &out->text, &out->text_len);
	case 't': case 'f':
		out->kind = JSON_FLAT_BOOL;
		return take_word(f, c == 't' ? "true" : "false");
	case 'n':
		out->kind = JSON_FLAT_NULL;
		return take_word(f, "null");
	default:
		out->kind = JSON_FLAT_INT;
		return take_int(f, &out->n);
	}
}

int json_flat_next(struct json_flat *f, struct json_field *out)
{
	if (f->open && take_word(f, "}"))
		return f->at == f->end ? 0 : -EBADMSG;
	if (!take_word(f, f->open ? "," : "{"))
		return -EBADMSG;
	f->open = true;
	if (!take_string(f, &out->key, &out->key_len) || !take_word(f, ":"))
		return -EBADMSG;
	return take_value(f, out) ? 1 : -EBADMSG;
}

const char *json_flat_text(const struct json_field *f, struct arena *mem)
{
	char *to = arena_get(mem, f->text_len + 1), *p = to;
	const char *end = f->text + f->text_len;

	for (const char *s = f->text; s < end; s++, p++) {
		*p = *s;
		if (*s == '\\') {
			s++;
			*p = *s == 'n' ? '\n' : *s == 'r' ? '\r' : *s == 't' ? '\t' : *s;
		}
	}
	return to;
}
