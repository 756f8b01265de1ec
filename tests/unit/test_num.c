// SPDX-License-Identifier: MIT
/* The values and sentences are those docker 20.10.24 prints for the same words. */
#include "core/base/num.h"
#include "tests/unit/unit.h"

struct row {
	const char *text;
	int64_t want;
	const char *error;	/* NULL: `want` comes back */
};

typedef int num_fn(const char *text, int64_t *out, struct err *e);

static void check_rows(num_fn *fn, const struct row *t, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct err e = { 0 };
		int64_t got = 77;
		int rc = fn(t[i].text, &got, &e);

		CHECK_STR(rc < 0 ? e.msg : "", t[i].error ? t[i].error : "");
		CHECK_INT(got, t[i].error ? 77 : t[i].want);
		CHECK_INT(fn(t[i].text, &got, NULL), rc);
	}
}

TEST(sizes_take_units_of_1024)
{
	static const struct row t[] = {
		{ "0", 0, NULL }, { "512", 512, NULL }, { "64k", 65536, NULL },
		{ "1.5", 1, NULL }, { "1.5g", 1610612736, NULL }, { "0.1g", 107374182, NULL },
		{ "10MB", 10485760, NULL }, { "1 g", 1 << 30, NULL }, { "1GiB", 1 << 30, NULL },
		{ "1i", 1, NULL }, { "1IB", 1, NULL }, { "5 ", 5, NULL }, { "1t", 1LL << 40, NULL },
		{ "8191p", 8191LL << 50, NULL },
		{ "9223372036854775807", INT64_MAX, NULL },
		{ "5q", 0, "invalid size: '5q'" }, { "1  g", 0, "invalid size: '1  g'" },
		{ ".5g", 0, "invalid size: '.5g'" }, { "5.g", 0, "invalid size: '5.g'" },
		{ "1ibg", 0, "invalid size: '1ibg'" }, { "1kk", 0, "invalid size: '1kk'" },
		{ "-1", 0, "invalid size: '-1'" }, { "", 0, "invalid size: ''" },
		{ " 5", 0, "invalid size: ' 5'" }, { "1e3", 0, "invalid size: '1e3'" },
		{ "0x10", 0, "invalid size: '0x10'" }, { "+5", 0, "invalid size: '+5'" },
		{ "inf", 0, "invalid size: 'inf'" }, { "1_000", 0, "invalid size: '1_000'" },
		{ "1.2.3g", 0, "strconv.ParseFloat: parsing \"1.2.3\": invalid syntax" },
		{ "8192p", 0, "invalid size: '8192p': value out of range" },
		{ "12345678901234567890", 0, "invalid size: '12345678901234567890': value out of range" },
	};
	check_rows(num_bytes, t, countof(t));
}

TEST(durations_are_gos)
{
	static const struct row t[] = {
		{ "5s", 5000000000, NULL }, { "1h2m3s", 3723000000000, NULL },
		{ "1.5h", 5400000000000, NULL }, { ".5s", 500000000, NULL }, { "+5s", 5000000000, NULL },
		{ "-5s", -5000000000, NULL }, { "1us", 1000, NULL }, { "1\u00b5s", 1000, NULL },
		{ "1ns", 1, NULL }, { "0", 0, NULL }, { "1.s", 1000000000, NULL },
		{ "300ms", 300000000, NULL }, { "9223372036854775807ns", INT64_MAX, NULL },
		{ "5", 0, "time: missing unit in duration \"5\"" },
		{ "5.", 0, "time: missing unit in duration \"5.\"" },
		{ "1h1", 0, "time: missing unit in duration \"1h1\"" },
		{ "x", 0, "time: invalid duration \"x\"" }, { "", 0, "time: invalid duration \"\"" },
		{ ".s", 0, "time: invalid duration \".s\"" }, { "s", 0, "time: invalid duration \"s\"" },
		{ "5x", 0, "time: unknown unit \"x\" in duration \"5x\"" },
		{ "1 s", 0, "time: unknown unit \" s\" in duration \"1 s\"" },
		{ "99999999h", 0, "time: invalid duration \"99999999h\"" },
		{ "9223372036854775808ns", 0, "time: invalid duration \"9223372036854775808ns\"" },
	};
	check_rows(num_duration, t, countof(t));
}

