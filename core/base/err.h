// SPDX-License-Identifier: MIT
/* err.h - one error: a number for the program, a sentence for the reader.
 *
 * The caller owns the struct, so there is nothing to free and setting it twice
 * loses nothing but the first sentence. Exactly 512 bytes (POSIX's least
 * PIPE_BUF): a child can send its own error to its parent in one atomic write.
 *
 * The convention, for every function that takes a `struct err *e` (always last):
 *   success  returns 0 (or a count >= 0), leaves *e as it was
 *   failure  returns -code, has filled *e
 *   e NULL   the caller wants the code only
 * Only applets print. Nothing below them writes to stderr. */
#pragma once

#include "core/base/base.h"

struct err {
	int code;	/* errno-style, > 0; 0 means no error */
	char msg[508];	/* NUL-terminated, no newline, no final full stop */
};
_Static_assert(sizeof(struct err) == 512, "a larger error could be torn in a pipe");

/* Say what went wrong. Returns -code. */
int err_set(struct err *e, int code, const char *fmt, ...) PRINTF(3, 4);

/* The same for a call that just set errno: adds ": No such file..." Returns -errno. */
int err_sys(struct err *e, const char *fmt, ...) PRINTF(2, 3);

/* Put "what was being done: " in front of an error on its way up.
 * A message too long loses its tail. Returns -e->code, or -EIO where e is NULL. */
int err_wrap(struct err *e, const char *fmt, ...) PRINTF(2, 3);
