// SPDX-License-Identifier: MIT
/* template_print.c - Go's Sprint and Sprintf over JSON values. */
#include <stdio.h>

#include "core/base/text.h"
#include "core/fmt/template_tree.h"

void template_print(const struct exec *x, int argc, const struct value *argv, bool line,
		    struct str *out)
{
	bool was_text = true;

	for (int i = 0; i < argc; i++) {
		bool text = json_is_string(argv[i].v);

		if (i && (line || (!text && !was_text)))
			str_puts(out, " ");
		value_print(x, &argv[i], false, out);
		was_text = text;
	}
	if (line)
		str_puts(out, "\n");
}

/* What stands between % and the verb. */
struct spec {
	bool minus, plus, zero, sharp, space, has_precision;
	int width, precision;
};

static const char *number(const char *p, const char *end, int *n)
{
	for (*n = 0; p < end && *p >= '0' && *p <= '9'; p++) {
		if (*n <= TEMPLATE_WIDTH_MAX)
			*n = *n * 10 + *p - '0';
	}
	if (*n > TEMPLATE_WIDTH_MAX)
		*n = TEMPLATE_WIDTH_MAX;
	return p;
}

static const char *spec_parse(const char *p, const char *end, struct spec *s)
{
	*s = (struct spec){ 0 };
	for (; p < end; p++) {
		if (*p == '-')
			s->minus = true;
		else if (*p == '+')
			s->plus = true;
		else if (*p == '0')
			s->zero = true;
		else if (*p == '#')
			s->sharp = true;
		else if (*p == ' ')
			s->space = true;
		else
			break;
	}
	p = number(p, end, &s->width);
	if (p < end && *p == '.') {
		s->has_precision = true;
		p = number(p + 1, end, &s->precision);
	}
	return p;
}

static size_t runes(const struct str *b)
{
	size_t n = 0;
	int32_t r;

	for (size_t at = 0; at < b->len; n++)
		at += text_rune(b->s + at, b->len - at, &r);
	return n;
}

/* Append b, padded to the width; zeros go between the sign and the digits. */
static void pad(const struct spec *s, const struct str *b, bool zeros, struct str *out)
{
	size_t n = runes(b), gap = (size_t)s->width > n ? (size_t)s->width - n : 0, sign = 0;

	if (zeros && s->zero && !s->minus) {
		sign = b->len && (*b->s == '-' || *b->s == '+' || *b->s == ' ');
		str_add(out, b->s, sign);
		for (; gap; gap--)
			str_puts(out, "0");
	}
	if (!s->minus)
		str_addf(out, "%*s", (int)gap, "");
	str_add(out, b->s + sign, b->len - sign);
	if (s->minus)
		str_addf(out, "%*s", (int)gap, "");
}

static void digits(uint64_t v, unsigned base, bool upper, struct str *b)
{
	char t[65], *p = t + sizeof(t);

	do
		*--p = (upper ? "0123456789ABCDEF" : "0123456789abcdef")[v % base];
	while (v /= base);
	str_add(b, p, t + sizeof(t) - p);
}

static bool put_integer(const struct spec *s, char verb, json_int_t v, struct str *b)
{
	unsigned base = verb == 'd' ? 10 : verb == 'b' ? 2 : verb == 'o' || verb == 'O' ? 8 : 16;
	uint64_t u = v < 0 ? -(uint64_t)v : (uint64_t)v;

	if (!strchr("dboOxXcqU", verb))
		return false;
	if (verb == 'c') {
		text_put_rune(b, v < 0 || v > 0x10ffff ? 0xfffd : (int32_t)v);
	} else if (verb == 'q') {
		auto_str struct str c = STR_INIT;

		text_put_rune(&c, v < 0 || v > 0x10ffff ? 0xfffd : (int32_t)v);
		str_addf(b, "'%s'", c.s);
	} else if (verb == 'U') {
		str_addf(b, "U+%04llX", (unsigned long long)u);
	} else {
		str_puts(b, v < 0 ? "-" : s->plus ? "+" : s->space ? " " : "");
		if (s->sharp && base == 16)
			str_puts(b, verb == 'X' ? "0X" : "0x");
		if (verb == 'O' || (s->sharp && base == 8))
			str_puts(b, verb == 'O' ? "0o" : "0");
		digits(u, base, verb == 'X', b);
	}
	return true;
}

static bool put_real(const struct spec *s, char verb, double d, struct str *b)
{
	char fmt[8] = "%.*g";
	int n = s->has_precision ? s->precision : 6;

	if (!strchr("eEfFgG", verb))
		return false;
	if (strchr("gG", verb) && !s->has_precision)
		return false;	/* as %v: the fewest digits */
	fmt[3] = verb;
	if (s->plus && d >= 0)
		str_puts(b, "+");
	str_addf(b, fmt, n > 100 ? 100 : n, d);
	return true;
}

