// SPDX-License-Identifier: MIT
/* list.h - which containers there are, newest first, as `docker ps` filters them.
 *
 * Only state.json is read of each; a whole record only where a filter asks for what is in it
 * (label, volume, network, publish, expose, ancestor). */
#pragma once

#include "core/base/str.h"
#include "core/engine/engine.h"

enum { LIST_FILTERS_MAX = 256 };

struct list_query {
	struct strv filters;	/* "name=value"; values of one name are alternatives, but labels */
	bool all;		/* not only those that run */
	int64_t last;		/* the newest n only, running or not; <= 0: no limit */
};

/* *out: an array in g->mem.
 * How many, or -EINVAL ("Invalid filter 'x'"), -ENOENT (before, since), or -errno. */
NODISCARD int engine_list(struct engine *g, const struct list_query *q,
			  struct container_state **out, struct err *e);

/* What stands in ps's STATUS column: "Up 2 minutes (healthy)", "Exited (0) 3 days ago". */
void list_status(const struct container_state *st, int64_t now_ns, struct str *out);
