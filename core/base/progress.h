// SPDX-License-Identifier: MIT
/* progress.h - how far long work has come, for who wants to show it.
 *
 * The worker says it after each piece; showing it now and then is the watcher's business. A
 * NULL `struct progress *` means that nobody watches. */
#pragma once

#include <stdint.h>

struct progress {
	void (*fn)(void *arg, uint64_t done, uint64_t total);	/* bytes; total 0: not known */
	void *arg;	/* borrowed, handed to fn */
	uint64_t done, total;
};

static inline void progress_add(struct progress *p, uint64_t bytes)
{
	if (!p)
		return;
	p->done += bytes;
	p->fn(p->arg, p->done, p->total);
}
