// SPDX-License-Identifier: MIT
/* health.h - is the container's service well? Asked by running a command in it, now and again.
 *
 *   1 the program runs: "starting", and the first probe an interval later
 *   2 a probe is an exec like any other, with the container's own confinement (Z07), begun by a
 *     short-lived child of the monitor, which gathers at most HEALTH_OUTPUT_MAX of output and
 *     kills the probe at its timeout
 *   3 success: "healthy". The retries-th failure in a row: "unhealthy"; failures within the
 *     start period do not count while it is starting
 *   4 while the container is paused, or stands still for a commit, it is not probed; what was
 *     under way is forgotten, and the next probe is an interval after it goes on
 *   5 the last HEALTH_LOG results are in STATE/containers/ID/health.json, for inspect
 *
 * What an attacker controls: what the probe prints, how long it runs, how it ends. Its output is
 * cut, and escaped where it is shown. */
#pragma once

#include "core/fmt/json.h"
#include "core/os/loop.h"
#include "core/store/container.h"

struct monitor;

enum { HEALTH_LOG = 5, HEALTH_OUTPUT_MAX = 4096 };

struct health {
	struct loop_timer next;
	struct loop_watch report;	/* its fd is owned: the child's answer */
	struct str answer;	/* owned: what has come of it */
	int64_t began_ns;	/* of the probe that runs; 0: none does */
	int streak;		/* failures in a row */
	struct health_result {
		int64_t start_ns, end_ns;
		int code;
		char *output;	/* owned */
	} log[HEALTH_LOG];	/* oldest first */
	int log_n;
};
#define HEALTH_INIT { .report = { .fd = -1 }, .answer = STR_INIT }

/* Is there something to run? "NONE" and nothing are not. */
bool health_wanted(const struct health_config *h);

void health_begin(struct monitor *m);	/* the program runs */
void health_end(struct monitor *m);	/* it does not any more */

/* It stands still, and goes on. A probe under way counts for nothing. With `paused` it is
 * "unhealthy" until the next success, and no event says so, as Docker has it. */
void health_hold(struct monitor *m, bool paused);
void health_go_on(struct monitor *m);

/* One probe's result against the rules: the new status. Pure.
 * streak   in: failures before; out: with this one */
const char *health_judge(const struct health_config *h, const char *status, int code,
			 int64_t age_ns, int *streak);

/* State.Health of inspect; NULL when there is none. The caller's. */
NODISCARD json_t *health_doc(struct store *s, const struct container *c);
