// SPDX-License-Identifier: MIT
/* eventlog.h - STATE/events: what happened, one line of JSON an event.
 *
 * A line is appended by one write(2) to a file opened with O_APPEND, so that writers need no
 * lock and readers never see half of two. When it has grown past EVENTLOG_BYTES the file becomes
 * events.1 and a new one begins: STATE is memory, and must not grow for ever. What cannot be
 * written is lost; nothing waits for it. */
#pragma once

#include "core/base/str.h"
#include "core/store/store.h"

enum {
	EVENTLOG_BYTES = 512 << 10,	/* of one file; there are two */
	EVENTLOG_LINE_MAX = 64 << 10,	/* a longer line is not written */
};

/* Append `line`, which ends in a newline.
 * turn   look whether the file has grown too large; asked for by some events, not by all */
void eventlog_put(const struct store *s, const char *line, size_t len, bool turn);

/* Open the older file (1) or the one that is written (0) for reading. fd or -errno. */
NODISCARD int eventlog_open(const struct store *s, int older, struct err *e);

/* Is `fd` the file that is written now? */
bool eventlog_is_current(const struct store *s, int fd);
