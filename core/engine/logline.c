// SPDX-License-Identifier: MIT
/* logline.c - one line of a json-file log, taken apart where it stands.
 *
 * Pure. The line is any bytes: a log may be Docker's own, cut short, or not a log at all.
 * Strings only get shorter when they are unescaped, so nothing is copied elsewhere. */
#include "core/engine/log.h"

#include "core/base/text.h"
#include "core/os/clock.h"

enum { DEPTH_MAX = 16,
	PAIRS_MAX = 256 };

struct scan {
	char *p, *end;
};

static void blank(struct scan *c)
{
	while (c->p < c->end && (*c->p == ' ' || *c->p == '\t' || *c->p == '\r' || *c->p == '\n'))
		c->p++;
}

static bool eat(struct scan *c, char want)
{
	blank(c);
	if (c->p == c->end || *c->p != want)
		return false;
	c->p++;
	return true;
}

/* --- strings --------------------------------------------------------------------- */

/* Four hex digits, or -1. */
static int32_t hex4(const char *p, const char *end)
{
	int32_t v = 0;

	if (end - p < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		char c = p[i];

		if (c >= '0' && c <= '9')
			v = v << 4 | (c - '0');
		else if ((c | 32) >= 'a' && (c | 32) <= 'f')
			v = v << 4 | ((c | 32) - 'a' + 10);
		else
			return -1;
	}
	return v;
}

static char *put_utf8(char *out, int32_t r)
{
	if (r < 0x80) {
		*out++ = (char)r;
		return out;
	}
	if (r < 0x800) {
		*out++ = (char)(0xc0 | r >> 6);
	} else {
		if (r < 0x10000) {
			*out++ = (char)(0xe0 | r >> 12);
		} else {
			*out++ = (char)(0xf0 | r >> 18);
			*out++ = (char)(0x80 | (r >> 12 & 0x3f));
		}
		*out++ = (char)(0x80 | (r >> 6 & 0x3f));
	}
	*out++ = (char)(0x80 | (r & 0x3f));
	return out;
}

/* What follows "\u". A pair is one character, a lone \udc80..\udcff a byte (log.h), any
 * other half U+FFFD. The end of what was written, or NULL. */
static char *unescape_u(struct scan *c, char *out)
{
	int32_t r = hex4(c->p, c->end), low;

	if (r < 0)
		return NULL;
	c->p += 4;
	if (r >= 0xd800 && r < 0xdc00) {
		low = -1;
		if (c->end - c->p >= 6 && c->p[0] == '\\' && c->p[1] == 'u')
			low = hex4(c->p + 2, c->end);
		if (low < 0xdc00 || low > 0xdfff)
			return put_utf8(out, 0xfffd);
		c->p += 6;
		return put_utf8(out, 0x10000 + ((r - 0xd800) << 10) + (low - 0xdc00));
	}
	if (r >= 0xdc80 && r <= 0xdcff) {
		*out = (char)(r - 0xdc00);
		return out + 1;
	}
	return put_utf8(out, r >= 0xdc00 && r <= 0xdfff ? 0xfffd : r);
}

static char *unescape_one(struct scan *c, char *out)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *at;

	if (c->p == c->end)
		return NULL;
	if (*c->p == 'u') {
		c->p++;
		return unescape_u(c, out);
	}
	at = *c->p ? strchr(from, *c->p) : NULL;
	if (!at)
		return NULL;
	c->p++;
	*out = to[at - from];
	return out + 1;
}

/* How many bytes from p on are neither quote nor backslash. */
static size_t run(const char *p, const char *end)
{
	const char *s = p;

	while (s < end && *s != '"' && *s != '\\')
		s++;
	return (size_t)(s - p);
}

/* A string after its opening quote; *s, *len: what it means. */
static bool string(struct scan *c, char **s, size_t *len)
{
	char *out;
	size_t n;

	if (!eat(c, '"'))
		return false;
	*s = out = c->p;
	for (;;) {
		n = run(c->p, c->end);
		if (out != c->p)
			memmove(out, c->p, n);
		out += n;
		c->p += n;
		if (c->p == c->end)
			return false;
		if (*c->p++ == '"')
			break;
		out = unescape_one(c, out);
		if (!out)
			return false;
	}
	*len = (size_t)(out - *s);
	return true;
}

/* Pass over a string without changing it. */
static bool string_skip(struct scan *c)
{
	while (c->p < c->end) {
		c->p += run(c->p, c->end);
		if (c->end - c->p < 1)
			return false;
		if (*c->p++ == '"')
			return true;
		if (c->p < c->end)
			c->p++;
	}
	return false;
}

/* Pass over any value, looking only at quotes and brackets. */
static bool value_skip(struct scan *c)
{
	int depth = 0;

	blank(c);
	for (; c->p < c->end;) {
		char ch = *c->p;

		if (depth == 0 && (ch == ',' || ch == '}'))
			return true;
		c->p++;
		if (ch == '"') {
			if (!string_skip(c))
				return false;
		} else if (ch == '{' || ch == '[') {
			if (++depth > DEPTH_MAX)
				return false;
		} else if ((ch == '}' || ch == ']') && --depth < 0) {
			return false;
		}
	}
	return false;
}

