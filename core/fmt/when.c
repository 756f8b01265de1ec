// SPDX-License-Identifier: MIT
#include "core/fmt/when.h"

#include "core/base/num.h"
#include "core/base/str.h"
#include "core/base/text.h"
#include "core/os/clock.h"

static bool digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Seconds with at most nine decimals. */
static int unix_parse(const char *text, int64_t *ns)
{
	int64_t s = 0, part = 0, scale = 1000000000;
	const char *p = text;

	for (; digit(*p); p++) {
		if (__builtin_mul_overflow(s, 10, &s) || __builtin_add_overflow(s, *p - '0', &s))
			return -EINVAL;
	}
	if (p == text || (*p && *p != '.'))
		return -EINVAL;
	if (*p == '.') {
		for (p++; digit(*p) && scale > 1; p++) {
			scale /= 10;
			part += (*p - '0') * scale;
		}
	}
	if (*p || __builtin_mul_overflow(s, 1000000000, &s) || __builtin_add_overflow(s, part, ns))
		return -EINVAL;
	return 0;
}

/* The shape of what is there: digits as 0; so many of the whole are given. */
static size_t shape(const char *text)
{
	static const char whole[] = "0000-00-00T00:00:00";
	size_t n = 0;

	while (whole[n] && text[n] && (whole[n] == '0' ? digit(text[n]) : text[n] == whole[n]))
		n++;
	return n;
}

/* "2013-01-02", "…T13", "…T13:23", "…T13:23:37", each with a zone or without: made whole. */
static int date_parse(const char *text, int64_t *ns)
{
	auto_str struct str b = STR_INIT;
	size_t n = shape(text);
	const char *rest = text + n;

	if (n != 10 && n != 13 && n != 16 && n != 19)
		return -EINVAL;
	str_add(&b, text, n);
	str_puts(&b, (const char *)"T00:00:00" + (n - 10));
	if (n == 19 && *rest == '.') {
		size_t k = 1 + strspn(rest + 1, "0123456789");

		str_add(&b, rest, k);
		rest += k;
	}
	str_puts(&b, *rest ? rest : "Z");
	return clock_parse(b.s, ns, NULL);
}

int when_parse(const char *text, int64_t now_ns, int64_t *ns, struct err *e)
{
	auto_str struct str q = STR_INIT;
	int64_t ago;

	if (num_duration(text, &ago, NULL) == 0 && strcmp(text, "0") != 0) {
		*ns = now_ns - ago;
		return 0;
	}
	if (unix_parse(text, ns) == 0 || date_parse(text, ns) == 0)
		return 0;
	text_quote(&q, text, strlen(text));
	return err_set(e, EINVAL, "failed to parse value as time or duration: %s", q.s);
}
