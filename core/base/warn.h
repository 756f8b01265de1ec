// SPDX-License-Identifier: MIT
/* warn.h - things the user should hear of once, from code that does not print.
 *
 * A floor below the applets says what it had to do without ("no memory
 * controller") and goes on. Who called decides whether, where and how often
 * that is shown. A NULL `struct warn *`, or a NULL `fn`, swallows it. */
#pragma once

#include "core/base/base.h"

enum { WARN_TEXT_MAX = 256 };

struct warn {
	void (*fn)(void *arg, const char *text);	/* text: one line, valid during the call */
	void *arg;					/* borrowed, handed to fn */
};

/* Say it. A text longer than WARN_TEXT_MAX loses its tail. */
void warn_say(const struct warn *w, const char *fmt, ...) PRINTF(2, 3);
