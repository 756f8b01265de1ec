// SPDX-License-Identifier: MIT
#include "core/fmt/csv.h"

#include "core/base/strv.h"

char *csv_field(const char **at, struct arena *mem)
{
	const char *s = *at;
	char *out = arena_get(mem, strlen(s) + 1), *o = out;
	bool quoted = *s == '"';

	if (quoted)
		s++;
	for (; *s; s++) {
		if (quoted && *s == '"') {
			if (s[1] != '"')
				break;
			s++;
		} else if (!quoted && *s == ',') {
			break;
		}
		*o++ = *s;
	}
	if (quoted && *s == '"')
		s++;
	*at = *s == ',' ? s + 1 : s + strlen(s);
	return out;
}

char *csv_pair(const char **at, const char **field, const char **value, struct arena *mem)
{
	char *key, *eq;

	*field = csv_field(at, mem);
	key = strv_dup(*field, strlen(*field), mem);
	eq = strchr(key, '=');
	if (eq)
		*eq++ = 0;
	*value = eq;
	for (char *p = key; *p; p++)
		*p = (char)(*p >= 'A' && *p <= 'Z' ? *p + 32 : *p);
	return key;
}
