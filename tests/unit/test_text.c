// SPDX-License-Identifier: MIT
#include "core/base/text.h"
#include "tests/unit/unit.h"

typedef void text_fn(struct str *out, const char *s, size_t len);

static void check(text_fn *fn, const char *s, size_t len, const char *want)
{
	auto_str struct str b = STR_INIT;

	fn(&b, s, len);
	CHECK_STR(b.s, want);
}

TEST(quoting_is_gos)
{
	check(text_quote, "a\"b\\c", 5, "\"a\\\"b\\\\c\"");
	check(text_quote, "\0\x1b\n\t\a\x7f", 6, "\"\\x00\\x1b\\n\\t\\a\\x7f\"");
	check(text_quote, "\u00e9\u202e\xc2\x85", 7, "\"\u00e9\\u202e\\u0085\"");
	check(text_quote, "\xff\xc3", 2, "\"\\xff\\xc3\"");
}

TEST(z85_nothing_a_terminal_obeys_goes_through)
{
	static const char hostile[] = "a\x1b]52;c;x\a\r\b\n\t\xc2\x9b\x9b\u202e" "b\\\"";

	check(text_safe, hostile, sizeof(hostile) - 1,
	      "a\\x1b]52;c;x\\a\\r\\b\\n\\t\\u009b\\x9b\\u202eb\\\"");
	check(text_safe_lines, hostile, sizeof(hostile) - 1,
	      "a\\x1b]52;c;x\\a\\r\\b\n\t\\u009b\\x9b\\u202eb\\\"");
}

TEST(utf8_is_checked)
{
	static const struct {
		const char *s;
		size_t len, used;
		int32_t rune;
	} t[] = {
		{ "a", 1, 1, 'a' }, { "\u00e9x", 3, 2, 0xe9 }, { "\u20ac", 3, 3, 0x20ac },
		{ "\U0001f600", 4, 4, 0x1f600 }, { "\xc0\x80", 2, 1, -1 }, { "\xe2\x82", 2, 1, -1 },
		{ "\xed\xa0\x80", 3, 1, -1 }, { "\xf4\x90\x80\x80", 4, 1, -1 }, { "\x80", 1, 1, -1 },
		{ "\xe0\x80\x80", 3, 1, -1 },
	};

	for (size_t i = 0; i < countof(t); i++) {
		auto_str struct str b = STR_INIT;
		int32_t r;

		CHECK_INT(text_rune(t[i].s, t[i].len, &r), t[i].used);
		CHECK_INT(r, t[i].rune);
		if (r < 0)
			continue;
		text_put_rune(&b, r);
		CHECK(b.len == t[i].used && memcmp(b.s, t[i].s, b.len) == 0);
	}
}

static void check_cut(const char *s, int width, const char *want)
{
	auto_str struct str b = STR_INIT;

	text_ellipsis(&b, s, width);
	CHECK_STR(b.s, want);
}

TEST(long_text_ends_in_an_ellipsis)
{
	check_cut("docker-entrypoint.sh", 20, "docker-entrypoint.sh");
	check_cut("docker-entrypoint.sh x", 20, "docker-entrypoint.s\u2026");
	check_cut("\u3042\u3044\u3046", 6, "\u3042\u3044\u3046");
	check_cut("\u3042\u3044\u3046", 5, "\u3042\u3044\u2026");
	check_cut("abc", 1, "\u2026");
	check_cut("abc", 0, "");
}

TEST(columns_are_as_wide_as_their_widest_cell)
{
	static const char in[] = "ID\tNAME\tX\n0123456789\t\u00e9\ty\n";

	check(text_columns, in, sizeof(in) - 1,
	      "ID           NAME      X\n0123456789   \u00e9         y\n");
}

TEST(a_line_without_the_cell_ends_the_block)
{
	static const char in[] = "a\tb\nplain\naaaaaaaaaaaa\tb\nc\td";

	check(text_columns, in, sizeof(in) - 1,
	      "a         b\nplain\naaaaaaaaaaaa   b\nc              d");
	check(text_columns, "", 0, "");
	check(text_columns, "\t\n", 2, "          \n");
}

UNIT_MAIN
