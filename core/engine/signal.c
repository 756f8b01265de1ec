// SPDX-License-Identifier: MIT
/* signal.c - kill, stop, pause, wait: short talks with the monitor.
 *
 * A monitor that died in between leaves a free lock and a record that says "running";
 * engine_reconcile puts that right, and then the record has the answer. */
#include "core/engine/ask.h"
#include "core/engine/event.h"

#include <signal.h>

#include "core/os/clock.h"

enum {
	STOP_DEFAULT_S = 10,
	KILL_MS = 10000,
	STOP_GRACE_MS = 10000, /* after SIGKILL, until the monitor is given up */
	STARTING_MS = 20, /* between two looks at a container that is being started */
	SIGNAL_MAX = 64,
};

int engine_attach(struct engine *g, const char *id, unsigned want, struct err *e)
{
	int fd = ask_connect(g, id, want, e);

	if (fd >= 0)
		event_of(g->store, id, "attach");
	return fd;
}

/* SIGKILL is waited for, as Docker does: what comes next finds it ended. */
static int kill_ask(int fd, int signo, struct err *e)
{
	unsigned char b = (unsigned char)signo;
	int code, rc = ask_done(fd, WIRE_SIGNAL, &b, 1, ASK_ANSWER_MS, e);

	return rc < 0 || signo != SIGKILL ? rc : ask_exit(fd, KILL_MS, &code, e);
}

/* It has ended. Where the disk is too full to write that down, whoever reads the record sees that
 * nobody holds the lock. */
static int settle(struct engine *g, const char *id, struct err *e)
{
	struct err why = { 0 };
	int rc = engine_reconcile(g, id, &why);

	if (rc >= 0 || rc == -ENOSPC || rc == -EDQUOT)
		return 0;
	return err_set(e, why.code, "%s", why.msg);
}

int engine_kill(struct engine *g, const char *id, int signo, struct err *e)
{
	struct container_state st;
	auto_close int fd = -1;
	int rc;

	if (signo < 1 || signo > SIGNAL_MAX)
		return err_set(e, EINVAL, "The linux daemon does not support signal %d", signo);
	rc = container_state_load(g->store, id, &st, g->mem, e);
	if (rc < 0)
		return rc;
	rc = fd = ask_connect(g, id, WIRE_WANT_EXIT, e);
	if (rc >= 0)
		rc = kill_ask(fd, signo, e);
	if (signo != SIGKILL)
		return rc;
	if (rc == -ECONNRESET)
		rc = ask_gone(g, &st, e);
	if (rc == -ETIMEDOUT)
		rc = ask_kill(g, &st, e);
	return rc < 0 ? rc : settle(g, id, e);
}

int engine_pause(struct engine *g, const char *id, bool on, struct err *e)
{
	unsigned char b = on;
	auto_close int fd = ask_connect(g, id, 0, e);
	int rc = fd < 0 ? fd : ask_answer(fd, WIRE_PAUSE, &b, 1, ASK_ANSWER_MS, e);

	if (rc == -EPIPE || fd == -EBUSY)
		return err_set(e, EBUSY, "Container %s is not %s", id, on ? "running" : "paused");
	return rc;
}

static int64_t stop_seconds(struct engine *g, const char *id, int64_t asked)
{
	struct container c;

	if (asked < 0 && container_load(g->store, id, &c, g->mem, NULL) >= 0)
		asked = c.config.stop_timeout_s;
	if (asked < 0)
		asked = STOP_DEFAULT_S;
	return asked < INT32_MAX ? asked : INT32_MAX;
}

/* Ask it to end, hear that it did. */
static int stop_ask(int fd, int64_t seconds, bool keep, struct err *e)
{
	unsigned char b[6] = { 0, (unsigned char)(seconds >> 24), (unsigned char)(seconds >> 16),
		(unsigned char)(seconds >> 8), (unsigned char)seconds, keep };
	int code, rc = ask_done(fd, WIRE_STOP, b, keep ? 6 : 5, ASK_ANSWER_MS, e);

	return rc < 0 ? rc : ask_exit(fd, seconds * 1000 + STOP_GRACE_MS, &code, e);
}

int ask_stop(struct engine *g, const char *id, int64_t timeout_s, bool keep, struct err *e)
{
	struct container_state st;
	auto_close int fd = -1;
	int rc = container_state_load(g->store, id, &st, g->mem, e);

	if (rc < 0)
		return rc;
	if (!container_runs(&st))
		return st.lost ? settle(g, id, e) : 0;
	rc = fd = ask_connect(g, id, WIRE_WANT_EXIT, e);
	if (rc >= 0)
		rc = stop_ask(fd, stop_seconds(g, id, timeout_s), keep, e);
	if (rc == -EBUSY || rc == -ECONNRESET)
		rc = ask_gone(g, &st, e); /* it ended before we came, or without a word */
	if (rc == -ETIMEDOUT)
		rc = ask_kill(g, &st, e);
	return rc < 0 ? rc : settle(g, id, e);
}

int engine_stop(struct engine *g, const char *id, int64_t timeout_s, struct err *e)
{
	return ask_stop(g, id, timeout_s, false, e);
}

/* What the record says. 0 with *code, or -EAGAIN while it runs. */
static int wait_recorded(struct engine *g, const char *id, int *code, struct err *e)
{
	struct container_state st;
	int rc = engine_reconcile(g, id, e);

	if (rc >= 0)
		rc = container_state_load(g->store, id, &st, g->mem, e);
	if (rc < 0)
		return rc;
	if (container_runs(&st))
		return -EAGAIN;
	*code = st.exit_code;
	return 0;
}

int engine_wait(struct engine *g, const char *id, int *code, struct err *e)
{
	for (;;) {
		auto_close int fd = ask_connect(g, id, WIRE_WANT_EXIT, NULL);
		int rc = fd < 0 ? fd : ask_exit(fd, -1, code, NULL);

		if (rc >= 0)
			return 0;
		rc = wait_recorded(g, id, code, e);
		if (rc != -EAGAIN)
			return rc;
		clock_sleep_ms(STARTING_MS); /* between lock and socket, or about to end */
	}
}
