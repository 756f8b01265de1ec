// SPDX-License-Identifier: MIT
/* stats.h - what containers use: processor, memory, network, disk, processes. */
#pragma once

#include "core/base/str.h"
#include "core/engine/engine.h"
#include "core/kern/cgroup.h"

/* One container. The caller keeps it from one reading to the next. */
struct stats {
	char id[CONTAINER_ID_LEN + 1];
	const char *name, *ref;	/* borrowed; ref: as it was asked for, or the id */
	bool runs;		/* all below is 0 when it does not */
	uint64_t memory, memory_limit;	/* bytes; without what the kernel may drop at once */
	uint64_t pids, read_bytes, write_bytes, received, sent;
	double cpu_percent;	/* of one CPU, since the reading before */
	uint64_t cpu_ns;	/* at this reading, at_ns (monotonic; 0: none yet) */
	int64_t at_ns;
};

struct stats_reader {
	struct engine *g;	/* borrowed */
	struct cgroup cgroup;	/* owned; looked for once */
	uint64_t memory_total;	/* bytes of the machine */
};
NODISCARD int stats_open(struct stats_reader *r, struct engine *g, struct err *e);
void stats_close(struct stats_reader *r);

/* Take one reading; fields that cannot be had are 0. */
void stats_read(struct stats_reader *r, struct stats *s);

/* The bytes of a /proc/PID/net/dev, without the loopback's, added up. Pure. */
void stats_net(const char *text, uint64_t *received, uint64_t *sent);
