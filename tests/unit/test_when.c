// SPDX-License-Identifier: MIT
#include "core/fmt/when.h"
#include "tests/unit/unit.h"

TEST(c112_moments_as_docker_takes_them)
{
	static const int64_t now = 1700000000000000000;
	static const struct {
		const char *text;
		int64_t want;
	} t[] = {
		{ "42m", 1700000000000000000 - 2520 * 1000000000LL },
		{ "1h30m", 1700000000000000000 - 5400 * 1000000000LL },
		{ "2013-01-02T13:23:37Z", 1357133017 * 1000000000LL },
		{ "2013-01-02T13:23:37", 1357133017 * 1000000000LL },
		{ "2013-01-02T13:23", 1357132980 * 1000000000LL },
		{ "2013-01-02T13", 1357131600 * 1000000000LL },
		{ "2013-01-02", 1357084800 * 1000000000LL },
		{ "2013-01-02T13:23:37+02:00", 1357125817 * 1000000000LL },
		{ "2013-01-02T13:23:37.5Z", 1357133017 * 1000000000LL + 500000000 },
		{ "1600000000", 1600000000 * 1000000000LL },
		{ "1600000000.5", 1600000000 * 1000000000LL + 500000000 },
		{ "0", 0 },
	};
	static const char *const bad[] = {
		"x", "", "2013-01", "2013-13-01", "2013-01-02T", "1.2.3", "99999999999999", "5 m", "2013-01-02x",
	};
	int64_t ns;

	for (size_t i = 0; i < countof(t); i++) {
		CHECK_INT(when_parse(t[i].text, now, &ns, NULL), 0);
		CHECK_INT(ns, t[i].want);
	}
	for (size_t i = 0; i < countof(bad); i++)
		CHECK_INT(when_parse(bad[i], now, &ns, NULL), -EINVAL);
}

TEST(what_is_none_is_quoted)
{
	struct err e;
	int64_t ns;

	CHECK_INT(when_parse("x\n", 0, &ns, &e), -EINVAL);
	CHECK_STR(e.msg, "failed to parse value as time or duration: \"x\\n\"");
}

UNIT_MAIN
