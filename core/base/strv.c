// SPDX-License-Identifier: MIT
#include "core/base/strv.h"

#include <stdarg.h>

#include "core/base/str.h"

struct strv strv_make(size_t n, struct arena *mem)
{
	size_t room = 4;

	while (room < n)
		room *= 2;
	return (struct strv){ n ? arena_get(mem, room * sizeof(const char *)) : NULL, 0 };
}

/* Room is doubled when n reaches a power of two, so n alone says how much there is.
 * An old array stays in the arena: a copy of the list may still be using it. */
void strv_add(struct strv *l, const char *text, struct arena *mem)
{
	const char **v;

	if (l->n == 0 || (l->n >= 4 && (l->n & (l->n - 1)) == 0)) {
		v = arena_get(mem, (l->n ? 2 * l->n : 4) * sizeof(*v));
		if (l->n)
			memcpy(v, l->v, l->n * sizeof(*v));
		l->v = v;
	}
	l->v[l->n++] = text;
}

char *strv_dup(const char *text, size_t len, struct arena *mem)
{
	char *s = arena_get(mem, len + 1);

	if (len)
		memcpy(s, text, len);
	return s;
}

const char *strv_value(const struct strv *l, const char *key)
{
	size_t len = strlen(key);

	for (size_t i = l->n; i-- > 0; ) {
		if (strncmp(l->v[i], key, len) != 0)
			continue;
		if (l->v[i][len] == '=')
			return l->v[i] + len + 1;
		if (!l->v[i][len])
			return l->v[i] + len;
	}
	return NULL;
}

bool strv_has(const struct strv *l, const char *text)
{
	for (size_t i = 0; i < l->n; i++) {
		if (strcmp(l->v[i], text) == 0)
			return true;
	}
	return false;
}

bool strv_has_pair(const struct strv *l, const char *want)
{
	size_t n = strcspn(want, "=");

	for (size_t i = 0; i < l->n; i++) {
		const char *have = l->v[i];

		if (strncmp(have, want, n) == 0 && have[n] == '=' &&
		    (!want[n] || strcmp(have + n, want + n) == 0))
			return true;
	}
	return false;
}

const char *strv_textf(struct arena *mem, const char *fmt, ...)
{
	auto_str struct str b = STR_INIT;
	va_list ap;

	va_start(ap, fmt);
	str_addv(&b, fmt, ap);
	va_end(ap);
	return strv_dup(b.s, b.len, mem);
}
