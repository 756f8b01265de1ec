// SPDX-License-Identifier: MIT
/* Lines and sentences are those of docker 20.10.24. */
#include "core/fmt/envfile.h"

#include "core/base/str.h"
#include "tests/unit/unit.h"

static char *lookup(const char *name)
{
	static char path[] = "/bin";

	return strcmp(name, "PATH") == 0 ? path : NULL;
}

static int parse(const char *text, size_t len, struct strv *out, struct arena *mem, struct err *e)
{
	return envfile_parse("ef", text, len, lookup, out, mem, e);
}

TEST(lines_are_taken_as_they_stand)
{
	static const char text[] = "\xef\xbb\xbf" "B=1\n#x\n\n  X=1 \nPATH\nNOSUCH\nY=a#b\nZ=\"q\"\r\n"
				   "\tT=x=y\nE=\n\xef\xbb\xbfQ=1";
	static const char *const want[] = {
		"B=1", "X=1 ", "PATH=/bin", "Y=a#b", "Z=\"q\"", "T=x=y", "E=", "\xef\xbb\xbfQ=1",
	};
	auto_arena struct arena mem = { 0 };
	struct strv got = { 0 };

	CHECK_INT(parse(text, sizeof(text) - 1, &got, &mem, NULL), 0);
	CHECK_INT(got.n, countof(want));
	for (size_t i = 0; i < got.n; i++)
		CHECK_STR(got.v[i], want[i]);
}

TEST(labels_have_no_environment)
{
	auto_arena struct arena mem = { 0 };
	struct strv got = { 0 };

	CHECK_INT(envfile_parse("lf", "PATH\na=b", 8, NULL, &got, &mem, NULL), 0);
	CHECK_INT(got.n, 1);
	CHECK_STR(got.v[0], "a=b");
}

TEST(what_is_wrong_is_said_in_dockers_words)
{
	static const struct {
		const char *text, *sentence;
	} t[] = {
		{ "A B=c", "poorly formatted environment: variable 'A B' contains whitespaces" },
		{ "A B", "poorly formatted environment: variable 'A B' contains whitespaces" },
		{ "a=b\n=c", "poorly formatted environment: no variable name on line '=c'" },
		{ "Q=1\n\tTAB=x\nA=\xff",
		  "env file ef contains invalid utf8 bytes at line 3: [65 61 255]" },
	};
	auto_arena struct arena mem = { 0 };

	for (size_t i = 0; i < countof(t); i++) {
		struct strv got = { 0 };
		struct err e = { 0 };

		CHECK_INT(parse(t[i].text, strlen(t[i].text), &got, &mem, &e), -EINVAL);
		CHECK_STR(e.msg, t[i].sentence);
	}
}

TEST(a_line_without_end_meets_a_limit)
{
	auto_arena struct arena mem = { 0 };
	auto_str struct str b = STR_INIT;
	struct strv got = { 0 };
	struct err e;

	str_addf(&b, "A=%*s", ENVFILE_LINE_MAX, "");
	CHECK_INT(parse(b.s, b.len, &got, &mem, &e), -E2BIG);
	CHECK_STR(e.msg, "bufio.Scanner: token too long");
}

UNIT_MAIN
