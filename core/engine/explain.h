// SPDX-License-Identifier: MIT
/* explain.h - why a program could not be executed, in a sentence (U34). */
#pragma once

#include "core/engine/engine.h"

/* Turn the errno of an exec into Docker's words, and add what a look at the file in the
 * image's layers tells: for which machine it is, which interpreter is missing. Never fails:
 * what cannot be found out is left out.
 *
 * code   of execve(2)
 * what   the program as it was asked for
 *
 * Returns the exit status, 126 or 127; *e has the sentence. */
int explain_exec(struct engine *g, const struct container *c, const char *what, int code,
	struct err *e);
