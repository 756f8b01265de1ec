// SPDX-License-Identifier: MIT
/* side.c - a ring with one writer and one reader.
 *
 * `filled` counts pieces ever published, `taken` those ever taken; each is changed by one
 * side only. Who finds nothing to do says so in a flag, looks once more, and sleeps on the
 * other's counter; the other wakes it when the flag is up. Both orders are sequentially
 * consistent, so either the sleeper sees the new count or the waker sees the flag. */
#include "core/os/side.h"

#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/syscall.h>

#include "build/gen/config.h"

struct slot {
	void *arg;
	size_t len;
	uint8_t data[SIDE_BYTES];
};

struct count {
	_Atomic uint32_t n;
	_Atomic uint32_t watched;	/* somebody sleeps until n changes */
};

struct side {
	side_take_fn *take;
	struct count filled, taken;
	_Atomic bool quit;
	size_t after;		/* bytes to be taken before there is a thread */
	bool threaded, tried;
	pthread_t thread;
	struct slot slot[SIDE_SLOTS];	/* slot[filled % SIDE_SLOTS] is the writer's */
};

/* Sleep while the count is `n`. Nothing but the count may end it: what else is looked at
 * before futex(2) may change between the look and the sleep, and nobody wakes twice. */
static void watch(struct count *c, uint32_t n)
{
	atomic_store(&c->watched, 1);
	while (atomic_load(&c->n) == n)
		syscall(SYS_futex, &c->n, FUTEX_WAIT_PRIVATE, n, NULL, NULL, 0);
	atomic_store(&c->watched, 0);
}

static void advance(struct count *c)
{
	atomic_fetch_add(&c->n, 1);
	if (atomic_load(&c->watched))
		syscall(SYS_futex, &c->n, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

static void *work(void *arg)
{
	struct side *s = arg;

	for (;;) {
		uint32_t at = atomic_load(&s->taken.n);
		struct slot *slot = &s->slot[at % SIDE_SLOTS];

		if (atomic_load(&s->filled.n) == at)
			watch(&s->filled, at);
		if (atomic_load(&s->quit))
			return NULL;
		s->take(slot->arg, slot->data, slot->len);
		slot->len = 0;
		advance(&s->taken);
	}
}

static bool many_processors(void)
{
	cpu_set_t set;

	return sched_getaffinity(0, sizeof(set), &set) == 0 && CPU_COUNT(&set) > 1;
}

struct side *side_new(side_take_fn *take, size_t after)
{
	struct side *s = calloc(1, sizeof(*s));

	if (!s)
		abort();
	s->take = take;
	s->after = after;
	return s;
}

static void start(struct side *s)
{
	sigset_t all, old;

	s->tried = true;
	if (!CFG_SIDE_THREAD || !many_processors())
		return;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	s->threaded = pthread_create(&s->thread, NULL, work, s) == 0;
	pthread_sigmask(SIG_SETMASK, &old, NULL);
}

void side_free(struct side *s)
{
	if (!s)
		return;
	if (CFG_SIDE_THREAD && s->threaded) {
		side_wait(s);
		atomic_store(&s->quit, true);
		advance(&s->filled);	/* of nothing: the thread sees quit first */
		pthread_join(s->thread, NULL);
	}
	free(s);
}

static struct slot *free_slot(struct side *s)
{
	uint32_t at = atomic_load(&s->filled.n), taken = atomic_load(&s->taken.n);

	if (at - taken == SIDE_SLOTS)
		watch(&s->taken, taken);
	return &s->slot[at % SIDE_SLOTS];
}

void side_push(struct side *s)
{
	if (s->threaded && free_slot(s)->len)
		advance(&s->filled);
}

void side_put(struct side *s, void *arg, const void *data, size_t len)
{
	const uint8_t *p = data;

	if (!s->tried && len > s->after)
		start(s);
	if (!s->threaded) {
		s->after -= len < s->after ? len : s->after;
		s->take(arg, data, len);
		return;
	}
	for (size_t n; len; p += n, len -= n) {
		struct slot *slot = free_slot(s);

		if (slot->len && slot->arg != arg) {
			advance(&s->filled);
			slot = free_slot(s);
		}
		n = SIDE_BYTES - slot->len;
		if (n > len)
			n = len;
		slot->arg = arg;
		memcpy(slot->data + slot->len, p, n);
		slot->len += n;
		if (slot->len == SIDE_BYTES)
			advance(&s->filled);
	}
}

void side_wait(struct side *s)
{
	uint32_t taken;

	if (!s->threaded)
		return;
	side_push(s);
	while ((taken = atomic_load(&s->taken.n)) != atomic_load(&s->filled.n))
		watch(&s->taken, taken);
}

bool side_idle(struct side *s)
{
	return atomic_load(&s->taken.n) == atomic_load(&s->filled.n);
}
