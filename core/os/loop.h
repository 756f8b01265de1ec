// SPDX-License-Identifier: MIT
/* loop.h - one epoll loop: descriptors, timers, signals.
 *
 * It allocates nothing: watches and timers live in the caller's own structs,
 * and must stay there until they are removed. A callback may add and remove
 * any watch or timer, its own too. Timers are a short sorted list. */
#pragma once

#include <signal.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>

#include "core/base/err.h"

struct loop;

struct loop_watch {
	int fd;			/* borrowed; -1 when not in a loop */
	uint32_t events;	/* EPOLLIN | EPOLLOUT | ... asked for */
	void (*fn)(struct loop *l, struct loop_watch *w, uint32_t events);
	void *arg;		/* the caller's */
};

struct loop_timer {
	int64_t at_ms;		/* monotonic; 0 when not armed */
	void (*fn)(struct loop *l, struct loop_timer *t);
	void *arg;		/* the caller's */
	struct loop_timer *next;	/* the loop's */
};

struct loop {
	int epfd;		/* owned; -1 before loop_init */
	bool stop;		/* loop_stop was called */
	int code;		/* what loop_run returns */
	struct loop_timer *timers;	/* borrowed list, soonest first */
	struct loop_watch sig;	/* its fd is an owned signalfd, or -1 */
	void (*sig_fn)(struct loop *l, const struct signalfd_siginfo *si);
	void *arg;		/* the caller's */
	int idle_ms;		/* this long without an event: idle_wait; 0: never */
	struct epoll_event *batch;	/* events of this turn still to be told; NULL outside */
	int batch_n;
};
#define LOOP_INIT	{ .epfd = -1, .sig = { .fd = -1 } }

NODISCARD int loop_init(struct loop *l, struct err *e);
void loop_release(struct loop *l);	/* closes epfd and signalfd, not the watches' fds */

/* Watch w->fd for w->events; w->fn is told what happened (EPOLLHUP and EPOLLERR always). */
NODISCARD int loop_add(struct loop *l, struct loop_watch *w, struct err *e);
NODISCARD int loop_change(struct loop *l, struct loop_watch *w, uint32_t events, struct err *e);
void loop_remove(struct loop *l, struct loop_watch *w);	/* before closing w->fd; sets it to -1 */

/* Call t->fn once, `after_ms` from now (0: next turn). Armed again: moves. */
void loop_timer_set(struct loop *l, struct loop_timer *t, int64_t after_ms);
void loop_timer_stop(struct loop *l, struct loop_timer *t);

/* Block the signals in `set` for this process and get them in fn instead.
 * A second call replaces the first. */
NODISCARD int loop_signals(struct loop *l, const sigset_t *set,
			   void (*fn)(struct loop *l, const struct signalfd_siginfo *si),
			   struct err *e);

/* Turn until loop_stop. Returns its code, or -errno of epoll_wait(2). */
NODISCARD int loop_run(struct loop *l, struct err *e);
void loop_stop(struct loop *l, int code);	/* code >= 0 */
