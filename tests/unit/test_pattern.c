// SPDX-License-Identifier: MIT
/* The oracle of regular expressions is libc's regexec(3). */
#include "core/fmt/pattern.h"

#include <regex.h>
#include <stdio.h>

#include "tests/unit/unit.h"

static bool fits(const char *re, const char *text)
{
	auto_arena struct arena mem = { 0 };
	struct pattern *p = pattern_new(re, &mem, NULL);

	CHECK(p != NULL);
	return pattern_matches(p, text);
}

TEST(an_expression_matches_a_part_of_the_text)
{
	static const struct {
		const char *re, *text;
		bool want;
	} t[] = {
		{ "", "", true }, { "", "abc", true }, { "b", "abc", true }, { "^b", "abc", false },
		{ "^abc$", "abc", true }, { "c$", "abc", true }, { "b$", "abc", false },
		{ "a.c", "xxabcxx", true }, { "a.c", "a\nc", false }, { "web|db", "my-db-1", true },
		{ "^(web|db)-[0-9]+$", "db-12", true }, { "^(web|db)-[0-9]+$", "db-", false },
		{ "^(?:web|db)$", "web", true }, { "a{2,3}$", "ba", false }, { "^a{2,3}$", "aaa", true },
		{ "^a{2,3}$", "aaaa", false }, { "^a{2}$", "aa", true }, { "^a{2,}$", "aaaaa", true },
		{ "^a{2,}$", "a", false }, { "^a{0,2}$", "", true }, { "^a{0}b", "b", true },
		{ "^a{,2}$", "a{,2}", true }, { "a{x", "a{x", true }, { "^(ab){2}$", "abab", true },
		{ "^a+?b*?$", "aab", true }, { "[^/]+", "///", false }, { "[]a]", "]", true },
		{ "[a-c]x", "cx", true }, { "[a-]", "-", true }, { "[[:digit:]_]", "a1", true },
		{ "\\d\\d", "a12", true }, { "^\\w+$", "a_1-", false }, { "\\S", " \t", false },
		{ "[\\d.]+$", "v1.2", true }, { "a\\.b", "axb", false }, { "a\\.b", "a.b", true },
		{ "\\bdb\\b", "my-db-1", true }, { "\\bdb\\b", "mydb", false }, { "()*a", "a", true },
		{ "(a*)*b", "aaab", true }, { "^(|a)b", "b", true }, { "a||b", "", true },
		{ "^/?up$", "/up", true }, { "\\Aa\\z", "a", true },
	};

	for (size_t i = 0; i < countof(t); i++) {
		if (fits(t[i].re, t[i].text) != t[i].want)
			printf("# %s in \"%s\"\n", t[i].re, t[i].text);
		CHECK(fits(t[i].re, t[i].text) == t[i].want);
	}
}

TEST(what_is_no_expression_is_told)
{
	static const char *const bad[] = {
		"*", "a**", "a+*", "(", "a)", "(a", "[", "[]", "[a", "[b-a]", "[[:no:]]", "\\", "\\q", "(?i)a",
		"a{3,2}", "a{1001}", "|*", "(((a{1000}){1000}){1000})", "+", "?", "(?P<x>a)",
	};
	struct err e;

	for (size_t i = 0; i < countof(bad); i++) {
		auto_arena struct arena mem = { 0 };

		if (pattern_new(bad[i], &mem, &e))
			printf("# %s\n", bad[i]);
		CHECK(!pattern_new(bad[i], &mem, &e));
	}
	CHECK_INT(e.code, EINVAL);
	CHECK_STR(e.msg, "'(?P<x>a)' is no regular expression");
}

TEST(no_expression_takes_for_ever)
{
	auto_arena struct arena mem = { 0 };
	char deep[2 * 300 + 2] = { 0 };
	char text[4096];

	memset(text, 'a', sizeof(text));
	text[sizeof(text) - 1] = 0;
	CHECK(!fits("(a*)*(a*)*(a*)*(a*)*(a*)*b", text));
	CHECK(!fits("(a|aa)+$b", text));
	CHECK(!fits("a{1000}a{1000}a{1000}a{1000}a{1000}", text));
	memset(deep, '(', 300);
	memset(deep + 300, ')', 300);
	CHECK(!pattern_new(deep, &mem, NULL));
}

