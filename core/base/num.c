// SPDX-License-Identifier: MIT
#include "core/base/num.h"

#include "core/base/str.h"
#include "core/base/text.h"

static bool digit(char c)
{
	return c >= '0' && c <= '9';
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? c + 32 : c;
}

/* v = v * base + add; false when that passes max. */
static bool grow(uint64_t *v, unsigned base, unsigned add, uint64_t max)
{
	uint64_t r;

	if (__builtin_mul_overflow(*v, (uint64_t)base, &r) ||
	    __builtin_add_overflow(r, (uint64_t)add, &r) || r > max)
		return false;
	*v = r;
	return true;
}

/* --- sizes --- */

static int bytes_bad(const char *text, struct err *e)
{
	return err_set(e, EINVAL, "invalid size: '%s'", text);
}

/* Digits with at most one fraction: "12", "1.5". Returns what follows, NULL when malformed. */
static const char *bytes_digits(const char *p, uint64_t *whole, double *part, bool *over)
{
	double scale = 1;

	*whole = 0;
	*part = 0;
	*over = false;
	if (!digit(*p))
		return NULL;
	for (; digit(*p); p++)
		*over |= !grow(whole, 10, *p - '0', INT64_MAX);
	if (*p != '.')
		return p;
	if (!digit(*++p))
		return NULL;
	for (; digit(*p); p++) {
		scale /= 10;
		*part += (*p - '0') * scale;
	}
	return p;
}

int num_bytes(const char *text, int64_t *out, struct err *e)
{
	static const char units[] = "kmgtp";
	uint64_t whole, unit = 1, r;
	double part;
	bool over;
	const char *u, *p = bytes_digits(text, &whole, &part, &over);

	if (!p)
		return bytes_bad(text, e);
	if (*p == '.')	/* 1.2.3g */
		return err_set(e, EINVAL, "strconv.ParseFloat: parsing \"%.*s\": invalid syntax",
			       (int)strspn(text, "0123456789."), text);
	if (*p == ' ')
		p++;
	if (*p && (u = strchr(units, lower(*p)))) {
		unit <<= 10 * (u - units + 1);
		p++;
	}
	if (lower(*p) == 'i')
		p++;
	if (lower(*p) == 'b')
		p++;
	if (*p)
		return bytes_bad(text, e);
	if (over || __builtin_mul_overflow(whole, unit, &r) ||
	    __builtin_add_overflow(r, (uint64_t)(part * (double)unit), &r) || r > INT64_MAX)
		return err_set(e, ERANGE, "invalid size: '%s': value out of range", text);
	*out = (int64_t)r;
	return 0;
}

/* --- durations --- */

static const struct {
	const char *name;
	int64_t ns;
} duration_units[] = {
	{ "ns", 1 }, { "us", 1000 }, { "\xc2\xb5s", 1000 }, { "\xce\xbcs", 1000 },
	{ "ms", 1000000 }, { "s", 1000000000 }, { "m", 60000000000 }, { "h", 3600000000000 },
};

static int duration_bad(const char *text, const char *what, const char *unit, size_t len,
			struct err *e)
{
	auto_str struct str b = STR_INIT, q = STR_INIT;

	text_quote(&q, text, strlen(text));
	if (unit) {
		text_quote(&b, unit, len);
		return err_set(e, EINVAL, "time: %s %s in duration %s", what, b.s, q.s);
	}
	return err_set(e, EINVAL, "time: %s duration %s", what, q.s);
}

