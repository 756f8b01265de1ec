// SPDX-License-Identifier: MIT
/* eventread.h - what happened, and what happens. */
#pragma once

#include "core/engine/engine.h"
#include "core/fmt/json.h"

struct event_query {
	struct strv filters;	/* "name=value"; values of one name are alternatives, but labels */
	int64_t since_ns, until_ns;	/* since 1970; 0: not given */
	int64_t now_ns;

	/* One event, in order. ev is valid during the call. 0, or what engine_events returns. */
	int (*event)(void *arg, const json_t *ev, struct err *e);
	void *arg;
};

/* Past events when a bound was given, then those to come, until `until`, or for ever.
 * 0; -EINVAL when since is after until; or -errno. */
NODISCARD int engine_events(struct engine *g, const struct event_query *q, struct err *e);

/* Does an event fit the filters? Pure. */
bool event_fits(const struct strv *filters, const json_t *ev);