/* --- against libc's --- */

static unsigned seed = 1;

static unsigned any(unsigned n)
{
	seed = seed * 1103515245 + 12345;
	return (seed >> 16) % n;
}

static void random_expression(char *out, int pieces)
{
	static const char *const t[] = {
		"a", "b", "a", "b", ".", "*", "+", "?", "|", "(", ")", "(a", "b)", "[ab]", "[^a]", "^", "$",
		"{2}", "{1,2}", "{0,1}", "{2,}", "(a|b)",
	};

	*out = 0;
	while (pieces--)
		strcat(out, t[any(countof(t))]);
}

static bool same(const char *re, const regex_t *libc, struct pattern *p)
{
	for (unsigned n = 0; n < 7; n++)
		for (unsigned bits = 0; bits < 1u << n; bits++) {
			char text[8] = { 0 };
			bool ours, theirs;

			for (unsigned i = 0; i < n; i++)
				text[i] = bits >> i & 1 ? 'b' : 'a';
			ours = pattern_matches(p, text);
			theirs = regexec(libc, text, 0, NULL, 0) == 0;
			if (ours == theirs)
				continue;
			printf("# %s in \"%s\": %d, libc %d\n", re, text, ours, theirs);
			return false;
		}
	return true;
}

/* What is something else to libc: one more repetition, or no anchor. */
static bool is_other(const char *re)
{
	static const char *const t[] = { "*?", "+?", "??", "}?", "^*", "^+", "^?", "^{", "$*", "$+", "$?",
					 "${" };

	for (size_t i = 0; i < countof(t); i++)
		if (strstr(re, t[i]))
			return true;
	return false;
}

TEST(what_libc_matches_we_match)
{
	size_t compared = 0;

	for (int i = 0; i < 20000; i++) {
		auto_arena struct arena mem = { 0 };
		struct pattern *p;
		char re[64];
		regex_t libc;

		random_expression(re, 1 + any(7));
		if (is_other(re))
			continue;
		if (regcomp(&libc, re, REG_EXTENDED | REG_NOSUB) != 0)
			continue;
		p = pattern_new(re, &mem, NULL);
		if (p) {
			CHECK(same(re, &libc, p));
			compared++;
		}
		regfree(&libc);
	}
	CHECK(compared > 2000);
}

/* What is wanted is what Go's path.Match says of it. */
TEST(a_glob_matches_all_of_the_text)
{
	static const struct {
		const char *glob, *text;
		bool want;
	} t[] = {
		{ "", "", true }, { "", "a", false }, { "a", "a", true }, { "*", "", true },
		{ "*", "abc", true }, { "*", "a/b", false }, { "*/*", "a/b", true },
		{ "*/*", "a/b/c", false }, { "a*c", "abcbc", true }, { "a*c", "abcb", false },
		{ "a*/b", "aaa/b", true }, { "a*/b", "a/c/b", false }, { "?", "/", false },
		{ "?b", "ab", true }, { "??", "a", false }, { "[a-c]", "b", true }, { "[^a-c]", "b", false },
		{ "[^a-c]", "d", true }, { "[^a]", "/", true }, { "[/]", "/", true }, { "\\*", "*", true },
		{ "\\*", "a", false }, { "[", "[", false }, { "[a", "a", false }, { "a[", "a", false },
		{ "busy*:lat?st", "busybox:latest", true }, { "**x", "aax", true }, { "*a*b*c", "1a2b3c", true },
		{ "*a*b*c", "1a2c3b", false }, { "\\", "\\", false }, { "[\\]]", "]", true },
	};

	for (size_t i = 0; i < countof(t); i++) {
		if (pattern_glob(t[i].glob, t[i].text) != t[i].want)
			printf("# %s of \"%s\"\n", t[i].glob, t[i].text);
		CHECK(pattern_glob(t[i].glob, t[i].text) == t[i].want);
	}
}

UNIT_MAIN