static bool put_text(const struct spec *s, char verb, const char *t, size_t len, struct str *b)
{
	int32_t r;
	size_t at = 0;

	if (!strchr("sqxX", verb))
		return false;
	for (int i = 0; at < len && (!s->has_precision || i < s->precision); i++)
		at += text_rune(t + at, len - at, &r);
	if (verb == 's') {
		str_add(b, t, at);
	} else if (verb == 'q') {
		text_quote(b, t, at);
	} else {
		for (size_t i = 0; i < at; i++)
			str_addf(b, verb == 'x' ? "%02x" : "%02X", (unsigned char)t[i]);
	}
	return true;
}

static const char *go_type(const struct value *v)
{
	switch (v->v ? json_typeof(v->v) : JSON_NULL) {
	case JSON_OBJECT: return "map[string]interface {}";
	case JSON_ARRAY: return "[]interface {}";
	case JSON_STRING: return "string";
	case JSON_INTEGER: return "int";
	case JSON_REAL: return "float64";
	case JSON_TRUE: case JSON_FALSE: return "bool";
	default: return "<nil>";
	}
}

/* One value under one verb; false where the verb does not fit the value. */
static bool put_value(const struct exec *x, const struct spec *s, char verb, const struct value *v,
		      struct str *b);

static void put_list(const struct exec *x, const struct spec *s, char verb, const struct value *v,
		     struct str *b)
{
	str_puts(b, "[");
	for (size_t i = 0; i < json_array_size(v->v); i++) {
		const struct value item = { json_array_get(v->v, i), "" };

		if (i)
			str_puts(b, " ");
		if (!json_is_array(item.v) && put_value(x, s, verb, &item, b))
			continue;
		str_addf(b, "%%!%c(%s=", verb, go_type(&item));
		value_print(x, &item, false, b);
		str_puts(b, ")");
	}
	str_puts(b, "]");
}

static bool put_value(const struct exec *x, const struct spec *s, char verb, const struct value *v,
		      struct str *b)
{
	if (verb == 'T') {
		str_puts(b, go_type(v));
		return true;
	}
	if (verb == 'v' && !json_is_integer(v->v)) {
		value_print(x, v, false, b);
		return true;
	}
	if (json_is_integer(v->v))
		return put_integer(s, verb == 'v' ? 'd' : verb, json_integer_value(v->v), b);
	if (json_is_string(v->v))
		return put_text(s, verb, json_string_value(v->v), json_string_length(v->v), b);
	if (json_is_real(v->v)) {
		if (put_real(s, verb, json_real_value(v->v), b))
			return true;
		if (verb == 'g' || verb == 'G')
			value_print(x, v, false, b);
		return verb == 'g' || verb == 'G';
	}
	if (json_is_boolean(v->v) && verb == 't') {
		value_print(x, v, false, b);
		return true;
	}
	if (json_is_array(v->v)) {
		put_list(x, s, verb, v, b);
		return true;
	}
	return false;
}

static void put_verb(const struct exec *x, const struct spec *s, char verb, const struct value *v,
		     struct str *out)
{
	auto_str struct str b = STR_INIT;

	if (put_value(x, s, verb, v, &b)) {
		pad(s, &b, json_is_number(v->v), out);
		return;
	}
	str_reset(&b);
	if (!v->v || json_is_null(v->v)) {
		str_addf(out, "%%!%c(<nil>)", verb);
		return;
	}
	value_print(x, v, false, &b);
	str_addf(out, "%%!%c(%s=", verb, go_type(v));
	str_add(out, b.s, b.len);
	str_puts(out, ")");
}

static void put_extra(const struct exec *x, int argc, const struct value *argv, struct str *out)
{
	str_puts(out, "%!(EXTRA ");
	for (int i = 0; i < argc; i++) {
		str_addf(out, "%s%s=", i ? ", " : "", go_type(&argv[i]));
		value_print(x, &argv[i], false, out);
	}
	str_puts(out, ")");
}

void template_printf(const struct exec *x, const char *fmt, size_t len, int argc,
		     const struct value *argv, struct str *out)
{
	const char *end = fmt + len;
	struct spec s;
	int used = 0;

	while (fmt < end) {
		const char *pct = memchr(fmt, '%', end - fmt);

		str_add(out, fmt, (pct ? pct : end) - fmt);
		if (!pct)
			break;
		fmt = spec_parse(pct + 1, end, &s);
		if (fmt == end)
			str_puts(out, "%!(NOVERB)");
		else if (*fmt == '%')
			str_puts(out, "%");
		else if (used == argc)
			str_addf(out, "%%!%c(MISSING)", *fmt);
		else
			put_verb(x, &s, *fmt, &argv[used++], out);
		fmt += fmt < end;
	}
	if (used < argc)
		put_extra(x, argc - used, argv + used, out);
}