TEST(cpus_are_exact_to_a_billionth)
{
	static const struct row t[] = {
		{ "1", 1000000000, NULL }, { "0.5", 500000000, NULL }, { ".5", 500000000, NULL },
		{ "1/2", 500000000, NULL }, { "1e3", 1000000000000, NULL }, { "1e-3", 1000000, NULL },
		{ "+1", 1000000000, NULL }, { "-1", -1000000000, NULL }, { "1.", 1000000000, NULL },
		{ "0.000000001", 1, NULL }, { "1.50", 1500000000, NULL }, { "0", 0, NULL },
		{ "0.0000000001", 0, "value is too precise" },
		{ "1.0000000001", 0, "value is too precise" }, { "1/3", 0, "value is too precise" },
		{ "", 0, "failed to parse  as a rational number" },
		{ "x", 0, "failed to parse x as a rational number" },
		{ "1.2.3", 0, "failed to parse 1.2.3 as a rational number" },
		{ "1/0", 0, "failed to parse 1/0 as a rational number" },
		{ " 1", 0, "failed to parse  1 as a rational number" },
		{ "1e99", 0, "value is too large" },
	};
	check_rows(num_cpus, t, countof(t));
}

TEST(integers_are_gos)
{
	static const struct row t[] = {
		{ "1", 1, NULL }, { "+1", 1, NULL }, { "-1", -1, NULL }, { "0x10", 16, NULL },
		{ "010", 8, NULL }, { "0o17", 15, NULL }, { "0b11", 3, NULL }, { "1_0", 10, NULL },
		{ "-0x8", -8, NULL }, { "0", 0, NULL }, { "-9223372036854775808", INT64_MIN, NULL },
		{ "", 0, "strconv.ParseInt: parsing \"\": invalid syntax" },
		{ " 1", 0, "strconv.ParseInt: parsing \" 1\": invalid syntax" },
		{ "08", 0, "strconv.ParseInt: parsing \"08\": invalid syntax" },
		{ "1_", 0, "strconv.ParseInt: parsing \"1_\": invalid syntax" },
		{ "x\n", 0, "strconv.ParseInt: parsing \"x\\n\": invalid syntax" },
		{ "9223372036854775808", 0,
		  "strconv.ParseInt: parsing \"9223372036854775808\": value out of range" },
		{ "-9223372036854775809", 0,
		  "strconv.ParseInt: parsing \"-9223372036854775809\": value out of range" },
	};
	static const struct row ten[] = {
		{ "010", 10, NULL }, { "-1", -1, NULL },
		{ "0x10", 0, "strconv.ParseInt: parsing \"0x10\": invalid syntax" },
		{ "1_0", 0, "strconv.ParseInt: parsing \"1_0\": invalid syntax" },
	};
	check_rows(num_int, t, countof(t));
	check_rows(num_int10, ten, countof(ten));
}

TEST(unsigned_integers_know_their_most)
{
	struct err e;
	uint64_t u = 7;

	CHECK_INT(num_uint("65535", 65535, &u, &e), 0);
	CHECK_INT(u, 65535);
	CHECK_INT(num_uint("65536", 65535, &u, &e), -ERANGE);
	CHECK_STR(e.msg, "strconv.ParseUint: parsing \"65536\": value out of range");
	CHECK_INT(num_uint("-1", 65535, &u, &e), -EINVAL);
	CHECK_STR(e.msg, "strconv.ParseUint: parsing \"-1\": invalid syntax");
	CHECK_INT(u, 65535);
}

TEST(booleans_have_twelve_spellings)
{
	static const char *const yes[] = { "1", "t", "T", "TRUE", "true", "True" };
	static const char *const no[] = { "0", "f", "F", "FALSE", "false", "False" };
	struct err e;
	bool b;

	for (size_t i = 0; i < countof(yes); i++) {
		CHECK(num_bool(yes[i], &b, &e) == 0 && b);
		CHECK(num_bool(no[i], &b, &e) == 0 && !b);
	}
	CHECK_INT(num_bool("yes", &b, &e), -EINVAL);
	CHECK_STR(e.msg, "strconv.ParseBool: parsing \"yes\": invalid syntax");
	CHECK_INT(num_bool("tRUE", &b, NULL), -EINVAL);
}

UNIT_MAIN
