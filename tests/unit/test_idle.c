// SPDX-License-Identifier: MIT
#include "core/os/idle.h"
#include "core/os/loop.h"
#include "tests/unit/unit.h"

static int pipe_watched(int p[2])
{
	struct epoll_event ev = { .events = EPOLLIN, .data.u32 = 7 };
	int ep = epoll_create1(0);

	CHECK(ep >= 0 && pipe(p) == 0 && epoll_ctl(ep, EPOLL_CTL_ADD, p[0], &ev) == 0);
	return ep;
}

TEST(an_event_is_told)
{
	struct epoll_event got[2];
	int p[2], ep = pipe_watched(p);

	CHECK_INT(write(p[1], "x", 1), 1);
	CHECK_INT(idle_wait(ep, got, 2, -1), 1);
	CHECK_INT(got[0].data.u32, 7);
	close(ep);
}

TEST(a_time_without_an_event_ends)
{
	struct epoll_event got;
	int p[2], ep = pipe_watched(p);

	CHECK_INT(idle_wait(ep, &got, 1, 1), 0);
	CHECK_INT(idle_wait(ep, &got, 1, 0), 0);
	close(ep);
}

TEST(an_error_is_a_negative_number)
{
	struct epoll_event got;

	CHECK_INT(idle_wait(-1, &got, 1, 0), -EBADF);
}

static int ticks;

static void tick(struct loop *l, struct loop_timer *t)
{
	if (++ticks == 3)
		loop_stop(l, 5);
	else
		loop_timer_set(l, t, 20);
}

/* Its timers fall due while it is idle. */
TEST(a_loop_that_idles_still_turns)
{
	struct loop_timer t = { .fn = tick };
	struct loop l;

	CHECK_INT(loop_init(&l, NULL), 0);
	l.idle_ms = 1;
	loop_timer_set(&l, &t, 20);
	CHECK_INT(loop_run(&l, NULL), 5);
	CHECK_INT(ticks, 3);
	loop_release(&l);
}

UNIT_MAIN
