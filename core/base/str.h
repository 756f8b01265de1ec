// SPDX-License-Identifier: MIT
/* str.h - a growing byte string that is always a C string too.
 *
 * s is never NULL and s[len] is always 0, so str.s can go to any libc call;
 * bytes before len may be 0. Memory runs out: the process ends (xrealloc).
 * Sizes that come from outside are checked by the caller before they get here. */
#pragma once

#include "core/base/base.h"

#include <stdarg.h>

struct str {
	char *s; /* owned unless cap is 0; moves whenever the string grows */
	size_t len; /* bytes in use, without the final 0 */
	size_t cap; /* bytes that fit without growing, without the final 0 */
};

extern char str_empty[1];
#define STR_INIT \
	{ \
		.s = str_empty \
	}
#define auto_str __attribute__((cleanup(str_release)))

void str_release(struct str *b); /* frees; *b is an empty string again */
void str_reset(struct str *b); /* len = 0, keeps the memory */
void str_add(struct str *b, const void *data, size_t len);
void str_puts(struct str *b, const char *text);
void str_addf(struct str *b, const char *fmt, ...) PRINTF(2, 3);
void str_addv(struct str *b, const char *fmt, va_list ap);
void str_drop(struct str *b, size_t n); /* take the first n bytes away; n <= len */

/* Make room for `n` more bytes and return where they go; the caller writes up
 * to n there and then calls str_grew with how many it wrote. */
char *str_room(struct str *b, size_t n);
void str_grew(struct str *b, size_t n);

/* Hand the bytes over: the caller frees them with free(3). *b is empty again. */
NODISCARD char *str_take(struct str *b);