/* --- entries --------------------------------------------------------------------- */

enum { SEEN_LOG = 1,
	SEEN_STREAM = 2,
	SEEN_TIME = 4,
	SEEN_ALL = 7 };

static bool is(const char *s, size_t len, const char *word)
{
	return len == strlen(word) && memcmp(s, word, len) == 0;
}

static bool stream_value(struct scan *c, struct log_entry *out)
{
	char *s;
	size_t len;

	if (!string(c, &s, &len))
		return false;
	out->stream = is(s, len, "stderr") ? LOG_STDERR : LOG_STDOUT;
	return out->stream == LOG_STDERR || is(s, len, "stdout");
}

static bool time_value(struct scan *c, struct log_entry *out)
{
	char text[CLOCK_TEXT_MAX], *s;
	size_t len;

	if (!string(c, &s, &len) || len >= sizeof(text) || memchr(s, 0, len))
		return false;
	memcpy(text, s, len);
	text[len] = 0;
	return clock_parse(text, &out->time_ns, NULL) == 0;
}

/* The value of one key. Which of the three an entry must have it was, 0 for another,
 * -1 when the line is no entry. */
static int value(struct scan *c, const char *key, size_t len, struct log_entry *out)
{
	char *start, *text;

	if (is(key, len, "log")) {
		if (!string(c, &text, &out->len))
			return -1;
		out->text = text;
		return SEEN_LOG;
	}
	if (is(key, len, "stream"))
		return stream_value(c, out) ? SEEN_STREAM : -1;
	if (is(key, len, "time"))
		return time_value(c, out) ? SEEN_TIME : -1;
	blank(c);
	start = c->p;
	if (!value_skip(c))
		return -1;
	if (is(key, len, "attrs") && *start == '{') {
		out->attrs = start;
		out->attrs_len = (size_t)(c->p - start);
	}
	return 0;
}

int log_parse(char *line, size_t len, struct log_entry *out)
{
	struct scan c = { line, line + len };
	int seen = 0, one;
	size_t key_len;
	char *key;

	*out = (struct log_entry){ .text = "" };
	if (!eat(&c, '{'))
		return -EBADMSG;
	do {
		if (!string(&c, &key, &key_len) || !eat(&c, ':'))
			return -EBADMSG;
		one = value(&c, key, key_len, out);
		if (one < 0)
			return -EBADMSG;
		seen |= one;
	} while (eat(&c, ','));
	if (!eat(&c, '}') || seen != SEEN_ALL)
		return -EBADMSG;
	blank(&c);
	return c.p == c.end ? 0 : -EBADMSG;
}

/* --- details --------------------------------------------------------------------- */

struct pair {
	const char *key, *value;
	size_t key_len, value_len;
};

/* As url.QueryEscape: letters, digits and -_.~ stay, a blank is a plus. */
static void url_quote(struct str *out, const char *s, size_t len)
{
	static const char keep[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				   "0123456789-_.~";

	for (size_t i = 0; i < len; i++) {
		if (s[i] && strchr(keep, s[i]))
			str_add(out, s + i, 1);
		else if (s[i] == ' ')
			str_puts(out, "+");
		else
			str_addf(out, "%%%02X", (unsigned char)s[i]);
	}
}

static int pair_order(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;
	int rc = memcmp(x->key, y->key, x->key_len < y->key_len ? x->key_len : y->key_len);

	return rc ? rc : (x->key_len > y->key_len) - (x->key_len < y->key_len);
}

/* The pairs of a flat object; how many there are before the first that makes no sense. */
static size_t pairs_parse(struct scan *c, struct pair *v)
{
	size_t n = 0;

	if (!eat(c, '{'))
		return 0;
	do {
		char *k, *val;

		if (!string(c, &k, &v[n].key_len) || !eat(c, ':') ||
			!string(c, &val, &v[n].value_len))
			break;
		v[n].key = k;
		v[n].value = val;
		n++;
	} while (n < PAIRS_MAX && eat(c, ','));
	return n;
}

void log_details(const struct log_entry *entry, struct str *out)
{
	auto_str struct str copy = STR_INIT;
	struct pair v[PAIRS_MAX];
	struct scan c;
	size_t n;

	if (!entry->attrs)
		return;
	str_add(&copy, entry->attrs, entry->attrs_len);
	c = (struct scan){ copy.s, copy.s + copy.len };
	n = pairs_parse(&c, v);
	qsort(v, n, sizeof(*v), pair_order);
	for (size_t i = 0; i < n; i++) {
		if (i)
			str_puts(out, ",");
		url_quote(out, v[i].key, v[i].key_len);
		str_puts(out, "=");
		url_quote(out, v[i].value, v[i].value_len);
	}
}
