// SPDX-License-Identifier: MIT
#include "core/os/loop.h"

#include <fcntl.h>
#include <signal.h>

#include "core/os/clock.h"
#include "tests/unit/unit.h"

static int order[16], order_n;

static void note(struct loop *l, struct loop_timer *t)
{
	order[order_n++] = (int)(intptr_t)t->arg;
	if (order_n == 3)
		loop_stop(l, 7);
}

static int64_t stands_ns;

static int64_t stands(void)
{
	return stands_ns;
}

TEST(timers_fire_in_order_and_a_stopped_one_never)
{
	struct loop l;
	struct loop_timer t[4] = {
		{ .fn = note, .arg = (void *)1 }, { .fn = note, .arg = (void *)2 },
		{ .fn = note, .arg = (void *)3 }, { .fn = note, .arg = (void *)4 },
	};
	int64_t start;

	CHECK_INT(loop_init(&l, NULL), 0);
	stands_ns = clock_mono_ns();
	clock_fake(NULL, stands);	/* all are set at one time */
	loop_timer_set(&l, &t[0], 60);
	loop_timer_set(&l, &t[1], 20);
	loop_timer_set(&l, &t[2], 40);
	loop_timer_set(&l, &t[3], 10);
	loop_timer_set(&l, &t[3], 30);
	loop_timer_stop(&l, &t[2]);
	start = clock_mono_ms();
	clock_fake(NULL, NULL);
	CHECK_INT(loop_run(&l, NULL), 7);
	CHECK(clock_mono_ms() - start >= 59);
	CHECK_INT(order[0], 2);
	CHECK_INT(order[1], 4);
	CHECK_INT(order[2], 1);
	loop_release(&l);
	loop_release(&l);
}

static void read_one(struct loop *l, struct loop_watch *w, uint32_t events)
{
	char c;

	CHECK(events & EPOLLIN);
	CHECK_INT(read(w->fd, &c, 1), 1);
	if (c == 'q')
		loop_stop(l, 0);
	order[order_n++] = c;
}

TEST(a_descriptor_is_told)
{
	struct loop_watch w = { .events = EPOLLIN, .fn = read_one };
	struct loop l;
	int p[2];

	CHECK(!pipe(p));
	CHECK_INT(loop_init(&l, NULL), 0);
	w.fd = p[0];
	CHECK_INT(loop_add(&l, &w, NULL), 0);
	CHECK_INT(write(p[1], "abq", 3), 3);
	CHECK_INT(loop_run(&l, NULL), 0);
	CHECK_INT(order_n, 3);
	loop_remove(&l, &w);
	loop_remove(&l, &w);
	CHECK_INT(w.fd, -1);
	loop_release(&l);
}

static struct loop_watch pair[2];

/* Whoever is called first takes both away: the other must not be called any more. */
static void remove_both(struct loop *l, struct loop_watch *w, uint32_t events UNUSED)
{
	(void)w;
	order_n++;
	loop_remove(l, &pair[0]);
	loop_remove(l, &pair[1]);
	loop_stop(l, 0);
}

static void end(struct loop *l, struct loop_timer *t UNUSED)
{
	loop_stop(l, 1);
}

TEST(a_removed_watch_is_not_called_in_the_same_turn)
{
	struct loop_timer t = { .fn = end };
	struct loop l;
	int p[2];

	CHECK_INT(loop_init(&l, NULL), 0);
	for (int i = 0; i < 2; i++) {
		CHECK(!pipe(p) && write(p[1], "x", 1) == 1);
		pair[i] = (struct loop_watch){ .fd = p[0], .events = EPOLLIN, .fn = remove_both };
		CHECK_INT(loop_add(&l, &pair[i], NULL), 0);
	}
	CHECK_INT(loop_run(&l, NULL), 0);
	loop_timer_set(&l, &t, 10);
	CHECK_INT(loop_run(&l, NULL), 1);
	CHECK_INT(order_n, 1);
	loop_release(&l);
}

static void on_signal(struct loop *l, const struct signalfd_siginfo *si)
{
	order[order_n++] = si->ssi_signo;
	if (si->ssi_signo == SIGTERM)
		loop_stop(l, 0);
}

TEST(signals_come_through_the_loop)
{
	struct loop l;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGTERM);
	CHECK_INT(loop_init(&l, NULL), 0);
	CHECK_INT(loop_signals(&l, &set, on_signal, NULL), 0);
	CHECK_INT(loop_signals(&l, &set, on_signal, NULL), 0);
	kill(getpid(), SIGUSR1);
	kill(getpid(), SIGTERM);
	CHECK_INT(loop_run(&l, NULL), 0);
	CHECK_INT(order_n, 2);
	CHECK_INT(order[0] + order[1], SIGUSR1 + SIGTERM);
	loop_release(&l);
}

UNIT_MAIN
