// SPDX-License-Identifier: MIT
/* base.h - the words every file shares: attributes, scope cleanup, ownership moves.
 *
 * Nothing here can fail and nothing here calls the kernel, except close_at.
 * Includes libc only. */
#pragma once

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define countof(a)	(sizeof(a) / sizeof((a)[0]))
#define NODISCARD	__attribute__((warn_unused_result))
#define PRINTF(f, a)	__attribute__((format(printf, f, a)))
#define UNUSED		__attribute__((unused))

/* A variable declared auto_* is released when its scope ends, on every path.
 * Initialise it on the line that declares it: NULL, -1 or an S_INIT. */
#define auto_free	__attribute__((cleanup(free_at)))
#define auto_close	__attribute__((cleanup(close_at)))

/* Give away what an auto_ variable holds; the variable keeps nothing. */
#define take_ptr(p)	({ __typeof__(p) taken_ = (p); (p) = NULL; taken_; })
#define take_fd(fd)	({ int taken_ = (fd); (fd) = -1; taken_; })

static inline void free_at(void *slot)
{
	void *p;

	memcpy(&p, slot, sizeof(p));	/* slot is any T **: no aliasing */
	free(p);
}

static inline void close_at(int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		close(*fd);
	errno = saved;
}
