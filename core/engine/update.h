// SPDX-License-Identifier: MIT
/* update.h - change the limits and the restart policy of a container, running or not. */
#pragma once

#include "core/engine/engine.h"

/* 0, "" and NULL: leave as it is. */
struct update {
	int64_t memory, memory_swap, memory_reservation; /* bytes; swap -1: unlimited */
	int64_t nano_cpus, cpu_quota, cpu_period, cpu_shares, blkio_weight;
	int64_t pids_limit;	/* -1: unlimited */
	const char *cpuset_cpus, *cpuset_mems;
	const char *restart_policy;	/* "no", "always", "unless-stopped", "on-failure" */
	int restart_max;
};

/* Does it make sense by itself? 0, or -EINVAL with Docker's sentence.
 * online   the CPUs there are, as a list ("0-3"); NULL: not known */
NODISCARD int update_check(const struct update *u, const char *online, int online_n,
	struct err *e);

/* Check it, change the live control group, then the record; the monitor follows. What the kernel
 * refuses changes no record. Limits nobody here can hold are told in g->warnings.
 * 0, -EINVAL, -EBUSY with Docker's sentences, or -errno. */
NODISCARD int engine_update(struct engine *g, const char *id, const struct update *u,
	struct err *e);
