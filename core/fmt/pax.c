// SPDX-License-Identifier: MIT
#include "core/fmt/pax.h"

static bool base256(const uint8_t *f, size_t n, int64_t *v)
{
	bool negative = f[0] & 0x40;
	uint64_t x = negative ? UINT64_MAX : 0;

	for (size_t i = 0; i < n; i++) {
		uint8_t b = f[i];

		if (i == 0)
			b = negative ? b | 0x80 : b & 0x7f;	/* the mark is not a digit */
		if ((negative ? ~x : x) >> 55)
			return false;
		x = x << 8 | b;
	}
	*v = (int64_t)x;
	return true;
}

bool pax_field(const uint8_t *f, size_t n, int64_t *v)
{
	uint64_t x = 0;
	size_t i = 0;

	if (f[0] & 0x80)
		return base256(f, n, v);
	while (n && (f[n - 1] == ' ' || f[n - 1] == 0))
		n--;
	while (i < n && (f[i] == ' ' || f[i] == 0))
		i++;
	for (; i < n && f[i] != 0; i++) {
		if (f[i] < '0' || f[i] > '7' || x >> 60)
			return false;
		x = x << 3 | (f[i] - '0');
	}
	*v = x;
	return true;
}

bool pax_decimal(const char *text, size_t len, int64_t *v)
{
	bool negative = len && text[0] == '-';
	int64_t x = 0;
	size_t i = negative;

	if (i == len)
		return false;
	for (; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		if (__builtin_mul_overflow(x, 10, &x) ||
		    __builtin_sub_overflow(x, text[i] - '0', &x)) /* negative: it reaches further */
			return false;
	}
	if (!negative && x == INT64_MIN)
		return false;
	*v = negative ? x : -x;
	return true;
}

bool pax_time(const char *text, size_t len, struct tar_time *t)
{
	const char *dot = memchr(text, '.', len);
	size_t whole = dot ? (size_t)(dot - text) : len;
	uint32_t ns = 0, unit = 100000000;
	int64_t sec;

	if (!pax_decimal(text, whole, &sec))
		return false;
	for (size_t i = whole + 1; i < len; i++, unit /= 10) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		ns += (text[i] - '0') * unit;
	}
	if (ns && text[0] == '-') {	/* -1.5 is 0.5 s after -2 */
		if (sec == INT64_MIN)
			return false;
		sec--;
		ns = 1000000000 - ns;
	}
	*t = (struct tar_time){ sec, ns };
	return true;
}

int pax_next(char **at, char *end, struct pax_record *r)
{
	size_t left = end - *at, len = 0, i = 0;
	char *equals;

	if (!left)
		return 0;
	for (; i < left && (*at)[i] >= '0' && (*at)[i] <= '9'; i++) {
		len = len * 10 + ((*at)[i] - '0');
		if (len > left)
			return -EINVAL;
	}
	if (i == 0 || i >= left || (*at)[i] != ' ' || len < i + 3 || (*at)[len - 1] != '\n')
		return -EINVAL;
	r->key = *at + i + 1;
	equals = memchr(r->key, '=', len - i - 2);
	if (!equals || equals == r->key || memchr(r->key, 0, equals - r->key))
		return -EINVAL;
	r->value = equals + 1;
	r->len = *at + len - 1 - r->value;
	*equals = 0;
	r->value[r->len] = 0;
	*at += len;
	return 1;
}

void pax_add(struct str *body, const char *key, const void *value, size_t len)
{
	size_t fixed = strlen(key) + len + 3, digits = 1, n;

	for (n = fixed + digits; ; n = fixed + digits) {
		size_t need = 1;

		for (size_t x = n; x >= 10; x /= 10)
			need++;
		if (need == digits)
			break;
		digits = need;
	}
	str_addf(body, "%zu %s=", n, key);
	str_add(body, value, len);
	str_puts(body, "\n");
}

static int sextet(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

ssize_t pax_base64(char *text, size_t len)
{
	uint32_t bits = 0;
	size_t out = 0;
	int have = 0;

	while (len && text[len - 1] == '=')
		len--;
	for (size_t i = 0; i < len; i++) {
		int six = sextet(text[i]);

		if (six < 0)
			return -1;
		bits = bits << 6 | six;
		have += 6;
		if (have >= 8) {
			have -= 8;
			text[out++] = bits >> have;
		}
	}
	text[out] = 0;
	return out;
}

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

void pax_percent(char *text)
{
	char *out = text;

	for (; *text; text++) {
		if (*text == '%' && hex(text[1]) >= 0 && hex(text[2]) >= 0) {
			*out++ = hex(text[1]) << 4 | hex(text[2]);
			text += 2;
		} else {
			*out++ = *text;
		}
	}
	*out = 0;
}