/* One number and its unit, added to *ns. Returns what follows, NULL with *e set. */
static const char *duration_part(const char *text, const char *p, uint64_t *ns, struct err *e)
{
	const uint64_t max = (uint64_t)INT64_MAX + 1;
	const char *start = p;
	uint64_t v = 0, f = 0, scale = 1;
	size_t len, i;
	bool ok = true, any = digit(*p);

	for (; digit(*p); p++)
		ok &= grow(&v, 10, *p - '0', max);
	if (*p == '.') {
		any |= digit(*++p);
		for (; digit(*p); p++) {
			if (scale < 100000000000000000 && grow(&f, 10, *p - '0', max))
				scale *= 10;
		}
	}
	if (!ok || !any) {
		duration_bad(text, "invalid", NULL, 0, e);
		return NULL;
	}
	start = p;
	while (*p && *p != '.' && !digit(*p))
		p++;
	len = p - start;
	if (!len) {
		duration_bad(text, "missing unit in", NULL, 0, e);
		return NULL;
	}
	for (i = 0; i < countof(duration_units); i++) {
		if (strlen(duration_units[i].name) == len &&
		    memcmp(duration_units[i].name, start, len) == 0)
			break;
	}
	if (i == countof(duration_units)) {
		duration_bad(text, "unknown unit", start, len, e);
		return NULL;
	}
	f = (uint64_t)((double)f * ((double)duration_units[i].ns / (double)scale));
	if (__builtin_mul_overflow(v, (uint64_t)duration_units[i].ns, &v) ||
	    __builtin_add_overflow(v, f, &v) || __builtin_add_overflow(*ns, v, ns) || *ns > max) {
		duration_bad(text, "invalid", NULL, 0, e);
		return NULL;
	}
	return p;
}

int num_duration(const char *text, int64_t *ns, struct err *e)
{
	const char *p = text;
	bool neg = *p == '-';
	uint64_t sum = 0;

	if (*p == '-' || *p == '+')
		p++;
	if (strcmp(p, "0") == 0) {
		*ns = 0;
		return 0;
	}
	if (!*p)
		return duration_bad(text, "invalid", NULL, 0, e);
	while (*p) {
		p = duration_part(text, p, &sum, e);
		if (!p)
			return -EINVAL;
	}
	if (!neg && sum > INT64_MAX)
		return duration_bad(text, "invalid", NULL, 0, e);
	*ns = neg ? (int64_t)-sum : (int64_t)sum;
	return 0;
}

/* --- CPUs --- */

enum { NANO_DIGITS = 9, EXP_MAX = 99 };

static int cpus_bad(const char *text, struct err *e)
{
	return err_set(e, EINVAL, "failed to parse %s as a rational number", text);
}

static int cpus_precise(struct err *e)
{
	return err_set(e, EINVAL, "value is too precise");
}

/* digits * 10^exp10 as an unsigned integer. */
static int cpus_scale(uint64_t v, int exp10, uint64_t *out, struct err *e)
{
	for (; exp10 > 0 && v; exp10--) {
		if (!grow(&v, 10, 0, INT64_MAX))
			return err_set(e, ERANGE, "value is too large");
	}
	for (; exp10 < 0 && v; exp10++) {
		if (v % 10)
			return cpus_precise(e);
		v /= 10;
	}
	*out = v;
	return 0;
}

/* "12.5e-3": significant digits and a power of ten. */
static const char *cpus_decimal(const char *p, uint64_t *v, int *exp10)
{
	bool any = false, neg;
	int x = 0, shift = 0;

	for (; digit(*p) || *p == '.'; p++) {
		if (*p == '.') {
			if (shift)
				return NULL;
			shift = 1;
			continue;
		}
		any = true;
		if (!grow(v, 10, *p - '0', INT64_MAX))
			return NULL;
		shift += shift > 0;
	}
	if (!any)
		return NULL;
	*exp10 = shift ? 1 - shift : 0;
	if (lower(*p) != 'e')
		return p;
	neg = *++p == '-';
	if (*p == '-' || *p == '+')
		p++;
	if (!digit(*p))
		return NULL;
	for (; digit(*p); p++)
		x = x > EXP_MAX ? x : x * 10 + *p - '0';
	*exp10 += neg ? -x : x;
	return p;
}

