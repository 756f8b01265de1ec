// SPDX-License-Identifier: MIT
#include "core/fmt/human.h"
#include "tests/unit/unit.h"

TEST(C099_durations_are_in_dockers_words)
{
	static const struct {
		int64_t s;
		const char *want;
	} t[] = {
		{ 0, "Less than a second" }, { 1, "1 second" }, { 43, "43 seconds" },
		{ 59, "59 seconds" }, { 60, "About a minute" }, { 119, "About a minute" },
		{ 120, "2 minutes" }, { 59 * 60 + 59, "59 minutes" }, { 3600, "About an hour" },
		{ 5399, "About an hour" }, { 5400, "2 hours" }, { 4 * 3600, "4 hours" },
		{ 22 * 3600, "22 hours" }, { 47 * 3600, "47 hours" }, { 48 * 3600, "2 days" },
		{ 13 * 86400, "13 days" }, { 14 * 86400, "2 weeks" }, { 59 * 86400, "8 weeks" },
		{ 60 * 86400, "2 months" }, { 729 * 86400, "24 months" }, { 730 * 86400, "2 years" },
		{ 1095 * 86400, "3 years" },
	};

	for (size_t i = 0; i < countof(t); i++) {
		auto_str struct str b = STR_INIT;

		human_duration(t[i].s * 1000000000, &b);
		CHECK_STR(b.s, t[i].want);
	}
}

TEST(c095_sizes_are_powers_of_1000)
{
	static const struct {
		int64_t bytes;
		const char *want;
	} t[] = {
		{ 0, "0B" }, { 999, "999B" }, { 1000, "1kB" }, { 5600, "5.6kB" }, { 1980000, "1.98MB" },
		{ 5600000, "5.6MB" }, { 123456789, "123MB" }, { 2147483648, "2.15GB" },
		{ INT64_MAX, "9.22EB" },
	};

	for (size_t i = 0; i < countof(t); i++) {
		auto_str struct str b = STR_INIT;

		human_size(t[i].bytes, 3, &b);
		CHECK_STR(b.s, t[i].want);
	}
}

TEST(memory_is_in_powers_of_1024)
{
	auto_str struct str b = STR_INIT;

	human_bytes(64 << 20, &b);
	str_puts(&b, " ");
	human_bytes(1572864, &b);
	str_puts(&b, " ");
	human_bytes(8349155328, &b);
	CHECK_STR(b.s, "64MiB 1.5MiB 7.776GiB");
}

UNIT_MAIN
