// SPDX-License-Identifier: MIT
/* test_side.c - what is given to the helper arrives whole and in order. */
#include "core/os/side.h"
#include "tests/unit/unit.h"

struct got {
	uint64_t bytes, sum;
};

static void take(void *arg, const void *data, size_t len)
{
	struct got *g = arg;

	for (size_t i = 0; i < len; i++)
		g->sum = g->sum * 31 + ((const uint8_t *)data)[i];
	g->bytes += len;
}

TEST(bytes_of_two_arrive_in_order_through_a_ring_that_fills)
{
	static uint8_t data[1 << 20];
	struct got side[2] = { { 0 } }, here[2] = { { 0 } };
	struct side *s = side_new(take, 100000);

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = i * 2654435761u >> 24;
	for (size_t i = 0, len = 1; i < 2000; i++, len = len * 7 % 60013) {
		side_put(s, &side[i % 3 == 0], data + i, len);
		take(&here[i % 3 == 0], data + i, len);
		if (i % 97 == 0)
			side_wait(s);
	}
	side_wait(s);
	CHECK(side_idle(s));
	for (int i = 0; i < 2; i++)
		CHECK(side[i].bytes == here[i].bytes && side[i].sum == here[i].sum);
	side_free(s);
}

TEST(ending_takes_what_was_given)
{
	struct got g = { 0 };

	for (int i = 0; i < 200; i++) {
		struct side *s = side_new(take, 0);

		side_put(s, &g, "x", 1);
		if (i & 1)
			side_push(s);
		side_free(s);
	}
	CHECK_INT(g.bytes, 200);
	side_free(NULL);
}

/* The thread is caught between its look at the ring and its sleep, sooner or later. */
TEST(ending_never_waits_for_a_wake_that_has_been)
{
	struct got g = { 0 };

	for (int i = 0; i < 1500; i++) {
		struct side *s = side_new(take, 0);

		side_put(s, &g, "x", 1);
		side_wait(s);
		for (int k = 0; k < i % 64 * 8; k++)
			__asm__ volatile("");
		side_free(s);
	}
	CHECK_INT(g.bytes, 1500);
}

UNIT_MAIN
