// SPDX-License-Identifier: MIT
#include "core/os/loop.h"

#include "core/os/clock.h"
#include "core/os/idle.h"

enum { BATCH = 16 };

static void on_signal(struct loop *l, struct loop_watch *w, uint32_t events UNUSED)
{
	struct signalfd_siginfo si;

	while (w->fd >= 0 && read(w->fd, &si, sizeof(si)) == (ssize_t)sizeof(si))
		l->sig_fn(l, &si);
}

int loop_init(struct loop *l, struct err *e)
{
	*l = (struct loop)LOOP_INIT;
	l->epfd = epoll_create1(EPOLL_CLOEXEC);
	return l->epfd < 0 ? err_sys(e, "epoll_create") : 0;
}

void loop_release(struct loop *l)
{
	close_at(&l->sig.fd);
	close_at(&l->epfd);
	*l = (struct loop)LOOP_INIT;
}

static int control(struct loop *l, int op, struct loop_watch *w, struct err *e)
{
	struct epoll_event ev = { .events = w->events, .data.ptr = w };

	if (epoll_ctl(l->epfd, op, w->fd, &ev) < 0)
		return err_sys(e, "epoll_ctl");
	return 0;
}

int loop_add(struct loop *l, struct loop_watch *w, struct err *e)
{
	return control(l, EPOLL_CTL_ADD, w, e);
}

int loop_change(struct loop *l, struct loop_watch *w, uint32_t events, struct err *e)
{
	if (w->events == events)
		return 0;
	w->events = events;
	return control(l, EPOLL_CTL_MOD, w, e);
}

void loop_remove(struct loop *l, struct loop_watch *w)
{
	if (w->fd < 0)
		return;
	(void)epoll_ctl(l->epfd, EPOLL_CTL_DEL, w->fd, NULL);
	w->fd = -1;
	/* What this turn still has to say about it is not said any more. */
	for (int i = 0; i < l->batch_n; i++)
		if (l->batch[i].data.ptr == w)
			l->batch[i].data.ptr = NULL;
}

void loop_timer_stop(struct loop *l, struct loop_timer *t)
{
	struct loop_timer **at = &l->timers;

	while (*at && *at != t)
		at = &(*at)->next;
	if (*at)
		*at = t->next;
	t->next = NULL;
	t->at_ms = 0;
}

void loop_timer_set(struct loop *l, struct loop_timer *t, int64_t after_ms)
{
	struct loop_timer **at = &l->timers;

	loop_timer_stop(l, t);
	t->at_ms = clock_mono_ms() + (after_ms > 0 ? after_ms : 0);
	while (*at && (*at)->at_ms <= t->at_ms)
		at = &(*at)->next;
	t->next = *at;
	*at = t;
}

int loop_signals(struct loop *l, const sigset_t *set,
		 void (*fn)(struct loop *l, const struct signalfd_siginfo *si), struct err *e)
{
	bool first = l->sig.fd < 0;
	int fd;

	if (sigprocmask(SIG_BLOCK, set, NULL) < 0)
		return err_sys(e, "sigprocmask");
	fd = signalfd(l->sig.fd, set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0)
		return err_sys(e, "signalfd");
	l->sig_fn = fn;
	if (!first)
		return 0;
	l->sig = (struct loop_watch){ .fd = fd, .events = EPOLLIN, .fn = on_signal };
	return loop_add(l, &l->sig, e);
}

/* Call the timers that are due; the ms until the next, -1 for none. */
static int run_timers(struct loop *l)
{
	int64_t left, now;

	if (!l->timers)
		return -1;
	now = clock_mono_ms();
	while (l->timers && l->timers->at_ms <= now && !l->stop) {
		struct loop_timer *t = l->timers;

		loop_timer_stop(l, t);
		t->fn(l, t);
	}
	if (!l->timers)
		return -1;
	left = l->timers->at_ms - clock_mono_ms();
	return left < 0 ? 0 : left > INT32_MAX ? INT32_MAX : (int)left;
}

static void run_batch(struct loop *l, struct epoll_event *batch, int n)
{
	l->batch = batch;
	l->batch_n = n;
	for (int i = 0; i < n && !l->stop; i++) {
		struct loop_watch *w = batch[i].data.ptr;

		if (w)
			w->fn(l, w, batch[i].events);
	}
	l->batch = NULL;
	l->batch_n = 0;
}

static int wait_events(struct loop *l, struct epoll_event *batch, int wait_ms)
{
	int n;

	if (!l->idle_ms || (wait_ms >= 0 && wait_ms <= l->idle_ms))
		return epoll_wait(l->epfd, batch, BATCH, wait_ms);
	n = epoll_wait(l->epfd, batch, BATCH, l->idle_ms);
	if (n != 0)
		return n;
	n = idle_wait(l->epfd, batch, BATCH, wait_ms < 0 ? -1 : wait_ms - l->idle_ms);
	errno = n < 0 ? -n : errno;
	return n;
}

int loop_run(struct loop *l, struct err *e)
{
	struct epoll_event batch[BATCH];
	int wait_ms, n;

	l->stop = false;
	for (;;) {
		wait_ms = run_timers(l);
		if (l->stop)
			return l->code;
		n = wait_events(l, batch, wait_ms);
		if (n < 0 && errno != EINTR)
			return err_sys(e, "epoll_wait");
		run_batch(l, batch, n < 0 ? 0 : n);
		if (l->stop)
			return l->code;
	}
}

void loop_stop(struct loop *l, int code)
{
	l->stop = true;
	l->code = code;
}
