// SPDX-License-Identifier: MIT
#include "core/fmt/envfile.h"

#include "core/base/str.h"
#include "core/base/text.h"

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_utf8(const char *s, size_t len)
{
	int32_t r;

	for (size_t at = 0; at < len;) {
		at += text_rune(s + at, len - at, &r);
		if (r < 0)
			return false;
	}
	return true;
}

static int not_utf8(const char *name, int line, const char *s, size_t len, struct err *e)
{
	auto_str struct str b = STR_INIT;

	for (size_t i = 0; i < len && i < 64; i++)
		str_addf(&b, "%s%u", i ? " " : "", (unsigned char)s[i]);
	return err_set(e, EINVAL, "env file %.100s contains invalid utf8 bytes at line %d: [%s]",
		       name, line, b.s);
}

/* One line without its end. */
static int parse_line(const char *s, size_t len, envfile_lookup_fn *lookup, struct strv *out,
		      struct arena *mem, struct err *e)
{
	const char *line, *value;
	size_t key;

	while (len && is_space(*s))
		s++, len--;
	if (!len || *s == '#')
		return 0;
	line = strv_dup(s, len, mem);
	key = strcspn(line, "=");
	if (strcspn(line, " \t") < key)
		return err_set(e, EINVAL, "poorly formatted environment: variable '%.*s' contains "
			       "whitespaces", key > 200 ? 200 : (int)key, line);
	if (!key)
		return err_set(e, EINVAL, "poorly formatted environment: no variable name on line "
			       "'%.200s'", line);
	if (line[key]) {
		strv_add(out, line, mem);
		return 0;
	}
	value = lookup ? lookup(line) : NULL;
	if (value) {
		auto_str struct str b = STR_INIT;

		str_addf(&b, "%s=%s", line, value);
		strv_add(out, strv_dup(b.s, b.len, mem), mem);
	}
	return 0;
}

int envfile_parse(const char *name, const char *text, size_t len, envfile_lookup_fn *lookup,
		  struct strv *out, struct arena *mem, struct err *e)
{
	const char *end = text + len;

	for (int line = 1; text < end; line++) {
		const char *nl = memchr(text, '\n', end - text), *next = nl ? nl + 1 : end;
		size_t n = (nl ? nl : end) - text;
		int rc;

		if (n && text[n - 1] == '\r')
			n--;
		if (n > ENVFILE_LINE_MAX)
			return err_set(e, E2BIG, "bufio.Scanner: token too long");
		if (!is_utf8(text, n))
			return not_utf8(name, line, text, n, e);
		if (line == 1 && n >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
			text += 3, n -= 3;
		rc = parse_line(text, n, lookup, out, mem, e);
		if (rc < 0)
			return rc;
		text = next;
	}
	return 0;
}
