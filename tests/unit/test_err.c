// SPDX-License-Identifier: MIT
/* test_err.c - what a sentence that has no room loses, and what it keeps. */
#include "core/base/err.h"

#include "tests/unit/unit.h"

static const char *ending(const struct err *e, size_t n)
{
	CHECK(strlen(e->msg) >= n && strlen(e->msg) < sizeof(e->msg));
	return e->msg + strlen(e->msg) - n;
}

static const char *of(char c, size_t n)
{
	static char text[5000];

	memset(text, c, n);
	text[n] = 0;
	return text;
}

TEST(a_short_one_is_as_it_was_said)
{
	struct err e = { 0 };

	errno = ENOENT;
	CHECK_INT(err_sys(&e, "open %s", "/x"), -ENOENT);
	CHECK_INT(err_wrap(&e, "layer %d", 7), -ENOENT);
	CHECK_STR(e.msg, "layer 7: open /x: No such file or directory");
}

TEST(the_cause_outlasts_a_long_path)
{
	struct err e = { 0 };

	errno = ENOSPC;
	CHECK_INT(err_sys(&e, "open /%s", of('p', 4000)), -ENOSPC);
	CHECK_STR(ending(&e, 29), "p...: No space left on device");
	CHECK_INT(strncmp(e.msg, "open /ppp", 9), 0);
	CHECK_INT(err_wrap(&e, "layer %s", "4abc"), -ENOSPC);
	CHECK_INT(strncmp(e.msg, "layer 4abc: ...pp", 17), 0);
	CHECK_STR(ending(&e, 29), "p...: No space left on device");
	CHECK_INT(err_wrap(&e, "copy %s", of('q', 4000)), -ENOSPC);
	CHECK_INT(strncmp(e.msg, "copy qqq", 8), 0);
	CHECK(strstr(e.msg, "q...: ...p"));
	CHECK_STR(ending(&e, 29), "p...: No space left on device");
}

TEST(a_character_is_whole_or_not_there)
{
	for (size_t n = 440; n < 520; n++) {
		struct err e = { 0 };

		errno = ENOENT;
		CHECK_INT(err_sys(&e, "%s\u20ac\u20ac\u20ac", of('p', n)), -ENOENT);
		for (const char *p = strstr(e.msg, "\xe2"); p; p = strstr(p + 1, "\xe2"))
			CHECK_INT(strncmp(p, "\u20ac", 3), 0);
		CHECK_STR(ending(&e, 27), ": No such file or directory");
		CHECK_INT(err_wrap(&e, "%s", of('q', 130)), -ENOENT);
		for (const char *p = e.msg; *p; p++)
			CHECK((unsigned char)*p < 0x80 || strncmp(p, "\u20ac", 3) == 0 ||
				(p > e.msg && (p[-1] & 0x80)));
	}
}

UNIT_MAIN
