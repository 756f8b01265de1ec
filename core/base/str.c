// SPDX-License-Identifier: MIT
#include "core/base/str.h"

#include <stdio.h>

char str_empty[1];

void str_release(struct str *b)
{
	if (b->cap)
		free(b->s);
	*b = (struct str)STR_INIT;
}

void str_reset(struct str *b)
{
	b->len = 0;
	if (b->cap)
		b->s[0] = 0;
}

char *str_room(struct str *b, size_t n)
{
	size_t cap = b->cap ? b->cap : 32;

	if (n > SIZE_MAX / 2 - b->len)
		abort();
	while (cap < b->len + n)
		cap *= 2;
	if (cap != b->cap) {
		b->s = realloc(b->cap ? b->s : NULL, cap + 1);
		if (!b->s)
			abort();
		b->cap = cap;
		b->s[b->len] = 0;
	}
	return b->s + b->len;
}

void str_grew(struct str *b, size_t n)
{
	b->len += n;
	b->s[b->len] = 0;
}

void str_add(struct str *b, const void *data, size_t len)
{
	memcpy(str_room(b, len), data, len);
	str_grew(b, len);
}

void str_puts(struct str *b, const char *text)
{
	str_add(b, text, strlen(text));
}

void str_addv(struct str *b, const char *fmt, va_list ap)
{
	va_list again;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (n < 0)
		abort();
	vsnprintf(str_room(b, (size_t)n), (size_t)n + 1, fmt, ap);
	str_grew(b, (size_t)n);
}

void str_addf(struct str *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	str_addv(b, fmt, ap);
	va_end(ap);
}

void str_drop(struct str *b, size_t n)
{
	if (!n)
		return;
	memmove(b->s, b->s + n, b->len - n);
	b->len -= n;
	b->s[b->len] = 0;
}

char *str_take(struct str *b)
{
	char *s;

	str_room(b, 0); /* an empty string becomes memory of its own */
	if (!b->cap)
		str_room(b, 1);
	s = b->s;
	*b = (struct str)STR_INIT;
	return s;
}
