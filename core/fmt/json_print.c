// SPDX-License-Identifier: MIT
/* json_print.c - a value as text, byte for byte as Go's encoder writes it. */
#include <inttypes.h>
#include <stdio.h>

#include "core/fmt/json.h"

/* One code point of valid UTF-8 (jansson holds no other). Returns its bytes. */
static size_t code_point(const unsigned char *s, uint32_t *c)
{
	if (s[0] < 0x80) {
		*c = s[0];
		return 1;
	}
	if (s[0] < 0xe0) {
		*c = (s[0] & 0x1fu) << 6 | (s[1] & 0x3f);
		return 2;
	}
	if (s[0] < 0xf0) {
		*c = (s[0] & 0xfu) << 12 | (s[1] & 0x3fu) << 6 | (s[2] & 0x3f);
		return 3;
	}
	*c = (s[0] & 7u) << 18 | (s[1] & 0x3fu) << 12 | (s[2] & 0x3fu) << 6 | (s[3] & 0x3f);
	return 4;
}

/* Go escapes C0 and the two line separators; the rest would act on a terminal. */
static bool must_escape(uint32_t c, unsigned how)
{
	if (c < 0x20 || (c >= 0x7f && c <= 0x9f))
		return true;
	if ((how & JSON_HTML) && (c == '<' || c == '>' || c == '&'))
		return true;
	return (c >= 0x200e && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
	       (c >= 0x2066 && c <= 0x2069) || c == 0x61c || c == 0xfeff;
}

static void print_text(const char *text, size_t len, unsigned how, struct str *out)
{
	const unsigned char *s = (const unsigned char *)text, *end = s + len;

	str_puts(out, "\"");
	while (s < end) {
		uint32_t c;
		size_t n = code_point(s, &c);

		if (c == '"' || c == '\\')
			str_addf(out, "\\%c", (int)c);
		else if (c == '\n' || c == '\r' || c == '\t')
			str_puts(out, c == '\n' ? "\\n" : c == '\r' ? "\\r" : "\\t");
		else if (must_escape(c, how))
			str_addf(out, "\\u%04x", c);
		else
			str_add(out, s, n);
		s += n;
	}
	str_puts(out, "\"");
}

/* The fewest digits that give the number back; Go writes exponents only below 1e-6 and from
 * 1e21, and without a leading zero. */
static void print_real(double d, struct str *out)
{
	char buf[64], *e;
	double size = d < 0 ? -d : d;
	int digits = 1;

	do {
		snprintf(buf, sizeof(buf), "%.*e", digits - 1, d);
	} while (strtod(buf, NULL) != d && ++digits <= 17);
	e = strchr(buf, 'e');
	if (size != 0 && (size < 1e-6 || size >= 1e21)) {
		int exp = atoi(e + 1);

		*e = 0;
		str_addf(out, "%se%c%02d", buf, exp < 0 ? '-' : '+', exp < 0 ? -exp : exp);
		if (exp < 0 && exp > -10) {	/* Go turns e-09 into e-9 */
			out->s[out->len - 2] = out->s[out->len - 1];
			out->s[--out->len] = 0;
		}
		return;
	}
	digits -= 1 + atoi(e + 1);
	str_addf(out, "%.*f", digits > 0 ? digits : 0, d);
}

static void new_line(unsigned how, int depth, struct str *out)
{
	if (how & JSON_PRETTY)
		str_addf(out, "\n%*s", depth * 4, "");
}

static void print_value(const json_t *v, unsigned how, int depth, struct str *out);

static void print_list(const json_t *v, unsigned how, int depth, struct str *out)
{
	json_t *item;
	size_t i;

	if (json_array_size(v) == 0) {
		str_puts(out, "[]");
		return;
	}
	str_puts(out, "[");
	json_array_foreach(v, i, item) {
		if (i)
			str_puts(out, ",");
		new_line(how, depth + 1, out);
		print_value(item, how, depth + 1, out);
	}
	new_line(how, depth, out);
	str_puts(out, "]");
}

static void print_member(const char *key, const json_t *v, bool first, unsigned how, int depth,
			 struct str *out)
{
	if (!first)
		str_puts(out, ",");
	new_line(how, depth + 1, out);
	print_text(key, strlen(key), how, out);
	str_puts(out, how & JSON_PRETTY ? ": " : ":");
	print_value(v, how, depth + 1, out);
}

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void print_sorted(const json_t *v, unsigned how, int depth, struct str *out)
{
	size_t n = json_object_size(v), i = 0;
	auto_free const char **keys = malloc(n * sizeof(*keys));
	const char *key;
	json_t *item;

	if (!keys)
		abort();
	json_object_foreach((json_t *)v, key, item)
		keys[i++] = key;
	qsort(keys, n, sizeof(*keys), by_bytes);
	for (i = 0; i < n; i++)
		print_member(keys[i], json_object_get(v, keys[i]), i == 0, how, depth, out);
}

static void print_object(const json_t *v, unsigned how, int depth, struct str *out)
{
	bool first = true;
	const char *key;
	json_t *item;

	if (json_object_size(v) == 0) {
		str_puts(out, "{}");
		return;
	}
	str_puts(out, "{");
	if (how & JSON_SORTED) {
		print_sorted(v, how, depth, out);
	} else {
		json_object_foreach((json_t *)v, key, item) {
			print_member(key, item, first, how, depth, out);
			first = false;
		}
	}
	new_line(how, depth, out);
	str_puts(out, "}");
}

static void print_value(const json_t *v, unsigned how, int depth, struct str *out)
{
	switch (v ? json_typeof(v) : JSON_NULL) {
	case JSON_OBJECT:
		print_object(v, how, depth, out);
		break;
	case JSON_ARRAY:
		print_list(v, how, depth, out);
		break;
	case JSON_STRING:
		print_text(json_string_value(v), json_string_length(v), how, out);
		break;
	case JSON_INTEGER:
		str_addf(out, "%" PRId64, (int64_t)json_integer_value(v));
		break;
	case JSON_REAL:
		print_real(json_real_value(v), out);
		break;
	case JSON_TRUE:
		str_puts(out, "true");
		break;
	case JSON_FALSE:
		str_puts(out, "false");
		break;
	case JSON_NULL:
		str_puts(out, "null");
	}
}

void json_print(const json_t *v, unsigned how, struct str *out)
{
	print_value(v, how, 0, out);
}