int num_cpus(const char *text, int64_t *nano, struct err *e)
{
	const char *p = text;
	bool neg = *p == '-';
	uint64_t v = 0, den = 1, r = 0;
	int exp10, rc;

	if (*p == '-' || *p == '+')
		p++;
	p = cpus_decimal(p, &v, &exp10);
	if (!p)
		return cpus_bad(text, e);
	if (*p == '/') {
		if (strpbrk(text, ".eE"))
			return cpus_bad(text, e);
		for (den = 0, p++; digit(*p); p++) {
			if (!grow(&den, 10, *p - '0', INT64_MAX))
				return cpus_bad(text, e);
		}
		if (!den)
			return cpus_bad(text, e);
	}
	if (*p)
		return cpus_bad(text, e);
	rc = cpus_scale(v, exp10 + NANO_DIGITS, &r, e);
	if (rc < 0)
		return rc;
	if (r % den)
		return cpus_precise(e);
	*nano = neg ? -(int64_t)(r / den) : (int64_t)(r / den);
	return 0;
}

/* --- integers --- */

static int digit_value(char c)
{
	c = lower(c);
	return digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : 99;
}

/* An integer in the syntax of the Go language; base 0 looks at the prefix.
 * Returns 0, EINVAL or ERANGE. */
static int integer(const char *p, int base, uint64_t max, uint64_t *out)
{
	bool was_digit = false;
	uint64_t v = 0;
	int bad = 0;

	if (base == 0 && *p == '0' && p[1]) {
		char x = lower(*++p);

		base = x == 'x' ? 16 : x == 'b' ? 2 : 8;
		if (x == 'x' || x == 'b' || x == 'o')
			p++;
		else
			was_digit = true;
		if (*p == '_')
			p++;
	}
	for (bool under = base == 0; *p; p++) {
		int d = digit_value(*p);

		if (*p == '_' && was_digit && (under || base != 10)) {
			was_digit = false;
			continue;
		}
		if (d >= (base ? base : 10))
			return EINVAL;
		was_digit = true;
		if (!bad && !grow(&v, base ? base : 10, d, max))
			bad = ERANGE;
	}
	*out = v;
	return was_digit ? bad : EINVAL;
}

static int integer_fail(const char *fn, const char *text, int code, struct err *e)
{
	auto_str struct str q = STR_INIT;

	text_quote(&q, text, strlen(text));
	return err_set(e, code, "strconv.%s: parsing %s: %s", fn, q.s,
		       code == ERANGE ? "value out of range" : "invalid syntax");
}

static int integer_signed(const char *text, int base, int64_t *out, struct err *e)
{
	bool neg = *text == '-';
	uint64_t v;
	int rc = integer(text + (neg || *text == '+'), base, (uint64_t)INT64_MAX + neg, &v);

	if (rc)
		return integer_fail("ParseInt", text, rc, e);
	*out = neg ? (int64_t)-v : (int64_t)v;
	return 0;
}

int num_int(const char *text, int64_t *out, struct err *e)
{
	return integer_signed(text, 0, out, e);
}

int num_int10(const char *text, int64_t *out, struct err *e)
{
	return integer_signed(text, 10, out, e);
}

int num_uint(const char *text, uint64_t max, uint64_t *out, struct err *e)
{
	uint64_t v;
	int rc = integer(text, 0, max, &v);

	if (rc)
		return integer_fail("ParseUint", text, rc, e);
	*out = v;
	return 0;
}

int num_bool(const char *text, bool *out, struct err *e)
{
	static const char *const words[] = {
		"0", "f", "F", "FALSE", "false", "False", "1", "t", "T", "TRUE", "true", "True",
	};

	for (size_t i = 0; i < countof(words); i++) {
		if (strcmp(text, words[i]) == 0) {
			*out = i >= countof(words) / 2;
			return 0;
		}
	}
	return integer_fail("ParseBool", text, EINVAL, e);
}
