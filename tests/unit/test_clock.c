// SPDX-License-Identifier: MIT
#include "core/os/clock.h"

#include "tests/unit/unit.h"

static const struct {
	const char *text;
	int64_t ns;
	const char *back;	/* NULL: the same */
} good[] = {
	{ "1970-01-01T00:00:00Z", 0, NULL },
	{ "2026-11-20T14:03:09.123456789Z", 1795183389123456789, NULL },
	{ "2026-11-20T14:03:09.12Z", 1795183389120000000, NULL },
	{ "2026-11-20T16:03:09.12+02:00", 1795183389120000000, "2026-11-20T14:03:09.12Z" },
	{ "2026-11-20T10:33:09.1200000009-03:30", 1795183389120000000, "2026-11-20T14:03:09.12Z" },
	{ "2000-02-29T23:59:59Z", 951868799000000000, NULL },
	{ "1969-12-31T23:59:59.5Z", -500000000, NULL },
	{ "2100-03-01T00:00:00Z", 4107542400000000000, NULL },
	{ "0001-01-01T00:00:00Z", CLOCK_NEVER, NULL },
	{ "2026-11-20t14:03:09z", 1795183389000000000, "2026-11-20T14:03:09Z" },
};

TEST(times_are_read_and_written)
{
	char text[CLOCK_TEXT_MAX];
	int64_t ns;

	for (size_t i = 0; i < countof(good); i++) {
		CHECK_INT(clock_parse(good[i].text, &ns, NULL), 0);
		CHECK_INT(ns, good[i].ns);
		CHECK_STR(clock_format(ns, text), good[i].back ? good[i].back : good[i].text);
	}
	CHECK_STR(clock_format9(1795183389120000000, text), "2026-11-20T14:03:09.120000000Z");
	CHECK_STR(clock_format9(0, text), "1970-01-01T00:00:00.000000000Z");
}

TEST(what_is_no_time_is_refused)
{
	static const char *const bad[] = {
		"", "2026", "2026-11-20", "2026-11-20T14:03:09", "2026-13-01T00:00:00Z",
		"2026-02-29T00:00:00Z", "2026-11-20T24:00:00Z", "2026-11-20T14:60:00Z",
		"2026-11-20T14:03:09.Z", "2026-11-20T14:03:09Zx", "2026-11-20T14:03:09+2:00",
		"0000-01-01T00:00:00Z", "2026-11-20T14:03:09+0200", " 2026-11-20T14:03:09Z",
	};
	int64_t ns = 5;

	for (size_t i = 0; i < countof(bad); i++) {
		CHECK_INT(clock_parse(bad[i], &ns, NULL), -EINVAL);
		CHECK_INT(ns, 5);
	}
}

static int64_t fixed(void)
{
	return 42000000;
}

TEST(time_is_one_seam)
{
	int64_t a = clock_mono_ns();

	clock_sleep_ms(5);
	CHECK(clock_mono_ns() - a >= 5000000);
	CHECK(clock_real_ns() > 1000000000);
	clock_fake(fixed, fixed);
	CHECK_INT(clock_real_ns(), 42000000);
	CHECK_INT(clock_mono_ms(), 42);
	clock_fake(NULL, NULL);
	CHECK(clock_mono_ns() > 42000000);
}

UNIT_MAIN
