// SPDX-License-Identifier: MIT
#include "core/fmt/signame.h"
#include "tests/unit/unit.h"

static const struct {
	const char *text;
	int want;
} rows[] = {
	{ "KILL", 9 },
	{ "SIGKILL", 9 },
	{ "sigkill", 9 },
	{ "9", 9 },
	{ "TERM", 15 },
	{ "HUP", 1 },
	{ "RTMIN", 34 },
	{ "SIGRTMIN+3", 37 },
	{ "RTMAX-1", 63 },
	{ "RTMAX", 64 },
	{ "64", 64 },
	{ "CHLD", 17 },
	{ "0", -EINVAL },
	{ "65", -EINVAL },
	{ "", -EINVAL },
	{ "SIG", -EINVAL },
	{ "BANANA", -EINVAL },
	{ "-9", -EINVAL },
	{ "9x", -EINVAL },
	{ "RTMIN+31", -EINVAL },
	{ "RTMIN-1", -EINVAL },
	{ "99999999999", -EINVAL },
};

TEST(signals_have_names_and_numbers)
{
	for (size_t i = 0; i < countof(rows); i++)
		CHECK_INT(signame_parse(rows[i].text, NULL), rows[i].want);
	CHECK_STR(signame_text(9), "SIGKILL");
	CHECK(!signame_text(0) && !signame_text(34) && !signame_text(-1));
}

UNIT_MAIN
