// SPDX-License-Identifier: MIT
#include "core/engine/health.h"

#include "tests/unit/unit.h"

#define SECOND 1000000000LL

TEST(C101_results_become_states)
{
	static const struct {
		const char *status;
		int streak, code;
		int64_t age_s;
		const char *then;
		int streak_then;
	} rows[] = {
		{ "starting", 0, 0, 1, "healthy", 0 },
		{ "starting", 0, 1, 1, "starting", 0 },	/* within the start period */
		{ "starting", 0, 1, 11, "starting", 1 },
		{ "starting", 1, 1, 11, "unhealthy", 2 },
		{ "healthy", 0, 1, 1, "healthy", 1 },	/* the start period is over by a success */
		{ "healthy", 1, -1, 1, "unhealthy", 2 },
		{ "unhealthy", 7, 1, 99, "unhealthy", 8 },
		{ "unhealthy", 7, 0, 99, "healthy", 0 },
	};
	const struct health_config h = { .start_period_ns = 10 * SECOND, .retries = 2 };

	for (size_t i = 0; i < countof(rows); i++) {
		int streak = rows[i].streak;

		CHECK_STR(health_judge(&h, rows[i].status, rows[i].code, rows[i].age_s * SECOND,
				       &streak), rows[i].then);
		CHECK_INT(streak, rows[i].streak_then);
	}
}

TEST(three_failures_where_nobody_says)
{
	const struct health_config h = { .retries = 0 };
	int streak = 0;

	CHECK_STR(health_judge(&h, "healthy", 1, 0, &streak), "healthy");
	CHECK_STR(health_judge(&h, "healthy", 1, 0, &streak), "healthy");
	CHECK_STR(health_judge(&h, "healthy", 1, 0, &streak), "unhealthy");
}

TEST(what_is_no_check)
{
	static const char *none[] = { "NONE" }, *cmd[] = { "CMD", "true" }, *bare[] = { "CMD" };
	struct health_config h = { .retries = 0 };

	CHECK(!health_wanted(&h));
	h.test = (struct strv){ none, 1 };
	CHECK(!health_wanted(&h));
	h.test = (struct strv){ bare, 1 };
	CHECK(!health_wanted(&h));
	h.test = (struct strv){ cmd, 2 };
	CHECK(health_wanted(&h));
}

UNIT_MAIN
