// SPDX-License-Identifier: MIT
#include "core/base/text.h"

enum { COLUMN_MIN = 10, COLUMN_GAP = 3, COLUMNS_MAX = 64 };

/* How many bytes a lead byte asks for, 0 for one that cannot lead. */
static size_t rune_len(unsigned char c)
{
	return c < 0x80 ? 1 : c < 0xc2 ? 0 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : c < 0xf5 ? 4 : 0;
}

size_t text_rune(const char *s, size_t len, int32_t *rune)
{
	static const int32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	unsigned char c = *s;
	size_t n = rune_len(c);
	int32_t r = n == 1 ? c : c & (0x7f >> n);

	*rune = -1;
	if (n == 0 || n > len)
		return 1;
	for (size_t i = 1; i < n; i++) {
		if (((unsigned char)s[i] & 0xc0) != 0x80)
			return 1;
		r = r << 6 | ((unsigned char)s[i] & 0x3f);
	}
	if (n > 1 && (r < least[n] || r > 0x10ffff || (r >= 0xd800 && r < 0xe000)))
		return 1;
	*rune = r;
	return n;
}

void text_put_rune(struct str *out, int32_t r)
{
	char b[4];
	size_t n = 0;

	if (r < 0 || r > 0x10ffff || (r >= 0xd800 && r < 0xe000))
		r = 0xfffd;
	if (r < 0x80) {
		b[n++] = r;
	} else if (r < 0x800) {
		b[n++] = 0xc0 | r >> 6;
	} else {
		if (r < 0x10000) {
			b[n++] = 0xe0 | r >> 12;
		} else {
			b[n++] = 0xf0 | r >> 18;
			b[n++] = 0x80 | (r >> 12 & 0x3f);
		}
		b[n++] = 0x80 | (r >> 6 & 0x3f);
	}
	if (r >= 0x80)
		b[n++] = 0x80 | (r & 0x3f);
	str_add(out, b, n);
}

/* Characters that are not to reach a terminal: controls, and those that reorder text,
 * hide, or break lines. */
static bool unprintable(int32_t r)
{
	static const struct {
		int32_t first, last;
	} t[] = {
		{ 0, 0x1f }, { 0x7f, 0x9f }, { 0xad, 0xad }, { 0x61c, 0x61c }, { 0x180e, 0x180e },
		{ 0x200b, 0x200f }, { 0x2028, 0x202e }, { 0x2060, 0x206f }, { 0xfeff, 0xfeff },
		{ 0xfff0, 0xfffb }, { 0xe000, 0xf8ff }, { 0xe0000, 0x10ffff },
	};

	for (size_t i = 0; i < countof(t); i++) {
		if (r >= t[i].first && r <= t[i].last)
			return true;
	}
	return (r & 0xfffe) == 0xfffe;
}

static void escape(struct str *out, int32_t r)
{
	static const char named[] = "abtnvfr";

	if (r >= 7 && r <= 13)
		str_addf(out, "\\%c", named[r - 7]);
	else if (r < 0x80)
		str_addf(out, "\\x%02x", (unsigned)r);
	else if (r < 0x10000)
		str_addf(out, "\\u%04x", (unsigned)r);
	else
		str_addf(out, "\\U%08x", (unsigned)r);
}

/* How many bytes go through as they are: printable ASCII but `also`. Most text is all of it. */
static size_t plain(const char *s, size_t len, const char *also)
{
	size_t n = 0;

	while (n < len && s[n] >= 0x20 && s[n] < 0x7f && s[n] != also[0] &&
	       (!also[0] || s[n] != also[1]))
		n++;
	return n;
}

/* One pass for all three: characters of `also` are escaped with a backslash, those of
 * `keep` go through whatever they are. */
static void escape_all(struct str *out, const char *s, size_t len, const char *also,
		       const char *keep)
{
	for (size_t n; len; s += n, len -= n) {
		int32_t r;

		n = plain(s, len, also);
		if (n) {
			str_add(out, s, n);
			continue;
		}
		n = text_rune(s, len, &r);
		if (r < 0)
			str_addf(out, "\\x%02x", (unsigned char)*s);
		else if (r > 0 && r < 0x80 && strchr(also, r))
			str_addf(out, "\\%c", (char)r);
		else if (unprintable(r) && !(r > 0 && r < 0x80 && strchr(keep, r)))
			escape(out, r);
		else
			str_add(out, s, n);
	}
}

