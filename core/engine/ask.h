// SPDX-License-Identifier: MIT
/* ask.h - one request to a container's monitor, one answer, within a time. And what to do
 * when no answer comes.
 *
 *   1 connect without waiting: a monitor that was stopped has a full queue sooner or later
 *   2 HELLO, the request, and its DONE; the connection may be kept to hear EXIT
 *   3 no answer: ask_kill ends monitor and container by force. A monitor that is stopped (SIGSTOP,
 *     a debugger) is given up when the time is over; one that is not gets ASK_PATIENCE_MS more, for
 *     it may be the machine or its disk that stands still
 *
 * Z11: a process is only ever signalled when it is known to be the one. The monitor is
 * known by the lock file it has open, the container's first process by its start time, both
 * looked at after a pidfd holds the process. Without pidfds (before Linux 5.3) the same is
 * looked at just before the signal. */
#pragma once

#include "core/base/str.h"
#include "core/engine/engine.h"
#include "core/engine/wire.h"

enum {
	ASK_ANSWER_MS = 5000,	/* an idle monitor answers in microseconds */
	ASK_PATIENCE_MS = 60000,
	ASK_LOCK_MS = 600000,	/* who holds a lock is alive, and may be copying for minutes */
};

/* Connect and say HELLO. fd; -EBUSY "Container ID is not running" when nobody listens,
 * -ETIMEDOUT when nobody takes the connection. */
NODISCARD int ask_connect(struct engine *g, const char *id, unsigned want, struct err *e);

/* Send a request and wait for its WIRE_DONE. 0; -EPIPE when the container ended before it
 * was answered; what the monitor says why it could not; -ETIMEDOUT, -errno. */
NODISCARD int ask_answer(int fd, enum wire_type type, const void *data, size_t len, int timeout_ms,
	struct err *e);

/* The same for a request that is fulfilled by the end too: 0 then. Output that comes in between
 * is passed over by both. */
NODISCARD int ask_done(int fd, enum wire_type type, const void *data, size_t len, int timeout_ms,
	struct err *e);

/* Gather what a program prints until it ends: at most `max` bytes of it, and its code.
 * 0; -ETIMEDOUT, with what came so far; -ECONNRESET, -errno. */
NODISCARD int ask_collect(int fd, struct str *out, size_t max, int64_t timeout_ms, int *code);

/* Wait for WIRE_EXIT. 0 with *code, -ECONNRESET when the monitor ended without a word,
 * -ETIMEDOUT, -errno. timeout_ms -1: for ever. */
NODISCARD int ask_exit(int fd, int64_t timeout_ms, int *code, struct err *e);

/* engine_stop; with `keep` a --rm container is left, for whoever asks starts it again. */
NODISCARD int ask_stop(struct engine *g, const char *id, int64_t timeout_s, bool keep,
	struct err *e);

/* By force: SIGKILL to the monitor and to the container's first process, if they still are
 * what the record says, and wait until the lock is free. What is left in the cgroup is
 * engine_reconcile's. 0, -ETIMEDOUT. */
NODISCARD int ask_kill(struct engine *g, const struct container_state *st, struct err *e);

/* Wait until nobody holds the container's lock, or another monitor does. The end of a connection
 * is no proof: the kernel lets go of a dead process's files in an order of its own.
 * 0, -ETIMEDOUT. */
NODISCARD int ask_gone(struct engine *g, const struct container_state *st, struct err *e);

/* The first process alone, when there is no monitor. True when it was there. */
bool ask_kill_first(const struct container_state *st);
