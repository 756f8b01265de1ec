// SPDX-License-Identifier: MIT
/* top.h - the processes of a container, as ps prints them, without a ps. */
#pragma once

#include "core/engine/engine.h"

struct top {
	struct strv titles;
	struct top_row {
		struct strv cells;
	} *row; /* in g->mem */
	size_t n;
};

/* options   ps's; none is -ef
 *
 * 0; -EBUSY "Container ID is not running"; -EINVAL with ps's sentence or Docker's "Couldn't find
 * PID field in ps output"; or -errno. */
NODISCARD int engine_top(struct engine *g, const char *id, const struct strv *options,
			 struct top *out, struct err *e);

/* The processes of a running container, as our pid namespace numbers them: its control group's,
 * or where there is none those of its pid namespace. *pids is the caller's to free. */
NODISCARD int top_pids(struct engine *g, const struct container_state *st, pid_t **pids, size_t *n,
		       struct err *e);