void text_quote(struct str *out, const char *s, size_t len)
{
	str_puts(out, "\"");
	escape_all(out, s, len, "\"\\", "");
	str_puts(out, "\"");
}

void text_safe(struct str *out, const char *s, size_t len)
{
	escape_all(out, s, len, "", "");
}

void text_safe_lines(struct str *out, const char *s, size_t len)
{
	escape_all(out, s, len, "", "\n\t");
}

/* Columns of a terminal one character takes: East Asian wide ones take two. */
static int rune_width(int32_t r)
{
	static const struct {
		int32_t first, last;
	} wide[] = {
		{ 0x1100, 0x115f }, { 0x2e80, 0x303e }, { 0x3041, 0x4dbf }, { 0x4e00, 0xa4cf },
		{ 0xa960, 0xa97f }, { 0xac00, 0xd7a3 }, { 0xf900, 0xfaff }, { 0xfe30, 0xfe6f },
		{ 0xff01, 0xff60 }, { 0xffe0, 0xffe6 }, { 0x1f300, 0x1f64f }, { 0x1f900, 0x1f9ff },
		{ 0x20000, 0x3fffd },
	};

	for (size_t i = 0; i < countof(wide); i++) {
		if (r >= wide[i].first && r <= wide[i].last)
			return 2;
	}
	return 1;
}

void text_ellipsis(struct str *out, const char *s, int width)
{
	size_t len = strlen(s), at = 0, cut = 0;
	int used = 0;

	while (at < len) {
		int32_t r;
		size_t n = text_rune(s + at, len - at, &r);

		used += rune_width(r);
		if (used <= width - 1)
			cut = at + n;
		if (used > width) {
			str_add(out, s, cut);
			if (width > 0)
				str_puts(out, "\u2026");
			return;
		}
		at += n;
	}
	str_add(out, s, len);
}

static size_t rune_count(const char *s, size_t len)
{
	size_t n = plain(s, len, ""), at = n;
	int32_t r;

	for (; at < len; n++)
		at += text_rune(s + at, len - at, &r);
	return n;
}

/* The cell that starts at p: *end is the tab or newline that ends it. True for a tab. */
static bool cell(const char *p, const char *stop, const char **end)
{
	while (p < stop && *p != '\t' && *p != '\n')
		p++;
	*end = p;
	return p < stop && *p == '\t';
}

/* Width of column `col` in the block of lines that begins at p: every following line
 * counts that has a cell there too. */
static size_t column_width(const char *p, const char *stop, int col)
{
	size_t width = COLUMN_MIN, n;

	while (p < stop) {
		const char *q = p, *end;
		bool tab = cell(q, stop, &end);

		for (int i = 0; i < col && tab; i++) {
			q = end + 1;
			tab = cell(q, stop, &end);
		}
		if (!tab)
			break;
		n = rune_count(q, end - q) + COLUMN_GAP;
		if (n > width)
			width = n;
		p = memchr(end, '\n', stop - end);
		if (!p)
			break;
		p++;
	}
	return width;
}

/* width[] holds the columns of the block the line before was in; a column that line did
 * not have starts a new block here. Quadratic only where blocks alternate. */
void text_columns(struct str *out, const char *s, size_t len)
{
	const char *stop = s + len, *p = s, *end;
	size_t width[COLUMNS_MAX];
	int known = 0;

	while (p < stop) {
		const char *line = p;
		int col = 0;

		for (; cell(p, stop, &end); p = end + 1, col++) {
			size_t n = rune_count(p, end - p);

			if (col < COLUMNS_MAX && col >= known) {
				width[col] = column_width(line, stop, col);
				known = col + 1;
			}
			str_add(out, p, end - p);
			n = col < COLUMNS_MAX ? width[col] - n : COLUMN_GAP;
			memset(str_room(out, n), ' ', n);
			str_grew(out, n);
		}
		known = col < COLUMNS_MAX ? col : COLUMNS_MAX;
		str_add(out, p, end - p);
		if (end < stop)
			str_add(out, "\n", 1);
		p = end + 1;
	}
}
