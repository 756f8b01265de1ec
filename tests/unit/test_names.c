// SPDX-License-Identifier: MIT
#include "core/fmt/names.h"

#include <ctype.h>

#include "tests/unit/unit.h"

/* adjective_surname, and a digit when one was taken: lower-case letters and one bar. */
static void check(const char *s, int digits)
{
	const char *bar = strchr(s, '_');

	CHECK(bar && bar > s && strlen(s) < NAMES_MAX - 1);
	for (; *s; s++) {
		if (isdigit((unsigned char)*s))
			digits--;
		else
			CHECK(islower((unsigned char)*s) || s == bar);
	}
	CHECK_INT(digits, 0);
}

TEST(c032_a_name_is_an_adjective_and_a_surname)
{
	char a[NAMES_MAX], b[NAMES_MAX];
	uint64_t r = 1;

	for (int i = 0; i < 20000; i++) {
		r = r * 6364136223846793005u + 1442695040888963407u;
		names_make(r >> 32, r, 0, a);
		check(a, 0);
		names_make(r >> 32, r, 1, b);
		check(b, 1);
	}
	names_make(5, 0, 0, a);
	names_make(5, 0, 0, b);
	CHECK_STR(a, b);
	names_make(0, 5, 0, b);
	CHECK(strcmp(a, b) != 0);
	names_make(UINT32_MAX, UINT32_MAX, 9, b);
	check(b, 1);
}

UNIT_MAIN
