// SPDX-License-Identifier: MIT
/* bar.h - how far long work has come, on the terminal that standard error is.
 *
 * One line that is drawn over itself ten times a second, from half a second on, and is gone at
 * the end: bytes, a bar where the whole is known, rate, time left. Where standard error is no
 * terminal, or quiet was asked for, nothing is drawn and the worker is told that nobody
 * watches. */
#pragma once

#include "core/base/progress.h"
#include "core/base/str.h"

struct bar {
	struct progress progress;
	const char *what;	/* borrowed: "Loading" */
	int64_t began_ms, drawn_ms;	/* monotonic; drawn 0: never */
	bool shown;		/* there is a line to be taken away */
};

/* Get ready. What the worker is given: NULL when nothing is to be drawn.
 * total   bytes, or 0 */
struct progress *bar_begin(struct bar *b, const char *what, uint64_t total, bool quiet);

/* Take the line away: before something is printed, and at the end. NULL is fine. */
void bar_clear(struct bar *b);

/* The line itself, for a terminal of so many columns. Pure. */
void bar_line(const struct bar *b, int64_t now_ms, int columns, struct str *out);
