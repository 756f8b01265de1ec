// SPDX-License-Identifier: MIT
/* targets.h - commands that do one thing to each container named: stop, kill, rm, wait.
 *
 * Each one done is echoed as it was typed; what went wrong is told at the end, a line each,
 * and the status is 1 then. */
#pragma once

#include "applets/session.h"

/* Do it to the container that `ref` names. 0 to echo ref, 1 when the line was printed already,
 * or -code with *e filled. */
typedef int target_fn(struct session *s, const char *ref, const void *opts, struct err *e);

/* Returns the exit status, or -code for main.c when there is no store. */
NODISCARD int targets_each(const struct ctx *ctx, int n, const char **refs, target_fn *fn,
			   const void *opts, struct err *e);

/* The -t of stop and restart as the engine takes it: OPT_UNSET, not given, is the container's
 * own; a negative one is as long as it takes. */
int64_t targets_time(int64_t given);
