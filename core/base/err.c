// SPDX-License-Identifier: MIT
#include "core/base/err.h"

#include <stdarg.h>
#include <stdio.h>

int err_set(struct err *e, int code, const char *fmt, ...)
{
	va_list ap;

	if (!e)
		return -code;
	e->code = code;
	va_start(ap, fmt);
	vsnprintf(e->msg, sizeof(e->msg), fmt, ap);
	va_end(ap);
	return -code;
}

enum { ROOM = sizeof(((struct err *)0)->msg) - 1, HEAD_LEAST = 120 };
static const char cut[] = "...";
#define CUT_LEN (sizeof(cut) - 1)

/* Where to cut at most `n` bytes into s, between two characters. */
static size_t whole_chars(const char *s, size_t n)
{
	while (n && ((unsigned char)s[n] & 0xc0) == 0x80)
		n--;
	return n;
}

/* Put ": tail" after what stands in e->msg. What has no room (a path may have 4,000 characters) is
 * left out of the end of the first part, then out of the beginning of the tail: its end is the
 * cause. */
static void append(struct err *e, const char *tail)
{
	size_t head = strlen(e->msg), len = strlen(tail);
	const char *gap = "";

	if (head + 2 + len > ROOM) {
		size_t least = head < HEAD_LEAST ? head : HEAD_LEAST;
		size_t most = len + 2 < ROOM - least ? ROOM - 2 - len : least;

		if (head > most) {
			head = whole_chars(e->msg, most - CUT_LEN);
			memcpy(e->msg + head, cut, sizeof(cut));
			head += CUT_LEN;
		}
		if (head + 2 + len > ROOM) {
			size_t skip = len - (ROOM - 2 - head - CUT_LEN);

			while (skip < len && ((unsigned char)tail[skip] & 0xc0) == 0x80)
				skip++;
			tail += skip;
			gap = cut;
		}
	}
	snprintf(e->msg + head, sizeof(e->msg) - head, ": %s%s", gap, tail);
}

int err_sys(struct err *e, const char *fmt, ...)
{
	int code = errno;
	va_list ap;

	if (!e)
		return -code;
	e->code = code;
	va_start(ap, fmt);
	vsnprintf(e->msg, sizeof(e->msg), fmt, ap);
	va_end(ap);
	append(e, strerror(code));
	return -code;
}

int err_wrap(struct err *e, const char *fmt, ...)
{
	struct err cause;
	va_list ap;

	if (!e)
		return -EIO;
	cause = *e;
	va_start(ap, fmt);
	vsnprintf(e->msg, sizeof(e->msg), fmt, ap);
	va_end(ap);
	append(e, cause.msg);
	return -e->code;
}
